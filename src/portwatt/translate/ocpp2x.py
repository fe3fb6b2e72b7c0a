"""OCPP 2.0.1 and 2.1: messages of a station to events, as far as both versions share them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from portwatt.events import EvseStatus, EvseStatusChanged, HeartbeatReceived, ReservationEnded, StationBooted
from portwatt.ids import EvseId, ReservationId
from portwatt.translate import clocks, ocpp2x_events, ocpp2x_transactions, vendors
from portwatt.translate.authorization import ACCEPTED, decide, id_token_info
from portwatt.translate.boot import interval
from portwatt.translate.handled import Handled, Handler
from portwatt.translate.inbound import Inbound
from portwatt.wire.ocpp import v2x
from portwatt.wire.ocpp.message import Message
from portwatt.wire.ocpp.v2x_enums import DataTransferStatus, IdTokenType, RegistrationStatus


def boot_notification(inbound: Inbound, request: v2x.BootNotificationRequest) -> Handled[v2x.BootNotificationResponse]:
    """Welcome a station, or ask it to come again when the hub has too much to do."""
    status = RegistrationStatus.PENDING if inbound.overloaded else RegistrationStatus.ACCEPTED
    response = v2x.BootNotificationResponse(
        status=status, current_time=clocks.wire_time(inbound.at), interval=interval(inbound)
    )
    if inbound.overloaded:
        return Handled((), response)
    booted = StationBooted(
        at=inbound.at,
        station=inbound.station,
        vendor=request.charging_station.vendor_name,
        model=request.charging_station.model,
        firmware=request.charging_station.firmware_version or "",
        serial=request.charging_station.serial_number or "",
        reason=request.reason.value,
    )
    return Handled((booted,), response)


def heartbeat(inbound: Inbound, request: v2x.HeartbeatRequest) -> Handled[v2x.HeartbeatResponse]:
    event = HeartbeatReceived(at=inbound.at, station=inbound.station)
    return Handled((event,), v2x.HeartbeatResponse(current_time=clocks.wire_time(inbound.at)))


def status_notification(
    inbound: Inbound, request: v2x.StatusNotificationRequest
) -> Handled[v2x.StatusNotificationResponse]:
    """A connector's state, taken as its EVSE's: one connector of an EVSE is used at a time."""
    response = v2x.StatusNotificationResponse()
    evse: EvseId | None = None
    if request.evse_id != 0:
        evse = inbound.evse(request.evse_id)
        if evse is None:
            return Handled((inbound.unknown_evse(request.evse_id),), response)
    status = EvseStatus(request.connector_status.value)
    changed = EvseStatusChanged(
        at=inbound.at,
        station=inbound.station,
        evse=evse,
        status=status,
        reported_at=clocks.utc(request.timestamp),
    )
    emptied = ocpp2x_events.emptied(inbound, evse, status, changed.reported_at)
    return Handled((changed, *emptied, *clocks.drift(inbound, request.timestamp, live=True)), response)


def authorize(inbound: Inbound, request: v2x.AuthorizeRequest) -> Handled[v2x.AuthorizeResponse]:
    """May this token start something? No token at all (NoAuthorization) is enough where packs are swapped (S04)."""
    if inbound.swaps and request.id_token.type == IdTokenType.NO_AUTHORIZATION:
        return Handled((), v2x.AuthorizeResponse(id_token_info=ACCEPTED))
    decision, event = decide(inbound, None, inbound.token(request.id_token.id_token))
    return Handled((event,), v2x.AuthorizeResponse(id_token_info=id_token_info(decision)))


def reservation_status_update(
    inbound: Inbound, request: v2x.ReservationStatusUpdateRequest
) -> Handled[v2x.ReservationStatusUpdateResponse]:
    """A reservation ended by itself; one that the hub no longer holds has ended before."""
    response = v2x.ReservationStatusUpdateResponse()
    reservation = ReservationId(request.reservation_id)
    if reservation not in inbound.state.reservations:
        return Handled((), response)
    ended = ReservationEnded(
        at=inbound.at,
        station=inbound.station,
        reservation=reservation,
        reason=request.reservation_update_status.value,
    )
    return Handled((ended,), response)


def data_transfer(inbound: Inbound, request: v2x.DataTransferRequest) -> Handled[v2x.DataTransferResponse]:
    events = vendors.received(inbound, request.vendor_id, request.message_id, request.data)
    status = DataTransferStatus.ACCEPTED if events else DataTransferStatus.UNKNOWN_VENDOR_ID
    return Handled(events, v2x.DataTransferResponse(status=status))


HANDLERS: Final[Mapping[type[Message], Handler]] = MappingProxyType(
    {
        v2x.BootNotificationRequest: boot_notification,
        v2x.HeartbeatRequest: heartbeat,
        v2x.StatusNotificationRequest: status_notification,
        v2x.AuthorizeRequest: authorize,
        v2x.TransactionEventRequest: ocpp2x_transactions.transaction_event,
        v2x.MeterValuesRequest: ocpp2x_transactions.meter_values,
        v2x.NotifyEventRequest: ocpp2x_events.notify_event,
        v2x.ReservationStatusUpdateRequest: reservation_status_update,
        v2x.DataTransferRequest: data_transfer,
    }
)
"""Every request that stations of both versions may send us."""
