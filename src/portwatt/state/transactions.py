"""Transactions: running ones, and ended ones for as long as a station may still repeat itself."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from portwatt.events import TransactionEnded, TransactionStarted, TransactionUpdated
from portwatt.ids import EvseId, IdToken, PackId, ReservationId, StationId, TransactionId, TruckId
from portwatt.state import handshakes, limits, packs, reservations, totals
from portwatt.state.keeping import KEEP, without
from portwatt.state.stations import EvseState
from portwatt.units import Energy, Power, SoC

if TYPE_CHECKING:
    from portwatt.state.hub_state import HubState

_MOST_MISSING = 64
RECENT = 200
"""Transactions remembered by EVSE, so that a repetition is found without looking through all of the hub's."""


class StartMeter(StrEnum):
    """Where `meter_start` comes from."""

    TOLD = "told"
    """The message of the start said it."""
    LOWEST = "lowest"
    """The start has not been heard, or said nothing: the lowest register heard so far."""
    UNKNOWN = "unknown"
    """No register has been heard yet."""


class TransactionState(Struct, frozen=True):
    """One transaction. `meter` is the register; `energy` is what went through since the start.

    `highest_seq` and `missing` tell a repetition from a straggler (OCPP 2.x seqNo). `late`: its start was synthesised
    and the station's own message of it is still to come.
    """

    station: StationId
    evse: EvseId
    token: IdToken
    truck: TruckId | None
    started_at: datetime
    meter_start: Energy
    meter: Energy
    power: Power = Power(0)
    soc: SoC | None = None
    charging_state: str = ""
    highest_seq: int = 0
    missing: tuple[int, ...] = ()
    pack: PackId | None = None
    reservation: ReservationId | None = None
    ended_at: datetime | None = None
    reason: str = ""
    heard_at: datetime | None = None
    offline: bool = False
    late: bool = False
    start_meter: StartMeter = StartMeter.TOLD
    refused: str = ""
    """Why its token was refused; it is given no power."""

    @property
    def energy(self) -> Energy:
        return self.meter - self.meter_start

    @property
    def running(self) -> bool:
        return self.ended_at is None


def seen(transaction: TransactionState, seq_no: int) -> bool:
    """Whether a message with this number was taken in before."""
    return seq_no <= transaction.highest_seq and seq_no not in transaction.missing


def _numbered(transaction: TransactionState, seq_no: int) -> tuple[int, tuple[int, ...]]:
    if seq_no > transaction.highest_seq:
        gap = _between(transaction.highest_seq, seq_no)
        missing = (*transaction.missing, *gap)[-_MOST_MISSING:] if gap else transaction.missing
        return seq_no, missing
    if seq_no not in transaction.missing:
        return transaction.highest_seq, transaction.missing
    return transaction.highest_seq, tuple(n for n in transaction.missing if n != seq_no)


def _between(low: int, high: int) -> tuple[int, ...]:
    """The last numbers between two, both excluded; a station may send any number, so never all of them."""
    return tuple(range(low + 1, high)[-_MOST_MISSING:])


def _metered(known: TransactionState, register: Energy | None) -> TransactionState:
    """The transaction after one more register. Registers only rise, whatever order they come in."""
    if register is None:
        return known
    match known.start_meter:
        case StartMeter.TOLD:
            return known if register <= known.meter else replace(known, meter=register)
        case StartMeter.LOWEST:
            return replace(known, meter_start=min(known.meter_start, register), meter=max(known.meter, register))
        case StartMeter.UNKNOWN:
            return replace(known, meter_start=register, meter=register, start_meter=StartMeter.LOWEST)


def on_started(state: HubState, event: TransactionStarted) -> HubState:
    """A late start completes what a straggler had opened. An EVSE has one transaction at a time: an older one whose end
    was lost draws no more, and stays open for its end to come.
    """
    known = state.transactions.get(event.transaction)
    if known is not None:
        return _completed(state, event, known)
    told = StartMeter.LOWEST if event.late else StartMeter.TOLD
    transaction = TransactionState(
        station=event.station,
        evse=event.evse,
        token=event.token,
        truck=event.truck,
        started_at=event.reported_at,
        meter_start=event.meter_start,
        meter=event.meter_start,
        highest_seq=event.seq_no,
        missing=_between(-1, event.seq_no) if event.late else (),
        pack=event.pack,
        reservation=event.reservation,
        heard_at=event.at,
        offline=event.offline,
        late=event.late,
        refused=event.refused,
        start_meter=told if event.metered else StartMeter.UNKNOWN,
    )
    evse = state.evses.get(event.evse, EvseState())
    evse = replace(evse, recent=(*evse.recent, event.transaction)[-RECENT:])
    state = state.having(
        transactions=state.transactions.set(event.transaction, transaction),
        evses=state.evses.set(event.evse, evse),
    )
    if _overtaken(state, evse, event.reported_at):
        return state
    if evse.transaction is not None:
        state = _superseded(state, evse.transaction, event.evse)
    return reservations.on_started(state, event).having(
        evses=state.evses.set(event.evse, replace(evse, transaction=event.transaction))
    )


def _completed(state: HubState, event: TransactionStarted, known: TransactionState) -> HubState:
    highest, missing = _numbered(known, event.seq_no)
    fixed = replace(
        known,
        token=event.token or known.token,
        truck=event.truck or known.truck,
        started_at=event.reported_at,
        highest_seq=highest,
        missing=missing,
        pack=known.pack or event.pack,
        reservation=known.reservation if event.reservation is None else event.reservation,
        late=known.late and event.late,
        refused=event.refused,
    )
    if event.metered:
        highest_meter = max(known.meter, event.meter_start)
        fixed = replace(fixed, meter_start=event.meter_start, meter=highest_meter, start_meter=StartMeter.TOLD)
    state = totals.metered(state, fixed.energy - known.energy, known.power, known.power)
    return state.having(transactions=state.transactions.set(event.transaction, fixed))


def _overtaken(state: HubState, evse: EvseState, started_at: datetime) -> bool:
    """Whether the EVSE already runs a transaction that began after this one: the word of this one comes too late."""
    held = state.transactions.get(evse.transaction) if evse.transaction is not None else None
    return held is not None and held.running and held.started_at > started_at


def _superseded(state: HubState, older: TransactionId, evse: EvseId) -> HubState:
    known = state.transactions.get(older)
    if known is not None and known.power.w:
        state = totals.metered(state, Energy(0), known.power, Power(0))
        state = state.having(transactions=state.transactions.set(older, replace(known, power=Power(0))))
    return limits.on_transaction_over(state, evse)


def _current(state: HubState, evse: EvseId, transaction: TransactionId) -> bool:
    held = state.evses.get(evse)
    return held is not None and held.transaction == transaction


def _shown(known: TransactionState, event: TransactionUpdated) -> TransactionState:
    """A token shown after the start. Whose transaction it is is settled once: another truck's card may end it, never
    take it over."""
    if event.refused:
        return replace(known, refused=event.refused)
    return replace(known, token=event.token, truck=event.truck or known.truck, refused="")


def on_updated(state: HubState, event: TransactionUpdated) -> HubState:
    known = state.transactions.get(event.transaction)
    if known is None:
        return state
    highest, missing = _numbered(known, event.seq_no)
    newest = event.seq_no >= known.highest_seq and known.running and _current(state, known.evse, event.transaction)
    changed = replace(_metered(known, event.meter), highest_seq=highest, missing=missing, heard_at=event.at)
    if event.token and (known.truck is None or event.token == known.token):
        changed = _shown(changed, event)
    if newest:
        changed = replace(
            changed,
            power=known.power if event.power is None else event.power,
            soc=event.soc or known.soc,
            charging_state=event.charging_state or known.charging_state,
        )
    state = totals.metered(state, changed.energy - known.energy, known.power, changed.power)
    state = state.having(transactions=state.transactions.set(event.transaction, changed))
    if newest and event.soc is not None and known.pack is not None:
        state = packs.charged(state, known.pack, event.soc, event.at)
    return state


def on_ended(state: HubState, event: TransactionEnded) -> HubState:
    known = state.transactions.get(event.transaction)
    if known is None or not known.running:
        return state
    highest, missing = _numbered(known, event.seq_no)
    over = replace(
        _metered(known, event.meter_stop),
        power=Power(0),
        soc=event.soc or known.soc,
        highest_seq=highest,
        missing=missing,
        ended_at=event.reported_at,
        reason=event.reason,
        heard_at=event.at,
    )
    state = totals.metered(state, over.energy - known.energy, known.power, Power(0))
    state = handshakes.ended(totals.ended(state, over), event.transaction, over)
    evse = state.evses.get(known.evse)
    if evse is not None and evse.transaction == event.transaction:
        state = state.having(evses=state.evses.set(known.evse, replace(evse, transaction=None)))
        state = limits.on_transaction_over(state, known.evse)
    if event.soc is not None and known.pack is not None:
        state = packs.charged(state, known.pack, event.soc, event.at)
    return state.having(transactions=state.transactions.set(event.transaction, over))


def on_hour(state: HubState, at: datetime) -> HubState:
    """Let go of what nothing was heard of for long, but for what an EVSE still holds."""
    held = {evse.transaction for evse in state.evses.values()}
    old = {
        name: known.power
        for name, known in state.transactions.items()
        if (known.heard_at or known.started_at) < at - KEEP and name not in held
    }
    for power in old.values():  # its EVSE was taken out of the hub file while it ran
        state = totals.metered(state, Energy(0), power, Power(0))
    return _forgotten(state, set(old)) if old else state


def _forgotten(state: HubState, old: set[TransactionId]) -> HubState:
    evses = state.evses
    for name, evse in state.evses.items():
        if not old.isdisjoint(evse.recent):
            evses = evses.set(name, replace(evse, recent=tuple(t for t in evse.recent if t not in old)))
    return state.having(transactions=without(state.transactions, old), evses=evses)


def running(state: HubState) -> list[tuple[TransactionId, TransactionState]]:
    """The transactions of now, through the EVSEs that hold them."""
    return [
        (evse.transaction, state.transactions[evse.transaction])
        for evse in state.evses.values()
        if evse.transaction is not None and evse.transaction in state.transactions
    ]
