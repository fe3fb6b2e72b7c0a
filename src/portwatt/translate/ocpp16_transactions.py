"""OCPP 1.6 transactions: the hub numbers them, the station counts nothing, and offline ones come without a number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from portwatt.ids import EvseId, IdToken, ReservationId, TransactionId, station_of
from portwatt.model.meter import Sample
from portwatt.rules.authorise import Authorization
from portwatt.state.transactions import TransactionState
from portwatt.translate import clocks
from portwatt.translate.authorization import decide, id_tag_info
from portwatt.translate.handled import Handled
from portwatt.translate.inbound import Inbound
from portwatt.translate.meters import MOST_REGISTER, Reading, default_unit, number, read
from portwatt.translate.transactions import Kind, Report, facts, is_new, transaction_id, wire_id
from portwatt.units import Energy
from portwatt.wire.ocpp import v16
from portwatt.wire.ocpp.v16_enums import AuthorizationStatus, ValueFormat

Known = tuple[TransactionId, TransactionState]
_HIGHEST = 2**31 - 1


def start_transaction(inbound: Inbound, request: v16.StartTransactionRequest) -> Handled[v16.StartTransactionResponse]:
    """A start. Refused or not, it is a fact; told again it gets the number it got before."""
    evse = inbound.evse(request.connector_id)
    token = inbound.token(request.id_tag)
    decision, decided = decide(inbound, evse, token)
    if evse is None:
        faults = (decided, inbound.unknown_evse(request.connector_id))
        return Handled(faults, _started(decision, _next_number(inbound)))
    known = _told_before(inbound, request, evse, token)
    if known is not None:
        return Handled((), _started(decision, _number_of(inbound, known[0])))
    late = _awaited(inbound, request, evse, token)
    transaction = late[0] if late else transaction_id(inbound.station, _next_number(inbound))
    reading = _of_register(request.meter_start)
    reservation = None if request.reservation_id is None else ReservationId(request.reservation_id)
    report = Report(
        kind=Kind.STARTED,
        transaction=transaction,
        evse=evse,
        reported_at=clocks.utc(request.timestamp),
        seq_no=0,
        reading=reading,
        token=token,
        truck=decision.truck,
        refused=decision.reason,
        reservation=reservation,
    )
    events = (decided, *facts(inbound, report), *clocks.drift(inbound, request.timestamp, live=False))
    return Handled(events, _started(decision, _number_of(inbound, transaction)))


def stop_transaction(inbound: Inbound, request: v16.StopTransactionRequest) -> Handled[v16.StopTransactionResponse]:
    """An end. Without a number of ours it is matched by station, token and order; without a start it makes one."""
    token = inbound.token(request.id_tag) if request.id_tag else IdToken("")
    found = _ended_one(inbound, request, token)
    transaction = found[0] if found else _unheard(inbound, request.transaction_id)
    evse = found[1].evse if found else inbound.only_evse
    samples = tuple(_samples(inbound, evse, transaction, request.transaction_data or ()))
    response = v16.StopTransactionResponse(id_tag_info=_worth(inbound, token))
    drifted = clocks.drift(inbound, request.timestamp, live=False)
    if evse is None:
        lost = inbound.fault(
            f"the end of transaction {request.transaction_id} of {request.timestamp.isoformat()} at a register of "
            f"{request.meter_stop} Wh fits no transaction of {inbound.station}"
        )
        return Handled((lost, *drifted), response, samples)
    if found and not is_new(found[1], Kind.ENDED, 0):
        return Handled((), response)
    told, stop = read(samples), _of_register(request.meter_stop)
    truck = inbound.state.hub.truck_by_token.get(token)
    report = Report(
        kind=Kind.ENDED,
        transaction=transaction,
        evse=evse,
        reported_at=clocks.utc(request.timestamp),
        seq_no=found[1].highest_seq + 1 if found else 1,
        reading=Reading(stop.register, None, told.soc, told.begin, stop.odd),
        token=token,
        truck=truck.id if truck is not None else None,
        reason=request.reason.value if request.reason is not None else "Local",
        offline=request.transaction_id <= 0,
    )
    return Handled((*facts(inbound, report), *drifted), response, samples)


def meter_values(inbound: Inbound, request: v16.MeterValuesRequest) -> Handled[v16.MeterValuesResponse]:
    """Values of a connector; within a transaction, named or running there, they are a report of it."""
    response = v16.MeterValuesResponse()
    evse = None if request.connector_id == 0 else inbound.evse(request.connector_id)
    if evse is None and request.connector_id != 0:
        return Handled((inbound.unknown_evse(request.connector_id),), response)
    known = _metered_one(inbound, request.transaction_id, evse)
    samples = tuple(_samples(inbound, evse, known[0] if known else None, request.meter_value))
    newest = max((clocks.utc(v.timestamp) for v in request.meter_value), default=inbound.at)
    drifted = clocks.drift(inbound, newest, live=False)
    if known is None or not samples:
        return Handled(drifted, response, samples)
    report = Report(
        kind=Kind.UPDATED,
        transaction=known[0],
        evse=known[1].evse,
        reported_at=newest,
        seq_no=known[1].highest_seq + 1,
        reading=read(samples),
        trigger="MeterValues",
    )
    return Handled((*facts(inbound, report), *drifted), response, samples)


# ── which transaction a message means ───────────────────────────────────────────────────────────────────────────────


def _told_before(inbound: Inbound, request: v16.StartTransactionRequest, evse: EvseId, token: IdToken) -> Known | None:
    """The transaction of the same station, connector, token, meter and time: the station did not get our answer."""
    for transaction, known in _candidates(inbound, evse):
        same_start = known.started_at == request.timestamp and known.meter_start.wh == request.meter_start
        if known.evse == evse and not known.late and same_start and known.token == token:
            return transaction, known
    return None


def _awaited(inbound: Inbound, request: v16.StartTransactionRequest, evse: EvseId, token: IdToken) -> Known | None:
    """The transaction whose end came before this start."""
    for transaction, known in _candidates(inbound, evse):
        fits = known.evse == evse and known.token == token and known.started_at >= request.timestamp
        if known.late and fits and known.meter.wh >= request.meter_start:
            return transaction, known
    return None


def _candidates(inbound: Inbound, evse: EvseId) -> Iterator[Known]:
    """The last transactions of an EVSE, the newest first: it is the one meant nearly always."""
    for transaction in reversed(inbound.state.evses[evse].recent):
        known = inbound.state.transactions.get(transaction)
        if known is not None:
            yield transaction, known


def _of_station(inbound: Inbound) -> Iterator[Known]:
    """The last transactions of every EVSE of the station."""
    for evse in inbound.state.evses:
        if station_of(evse) == inbound.station:
            yield from _candidates(inbound, evse)


def _ended_one(inbound: Inbound, request: v16.StopTransactionRequest, token: IdToken) -> Known | None:
    """By number; else the oldest running of this token that the stop can belong to; else one it has ended already."""
    named = transaction_id(inbound.station, request.transaction_id)
    if request.transaction_id > 0 and named in inbound.state.transactions:
        return named, inbound.state.transactions[named]
    ours = [
        (transaction, known)
        for transaction, known in _of_station(inbound)
        if token in ("", known.token) and known.started_at <= request.timestamp
    ]
    for transaction, known in ours:
        if known.ended_at == request.timestamp:
            return transaction, known
    fitting = [(t, k) for t, k in ours if k.running and k.meter_start.wh <= request.meter_stop]
    if not token and len(fitting) > 1:
        return None
    return min(fitting, key=lambda one: (one[1].started_at, _number_of(inbound, one[0])), default=None)


def _metered_one(inbound: Inbound, named: int | None, evse: EvseId | None) -> Known | None:
    """The transaction named, else the one that runs at the connector."""
    transactions = inbound.state.transactions
    if named is not None and named > 0:
        transaction = transaction_id(inbound.station, named)
        if transaction in transactions:
            return transaction, transactions[transaction]
    held = inbound.state.evses[evse].transaction if evse is not None else None
    return (held, transactions[held]) if held is not None and held in transactions else None


def _next_number(inbound: Inbound) -> int:
    """A number no transaction of the station has: that of the event its start will be, or the next free one.

    Stations keep it in 32 bits with a sign (1.6 says no more than `integer`), so a long log begins again at 1.
    """
    number = inbound.state.seq % _HIGHEST + 1
    while transaction_id(inbound.station, number) in inbound.state.transactions:
        number = number % _HIGHEST + 1
    return number


def _unheard(inbound: Inbound, named: int) -> TransactionId:
    """The name of a transaction never seen starting: the station's number, or one of ours when it has none."""
    return transaction_id(inbound.station, named if named > 0 else _next_number(inbound))


def _number_of(inbound: Inbound, transaction: TransactionId) -> int:
    return int(wire_id(transaction, inbound.station))


# ── values and answers ──────────────────────────────────────────────────────────────────────────────────────────────


def _started(decision: Authorization, number: int) -> v16.StartTransactionResponse:
    return v16.StartTransactionResponse(id_tag_info=id_tag_info(decision), transaction_id=number)


def _worth(inbound: Inbound, token: IdToken) -> v16.IdTagInfo | None:
    """What a token that ends a transaction is worth: whether it is a truck's, not whether it may start another."""
    if not token:
        return None
    known = token in inbound.state.hub.truck_by_token
    return v16.IdTagInfo(status=AuthorizationStatus.ACCEPTED if known else AuthorizationStatus.INVALID)


def _of_register(wh: int) -> Reading:
    """meterStart and meterStop: the register of the connector in whole Wh."""
    if 0 <= wh <= MOST_REGISTER.wh:
        return Reading(register=Energy(wh))
    return Reading(odd=(f"a meter of {wh} Wh cannot be",))


def _samples(
    inbound: Inbound, evse: EvseId | None, transaction: TransactionId | None, values: Iterable[v16.MeterValue]
) -> Iterator[Sample]:
    """The values that are numbers; signed data and text that is none are passed over."""
    for measured in values:
        for sampled in measured.sampled_value:
            value = None if sampled.format is ValueFormat.SIGNED_DATA else number(sampled.value)
            if value is not None:
                yield _sample(inbound, evse, transaction, clocks.utc(measured.timestamp), sampled, value)


def _sample(
    inbound: Inbound,
    evse: EvseId | None,
    transaction: TransactionId | None,
    measured_at: datetime,
    sampled: v16.SampledValue,
    value: float,
) -> Sample:
    measurand = sampled.measurand.value if sampled.measurand is not None else "Energy.Active.Import.Register"
    return Sample(
        station=inbound.station,
        evse=evse,
        transaction=transaction,
        measured_at=measured_at,
        measurand=measurand,
        value=value,
        unit=sampled.unit.value if sampled.unit is not None else default_unit(measurand),
        phase=sampled.phase.value if sampled.phase is not None else "",
        location=sampled.location.value if sampled.location is not None else "",
        context=sampled.context.value if sampled.context is not None else "",
    )
