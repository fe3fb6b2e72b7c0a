"""OCPP 1.6: messages of a station to events. Connectors are EVSEs here; connector 0 is the whole station."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from portwatt.events import AnyEvent, EvseStatus, EvseStatusChanged, HeartbeatReceived, StationBooted
from portwatt.ids import EvseId
from portwatt.translate import clocks, ocpp16_transactions, vendors
from portwatt.translate.authorization import decide, id_tag_info
from portwatt.translate.boot import interval
from portwatt.translate.handled import Handled, Handler
from portwatt.translate.inbound import Inbound
from portwatt.wire.ocpp import v16
from portwatt.wire.ocpp.message import Message
from portwatt.wire.ocpp.v16_enums import (
    ChargePointErrorCode,
    ChargePointStatus,
    DataTransferStatus,
    RegistrationStatus,
)

STATUS: Final[Mapping[ChargePointStatus, EvseStatus]] = MappingProxyType(
    {
        ChargePointStatus.AVAILABLE: EvseStatus.AVAILABLE,
        ChargePointStatus.PREPARING: EvseStatus.OCCUPIED,
        ChargePointStatus.CHARGING: EvseStatus.OCCUPIED,
        ChargePointStatus.SUSPENDED_EV: EvseStatus.OCCUPIED,
        ChargePointStatus.SUSPENDED_EVSE: EvseStatus.OCCUPIED,
        ChargePointStatus.FINISHING: EvseStatus.OCCUPIED,
        ChargePointStatus.RESERVED: EvseStatus.RESERVED,
        ChargePointStatus.UNAVAILABLE: EvseStatus.UNAVAILABLE,
        ChargePointStatus.FAULTED: EvseStatus.FAULTED,
    }
)
"""The nine states of a 1.6 connector as the five of 2.x."""


def boot_notification(inbound: Inbound, request: v16.BootNotificationRequest) -> Handled[v16.BootNotificationResponse]:
    """Welcome a station, or ask it to come again when the hub has too much to do."""
    status = RegistrationStatus.PENDING if inbound.overloaded else RegistrationStatus.ACCEPTED
    response = v16.BootNotificationResponse(
        status=status, current_time=clocks.wire_time(inbound.at), interval=interval(inbound)
    )
    if inbound.overloaded:
        return Handled((), response)
    booted = StationBooted(
        at=inbound.at,
        station=inbound.station,
        vendor=request.charge_point_vendor,
        model=request.charge_point_model,
        firmware=request.firmware_version or "",
        serial=request.charge_point_serial_number or request.charge_box_serial_number or "",
    )
    return Handled((booted,), response)


def heartbeat(inbound: Inbound, request: v16.HeartbeatRequest) -> Handled[v16.HeartbeatResponse]:
    event = HeartbeatReceived(at=inbound.at, station=inbound.station)
    return Handled((event,), v16.HeartbeatResponse(current_time=clocks.wire_time(inbound.at)))


def status_notification(
    inbound: Inbound, request: v16.StatusNotificationRequest
) -> Handled[v16.StatusNotificationResponse]:
    """A connector's state; its time stamp is optional, and the hub's clock stands in."""
    response = v16.StatusNotificationResponse()
    evse: EvseId | None = None
    if request.connector_id != 0:
        evse = inbound.evse(request.connector_id)
        if evse is None:
            return Handled((inbound.unknown_evse(request.connector_id),), response)
    no_error = request.error_code is ChargePointErrorCode.NO_ERROR
    changed = EvseStatusChanged(
        at=inbound.at,
        station=inbound.station,
        evse=evse,
        status=STATUS[request.status],
        reported_at=clocks.utc(request.timestamp) if request.timestamp is not None else inbound.at,
        error_code=request.vendor_error_code or "" if no_error else request.error_code.value,
        info=request.info or "",
    )
    # A status is told as it is now, not queued (OCPP 1.6 section 4.9), so an old stamp means a slow clock.
    drifted = clocks.drift(inbound, request.timestamp, live=True) if request.timestamp is not None else ()
    return Handled((changed, *drifted), response)


def authorize(inbound: Inbound, request: v16.AuthorizeRequest) -> Handled[v16.AuthorizeResponse]:
    decision, event = decide(inbound, None, inbound.token(request.id_tag))
    return Handled((event,), v16.AuthorizeResponse(id_tag_info=id_tag_info(decision)))


def data_transfer(inbound: Inbound, request: v16.DataTransferRequest) -> Handled[v16.DataTransferResponse]:
    events: tuple[AnyEvent, ...] = vendors.received(inbound, request.vendor_id, request.message_id, request.data)
    status = DataTransferStatus.ACCEPTED if events else DataTransferStatus.UNKNOWN_VENDOR_ID
    return Handled(events, v16.DataTransferResponse(status=status))


HANDLERS: Final[Mapping[type[Message], Handler]] = MappingProxyType(
    {
        v16.BootNotificationRequest: boot_notification,
        v16.HeartbeatRequest: heartbeat,
        v16.StatusNotificationRequest: status_notification,
        v16.AuthorizeRequest: authorize,
        v16.DataTransferRequest: data_transfer,
        v16.StartTransactionRequest: ocpp16_transactions.start_transaction,
        v16.StopTransactionRequest: ocpp16_transactions.stop_transaction,
        v16.MeterValuesRequest: ocpp16_transactions.meter_values,
    }
)
"""Every request a 1.6 station may send us."""
