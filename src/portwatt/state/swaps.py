"""Swaps: from the request to the pack in the truck (OCPP 2.1 block S)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

from msgspec import Struct
from msgspec.structs import replace

from portwatt.commands import Outcome, RequestBatterySwap
from portwatt.events import PacksDelivered, PacksReceived, SwapTimedOut
from portwatt.ids import IdToken, PackId, StationId, TruckId
from portwatt.state import packs
from portwatt.state.keeping import KEEP, without

if TYPE_CHECKING:
    from portwatt.state.hub_state import HubState

SwapKey = NewType("SwapKey", str)


class SwapStatus(StrEnum):
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    PACKS_IN = "packs_in"
    """The truck's pack is in, none is out yet."""
    PACKS_OUT = "packs_out"
    """A pack is in the truck, the old one is not in yet (Out-In order)."""
    DONE = "done"
    TIMED_OUT = "timed_out"


OPEN_SWAPS = (SwapStatus.REQUESTED, SwapStatus.ACCEPTED, SwapStatus.PACKS_IN, SwapStatus.PACKS_OUT)


class SwapState(Struct, frozen=True):
    station: StationId
    request_id: int
    status: SwapStatus
    token: IdToken
    truck: TruckId | None
    began_at: datetime
    changed_at: datetime
    received: tuple[PackId, ...] = ()
    delivered: tuple[PackId, ...] = ()
    detail: str = ""


def swap_key(station: StationId, request_id: int) -> SwapKey:
    """requestId is only unique within its station."""
    return SwapKey(f"{station}#{request_id}")


def on_requested(state: HubState, command: RequestBatterySwap, at: datetime) -> HubState:
    swap = SwapState(command.station, command.request_id, SwapStatus.REQUESTED, command.token, command.truck, at, at)
    return state.having(swaps=state.swaps.set(swap_key(command.station, command.request_id), swap))


def on_answered(state: HubState, command: RequestBatterySwap, outcome: Outcome, detail: str, at: datetime) -> HubState:
    key = swap_key(command.station, command.request_id)
    known = state.swaps.get(key)
    if known is None or known.status is not SwapStatus.REQUESTED:
        return state
    status = SwapStatus.ACCEPTED if outcome is Outcome.ACCEPTED else SwapStatus.REFUSED
    state = state.having(swaps=state.swaps.set(key, replace(known, status=status, detail=detail, changed_at=at)))
    return state if status is SwapStatus.ACCEPTED else _failed(state)


def on_received(state: HubState, event: PacksReceived) -> HubState:
    key, known = _find(state, event)
    both = bool(known.delivered)
    state = state.having(
        swaps=state.swaps.set(
            key,
            replace(
                known,
                status=SwapStatus.DONE if both else SwapStatus.PACKS_IN,
                received=tuple(r.pack for r in event.packs),
                changed_at=event.at,
                detail=event.refusal or known.detail,
            ),
        )
    )
    for reading in event.packs:
        state = packs.put_in_slot(state, reading, event.at)
    believed = state.trucks[known.truck].pack if known.truck is not None and known.truck in state.trucks else None
    if believed is not None and not both:
        # It gave another pack than it was believed to have: that one is out of sight.
        state = packs.taken_away(state, believed)
    return _done(state) if both else state


def on_delivered(state: HubState, event: PacksDelivered) -> HubState:
    key, known = _find(state, event)
    both = bool(known.received)
    state = state.having(
        swaps=state.swaps.set(
            key,
            replace(
                known,
                status=SwapStatus.DONE if both else SwapStatus.PACKS_OUT,
                delivered=tuple(r.pack for r in event.packs),
                changed_at=event.at,
            ),
        )
    )
    for reading in event.packs:
        state = packs.put_in_truck(state, reading, known.truck, event.at)
    if known.truck is not None and known.truck in state.trucks and event.packs:
        # In Out-In order the pack it had is still in it, until the station says that it received it.
        truck = replace(state.trucks[known.truck], pack=event.packs[0].pack, soc=event.packs[0].soc, heard_at=event.at)
        state = state.having(trucks=state.trucks.set(known.truck, truck))
    return _done(state) if both else state


def on_timed_out(state: HubState, event: SwapTimedOut) -> HubState:
    key, known = _find(state, event)
    timed_out = replace(known, status=SwapStatus.TIMED_OUT, changed_at=event.at)
    state = state.having(swaps=state.swaps.set(key, timed_out))
    for reading in event.packs:
        state = packs.put_in_slot(state, reading, event.at)
    return _failed(state)


def on_hour(state: HubState, at: datetime) -> HubState:
    """Let go of swaps nothing was heard of for long."""
    old = [key for key, swap in state.swaps.items() if swap.changed_at < at - KEEP]
    return state.having(swaps=without(state.swaps, old)) if old else state


def _find(state: HubState, event: PacksReceived | PacksDelivered | SwapTimedOut) -> tuple[SwapKey, SwapState]:
    key = swap_key(event.station, event.request_id)
    known = state.swaps.get(key)
    if known is None or known.status in (SwapStatus.DONE, SwapStatus.REFUSED):
        # Over: the station chose the number anew for another swap.
        truck = None if isinstance(event, SwapTimedOut) else event.truck
        known = SwapState(event.station, event.request_id, SwapStatus.ACCEPTED, event.token, truck, event.at, event.at)
    return key, known


def _done(state: HubState) -> HubState:
    return state.having(totals=replace(state.totals, swaps=state.totals.swaps + 1))


def _failed(state: HubState) -> HubState:
    return state.having(totals=replace(state.totals, swaps_failed=state.totals.swaps_failed + 1))
