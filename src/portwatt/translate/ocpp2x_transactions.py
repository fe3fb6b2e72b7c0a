"""OCPP 2.x transactions: the station names and counts; the key is (station, transactionId, seqNo)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from types import MappingProxyType
from typing import Final

from portwatt.events import AuthorizationDecided, PeerFaultSeen
from portwatt.ids import EvseId, IdToken, ReservationId, TransactionId
from portwatt.model.meter import Sample
from portwatt.state.transactions import TransactionState
from portwatt.translate import clocks
from portwatt.translate.authorization import ACCEPTED, decide, id_token_info
from portwatt.translate.handled import Handled
from portwatt.translate.inbound import Inbound
from portwatt.translate.meters import default_unit, read
from portwatt.translate.transactions import Kind, Report, facts, is_new, transaction_id
from portwatt.wire.ocpp import v2x
from portwatt.wire.ocpp.v2x_enums import AuthorizationStatus, TransactionEventType
from portwatt.wire.ocpp.v2x_types import IdTokenInfo, MeterValue, SampledValue

KIND: Final[Mapping[TransactionEventType, Kind]] = MappingProxyType(
    {
        TransactionEventType.STARTED: Kind.STARTED,
        TransactionEventType.UPDATED: Kind.UPDATED,
        TransactionEventType.ENDED: Kind.ENDED,
    }
)
LARGEST_POWER_OF_TEN: Final = 12
"""Multipliers beyond it are noise."""


def transaction_event(inbound: Inbound, request: v2x.TransactionEventRequest) -> Handled[v2x.TransactionEventResponse]:
    """A transaction started, went on or ended. Never refused, whatever its order (E01 to E07)."""
    transaction = transaction_id(inbound.station, request.transaction_info.transaction_id)
    known = inbound.state.transactions.get(transaction)
    evse = _evse(inbound, request, known)
    info, decided = _authorise(inbound, request, evse, known)
    response = v2x.TransactionEventResponse(id_token_info=info)
    kind = KIND[request.event_type]
    if not is_new(known, kind, request.seq_no):
        return Handled((), response)
    samples = tuple(samples_of(inbound, evse, transaction, request.meter_value or ()))
    offline = bool(request.offline)
    drifted = clocks.drift(inbound, request.timestamp, live=not offline)
    before = (decided,) if decided is not None and kind is not Kind.ENDED else ()
    if evse is None:
        return Handled((*before, _unplaced(inbound, request), *drifted), response, samples)
    report = Report(
        kind=kind,
        transaction=transaction,
        evse=evse,
        reported_at=clocks.utc(request.timestamp),
        seq_no=max(0, request.seq_no),
        reading=read(samples),
        token=decided.token if decided is not None else IdToken(""),
        truck=decided.truck if decided is not None else None,
        refused=decided.reason if decided is not None else None,
        reservation=None if request.reservation_id is None else ReservationId(request.reservation_id),
        charging_state=_value(request.transaction_info.charging_state),
        trigger=request.trigger_reason.value,
        reason=_value(request.transaction_info.stopped_reason) or "Local",
        offline=offline,
    )
    return Handled((*before, *facts(inbound, report), *drifted), response, samples)


def meter_values(inbound: Inbound, request: v2x.MeterValuesRequest) -> Handled[v2x.MeterValuesResponse]:
    """Values outside transactions (J01): telemetry only. EVSE 0 is the station's own meter."""
    evse = inbound.evse(request.evse_id) if request.evse_id else None
    if evse is None and request.evse_id:
        return Handled((inbound.unknown_evse(request.evse_id),), v2x.MeterValuesResponse())
    samples = tuple(samples_of(inbound, evse, None, request.meter_value))
    newest = max((v.timestamp for v in request.meter_value), default=inbound.at)
    return Handled(clocks.drift(inbound, newest, live=False), v2x.MeterValuesResponse(), samples)


def samples_of(
    inbound: Inbound, evse: EvseId | None, transaction: TransactionId | None, values: Iterable[MeterValue]
) -> Iterator[Sample]:
    """The values, each in its unit with the power of ten worked in."""
    for measured in values:
        measured_at = clocks.utc(measured.timestamp)
        for sampled in measured.sampled_value:
            scaled = _scaled(sampled)
            if scaled is None:
                continue
            measurand = _value(sampled.measurand) or "Energy.Active.Import.Register"
            unit = sampled.unit_of_measure.unit if sampled.unit_of_measure is not None else None
            yield Sample(
                station=inbound.station,
                evse=evse,
                transaction=transaction,
                measured_at=measured_at,
                measurand=measurand,
                value=scaled,
                unit=unit if unit is not None else default_unit(measurand),
                phase=_value(sampled.phase),
                location=_value(sampled.location),
                context=_value(sampled.context),
            )


def _scaled(sampled: SampledValue) -> float | None:
    """The value with its power of ten; None when that is no finite number."""
    power = (sampled.unit_of_measure.multiplier if sampled.unit_of_measure is not None else None) or 0
    if abs(power) > LARGEST_POWER_OF_TEN:
        return None
    value: float = sampled.value * 10.0**power if power else sampled.value
    return value if isfinite(value) else None


def _evse(inbound: Inbound, request: v2x.TransactionEventRequest, known: TransactionState | None) -> EvseId | None:
    """Where it runs: as known, as told, or the station's only EVSE. None: nowhere the hub file lists."""
    if known is not None:
        return known.evse
    if request.evse is not None:
        return inbound.evse(request.evse.id)
    return inbound.only_evse


def _unplaced(inbound: Inbound, request: v2x.TransactionEventRequest) -> PeerFaultSeen:
    if request.evse is not None:
        return inbound.unknown_evse(request.evse.id)
    name = request.transaction_info.transaction_id
    return inbound.fault(f"transaction {name} of {inbound.station} names no EVSE in its first message")


def _authorise(
    inbound: Inbound, request: v2x.TransactionEventRequest, evse: EvseId | None, known: TransactionState | None
) -> tuple[IdTokenInfo | None, AuthorizationDecided | None]:
    """What the response says of the token, and the decision when the rules were asked.

    A slot charges its pack whatever the token (S04: idToken "" of type NoAuthorization), and its start is always told
    so. Whoever ends a transaction needs no right to start another: a truck's token is enough.
    """
    started = request.event_type is TransactionEventType.STARTED
    if inbound.swaps:
        return (ACCEPTED if started or request.id_token is not None else None), None
    if request.id_token is None:
        return None, None
    token = inbound.token(request.id_token.id_token)
    if request.event_type is TransactionEventType.ENDED:
        truck = inbound.state.hub.truck_by_token.get(token)
        return ACCEPTED if truck is not None else IdTokenInfo(status=AuthorizationStatus.UNKNOWN), None
    decision, decided = decide(inbound, evse, token)
    again = known is not None and known.token == token and not started
    return id_token_info(decision), None if again else decided


def _value(word: object) -> str:
    """The wire name of an optional enumeration value."""
    return "" if word is None else str(word)
