"""Transactions: running ones, and ended ones for as long as a station may still repeat itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from portwatt.events import ClockTicked, TransactionEnded, TransactionStarted, TransactionUpdated
from portwatt.ids import EvseId, IdToken, PackId, ReservationId, StationId, TransactionId, TruckId
from portwatt.state import limits, packs, reservations, totals
from portwatt.state.stations import EvseState
from portwatt.units import Energy, Power, SoC

if TYPE_CHECKING:
    from portwatt.state.hub_state import HubState

KEEP_ENDED = timedelta(days=7)
"""How long an ended transaction stays in the state, so that a late repetition is recognised."""
_MOST_MISSING = 64


class TransactionState(Struct, frozen=True):
    """One transaction. `meter` is the register; `energy` is what went through since the start.

    `highest_seq` and `missing` tell a repetition from a straggler (OCPP 2.x seqNo).
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
        gap = tuple(range(transaction.highest_seq + 1, seq_no))[-_MOST_MISSING:]
        missing = (*transaction.missing, *gap)[-_MOST_MISSING:] if gap else transaction.missing
        return seq_no, missing
    return transaction.highest_seq, tuple(n for n in transaction.missing if n != seq_no)


def on_started(state: HubState, event: TransactionStarted) -> HubState:
    """A late start completes what a straggler had opened. An EVSE has one transaction at a time: an older one whose end
    was lost draws no more, and stays open for its end to come.
    """
    known = state.transactions.get(event.transaction)
    if known is not None:
        highest, missing = _numbered(known, event.seq_no)
        fixed = replace(
            known,
            token=event.token or known.token,
            truck=event.truck or known.truck,
            started_at=event.reported_at,
            meter_start=event.meter_start,
            highest_seq=highest,
            missing=missing,
        )
        return state.having(transactions=state.transactions.set(event.transaction, fixed))
    transaction = TransactionState(
        station=event.station,
        evse=event.evse,
        token=event.token,
        truck=event.truck,
        started_at=event.reported_at,
        meter_start=event.meter_start,
        meter=event.meter_start,
        highest_seq=event.seq_no,
        missing=tuple(range(event.seq_no))[-_MOST_MISSING:] if event.late else (),
        pack=event.pack,
        reservation=event.reservation,
        heard_at=event.at,
        offline=event.offline,
    )
    evse = state.evses.get(event.evse, EvseState())
    if evse.transaction is not None:
        state = _superseded(state, evse.transaction, event.evse)
    return reservations.on_started(state, event).having(
        transactions=state.transactions.set(event.transaction, transaction),
        evses=state.evses.set(event.evse, replace(evse, transaction=event.transaction)),
    )


def _superseded(state: HubState, older: TransactionId, evse: EvseId) -> HubState:
    known = state.transactions.get(older)
    if known is not None and known.power.w:
        state = totals.metered(state, Energy(0), known.power, Power(0))
        state = state.having(transactions=state.transactions.set(older, replace(known, power=Power(0))))
    return limits.on_transaction_over(state, evse)


def _current(state: HubState, evse: EvseId, transaction: TransactionId) -> bool:
    held = state.evses.get(evse)
    return held is not None and held.transaction == transaction


def on_updated(state: HubState, event: TransactionUpdated) -> HubState:
    known = state.transactions.get(event.transaction)
    if known is None:
        return state
    highest, missing = _numbered(known, event.seq_no)
    newest = event.seq_no >= known.highest_seq and known.running and _current(state, known.evse, event.transaction)
    meter = known.meter if event.meter is None else max(known.meter, event.meter)
    changed = replace(known, meter=meter, highest_seq=highest, missing=missing, heard_at=event.at)
    if newest:
        changed = replace(
            changed,
            power=known.power if event.power is None else event.power,
            soc=event.soc or known.soc,
            charging_state=event.charging_state or known.charging_state,
        )
    state = totals.metered(state, meter - known.meter, known.power, changed.power)
    state = state.having(transactions=state.transactions.set(event.transaction, changed))
    if newest and event.soc is not None and known.pack is not None:
        state = packs.charged(state, known.pack, event.soc, event.at)
    return state


def on_ended(state: HubState, event: TransactionEnded) -> HubState:
    known = state.transactions.get(event.transaction)
    if known is None or not known.running:
        return state
    highest, missing = _numbered(known, event.seq_no)
    meter = known.meter if event.meter_stop is None else max(known.meter, event.meter_stop)
    over = replace(
        known,
        meter=meter,
        power=Power(0),
        soc=event.soc or known.soc,
        highest_seq=highest,
        missing=missing,
        ended_at=event.reported_at,
        reason=event.reason,
        heard_at=event.at,
    )
    state = totals.metered(state, meter - known.meter, known.power, Power(0))
    state = totals.ended(state, over)
    evse = state.evses.get(known.evse)
    if evse is not None and evse.transaction == event.transaction:
        state = state.having(evses=state.evses.set(known.evse, replace(evse, transaction=None)))
        state = limits.on_transaction_over(state, known.evse)
    if event.soc is not None and known.pack is not None:
        state = packs.charged(state, known.pack, event.soc, event.at)
    return state.having(transactions=state.transactions.set(event.transaction, over))


def on_tick(state: HubState, event: ClockTicked) -> HubState:
    """Once an hour, let go of what ended long ago."""
    if state.at.replace(minute=0, second=0, microsecond=0) == event.at.replace(minute=0, second=0, microsecond=0):
        return state
    horizon = event.at - KEEP_ENDED
    old = [
        t for t, tx in state.transactions.items() if tx.ended_at is not None and (tx.heard_at or tx.ended_at) < horizon
    ]
    if not old:
        return state
    kept = state.transactions.mutate()
    for transaction in old:
        del kept[transaction]
    return state.having(transactions=kept.finish())


def running(state: HubState) -> list[tuple[TransactionId, TransactionState]]:
    """The transactions of now, through the EVSEs that hold them."""
    return [
        (evse.transaction, state.transactions[evse.transaction])
        for evse in state.evses.values()
        if evse.transaction is not None and evse.transaction in state.transactions
    ]
