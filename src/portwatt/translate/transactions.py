"""Transactions, whatever the version: one report of a station becomes the facts it holds and no fact twice.

Messages come repeated, out of order, late and for transactions never seen starting; none is ever refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from portwatt.events import AnyEvent, TransactionEnded, TransactionStarted, TransactionUpdated
from portwatt.ids import EvseId, IdToken, ReservationId, StationId, TransactionId, TruckId, station_of
from portwatt.model.pack import SwapStation
from portwatt.state import HubState
from portwatt.state.limits import nameplate
from portwatt.state.transactions import TransactionState, seen
from portwatt.translate.inbound import Inbound
from portwatt.translate.meters import MOST_TAKEN, NOTHING, Reading, taken_in
from portwatt.units import Energy, Power


class Kind(StrEnum):
    STARTED = "started"
    UPDATED = "updated"
    ENDED = "ended"


class Report(Struct, frozen=True, kw_only=True):
    """What a message says of a transaction. `reading.register` None: the message had none, or none to believe."""

    kind: Kind
    transaction: TransactionId
    evse: EvseId
    reported_at: datetime
    seq_no: int
    reading: Reading = NOTHING
    token: IdToken = IdToken("")
    truck: TruckId | None = None
    refused: str | None = None
    reservation: ReservationId | None = None
    charging_state: str = ""
    trigger: str = ""
    reason: str = ""
    offline: bool = False


def transaction_id(station: StationId, name: object) -> TransactionId:
    """How a station's own name or number of a transaction reads in the hub."""
    return TransactionId(f"{station}:{name}")


def wire_id(transaction: TransactionId, station: StationId) -> str:
    """The station's own name of a transaction."""
    return transaction.removeprefix(f"{station}:")


def is_new(known: TransactionState | None, kind: Kind, seq_no: int) -> bool:
    """Whether a report says something not taken in before.

    An end is new as long as the transaction runs, whatever its number: some stations send the same number throughout.
    """
    if known is None:
        return True
    if kind is Kind.ENDED:
        return known.running
    if kind is Kind.STARTED and known.late:
        return True
    return not seen(known, seq_no)


def facts(inbound: Inbound, report: Report) -> Iterator[AnyEvent]:
    """The facts in a report that `is_new`."""
    for odd in report.reading.odd:
        yield inbound.fault(f"transaction {report.transaction}: {odd}")
    known = inbound.state.transactions.get(report.transaction)
    register = report.reading.register
    if register is not None:
        plate = plate_of(inbound.state, report.evse)
        before = None if report.kind is Kind.STARTED else known
        register = taken_in(before, register, report.reported_at, plate)
        if register is None:
            yield inbound.fault(f"transaction {report.transaction}: its register does not fit its start")
    if report.kind is Kind.STARTED:
        yield _started(inbound, report, register, late=False)
    elif known is None:
        yield _started(inbound, report, _begin(report, register), late=True)
    match report.kind:
        case Kind.STARTED:
            reading = report.reading
            if known is None and (reading.power is not None or reading.soc is not None or report.charging_state):
                yield _updated(inbound, report, None)
        case Kind.UPDATED:
            yield _updated(inbound, report, register)
        case Kind.ENDED:
            yield _ended(inbound, report, register)


def _begin(report: Report, register: Energy | None) -> Energy | None:
    """The best register for a start never heard: what the message says of the start, else what it says of now."""
    begin = report.reading.begin
    if begin is None or register is None:
        return register if begin is None else begin
    return begin if Energy(0) <= register - begin <= MOST_TAKEN else register


def plate_of(state: HubState, evse: EvseId) -> Power:
    """Most power of an EVSE; of a slot, that of its pack family."""
    power = nameplate(state, evse)
    if power.w:
        return power
    station = state.hub.station_by_id.get(station_of(evse))
    if isinstance(station, SwapStation):
        return state.hub.family_by_id[station.family].slot_power
    return Power(0)


def _started(inbound: Inbound, report: Report, register: Energy | None, *, late: bool) -> TransactionStarted:
    held = inbound.state.evses.get(report.evse)
    return TransactionStarted(
        at=inbound.at,
        station=inbound.station,
        evse=report.evse,
        transaction=report.transaction,
        token=report.token,
        truck=report.truck,
        meter_start=register or Energy(0),
        reported_at=report.reported_at,
        seq_no=report.seq_no,
        pack=held.pack if held is not None else None,
        reservation=report.reservation,
        offline=report.offline,
        late=late,
        metered=register is not None,
        refused=report.refused or "",
    )


def _updated(inbound: Inbound, report: Report, register: Energy | None) -> TransactionUpdated:
    return TransactionUpdated(
        at=inbound.at,
        station=inbound.station,
        transaction=report.transaction,
        reported_at=report.reported_at,
        seq_no=report.seq_no,
        meter=register,
        power=report.reading.power,
        soc=report.reading.soc,
        charging_state=report.charging_state,
        trigger=report.trigger,
        token=report.token,
        truck=report.truck,
        refused=report.refused,
        offline=report.offline,
    )


def _ended(inbound: Inbound, report: Report, register: Energy | None) -> TransactionEnded:
    return TransactionEnded(
        at=inbound.at,
        station=inbound.station,
        transaction=report.transaction,
        reported_at=report.reported_at,
        seq_no=report.seq_no,
        meter_stop=register,
        reason=report.reason,
        soc=report.reading.soc,
        offline=report.offline,
    )
