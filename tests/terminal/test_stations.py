from __future__ import annotations

from datetime import UTC, datetime

import pytest

from portwatt.events import EvseStatus, EvseStatusChanged, StationDisconnected, TakenOutOfService
from portwatt.state import HubState, fold
from portwatt.state.stations import EvseState, StationState
from portwatt.terminal.glyphs import ASCII, UNICODE
from portwatt.terminal.stations import Sign, counts_line, evse_lines, sign_of, signs, slot_lines

AT = datetime(2026, 11, 24, 1, tzinfo=UTC)
UP = StationState(connected=True)
FREE = EvseState(status=EvseStatus.AVAILABLE)


@pytest.mark.parametrize(
    ("station", "evse", "reserved", "sign"),
    [
        (None, FREE, False, Sign.OFFLINE),
        (StationState(), EvseState(status=EvseStatus.FAULTED), False, Sign.OFFLINE),
        (UP, EvseState(status=EvseStatus.FAULTED, transaction="t"), False, Sign.FAULTED),
        (UP, EvseState(), False, Sign.UNAVAILABLE),
        (StationState(connected=True, out_of_service="repair"), FREE, False, Sign.UNAVAILABLE),
        (UP, EvseState(status=EvseStatus.AVAILABLE, out_of_service="repair"), False, Sign.UNAVAILABLE),
        (UP, EvseState(status=EvseStatus.OCCUPIED, transaction="t"), True, Sign.CHARGING),
        (UP, EvseState(status=EvseStatus.RESERVED), False, Sign.RESERVED),
        (UP, FREE, True, Sign.RESERVED),
        (UP, EvseState(status=EvseStatus.OCCUPIED), False, Sign.OCCUPIED),
        (UP, FREE, False, Sign.AVAILABLE),
    ],
)
def test_the_worst_is_shown(station: StationState | None, evse: EvseState, reserved: bool, sign: Sign) -> None:
    assert sign_of(station, evse, reserved) is sign


def disturbed(state: HubState) -> HubState:
    """The first station silent, the second taken out, the third faulted, and a slot faulted."""
    first, second, third = state.hub.stations[:3]
    swap = state.hub.swap_stations[0]
    faulted = [(third.id, third.evses[0].id), (swap.id, swap.slots[0])]
    events = [
        StationDisconnected(at=AT, station=first.id, reason="silent"),
        TakenOutOfService(at=AT, station=second.id, evse=None, reason="repair"),
        *(EvseStatusChanged(at=AT, station=s, evse=e, status=EvseStatus.FAULTED, reported_at=AT) for s, e in faulted),
    ]
    return fold(events, state)


def test_every_evse_has_one_sign(morning: HubState) -> None:
    state = disturbed(morning)
    known = signs(state)
    assert list(known) == list(state.hub.evse_by_id)
    first, second, third = state.hub.stations[:3]
    assert {known[e.id] for e in first.evses} == {Sign.OFFLINE}
    assert {known[e.id] for e in second.evses} == {Sign.UNAVAILABLE}
    assert known[third.evses[0].id] is Sign.FAULTED


def test_lines_fit_and_lose_no_evse(morning: HubState) -> None:
    state = disturbed(morning)
    for width in (30, 60, 118):
        lines = list(evse_lines(state, ASCII, width))
        letters = "".join(line.plain for line in lines)
        for place in {s.place for s in state.hub.stations}:
            letters = letters.replace(place, "")
        shown = [c for c in letters.removeprefix("EVSEs") if c in "ACORFU-"]
        assert len(shown) == len(state.hub.evse_by_id)


def test_counts_add_up(morning: HubState) -> None:
    line = counts_line(disturbed(morning), UNICODE).plain
    evses = line.removeprefix("EVSEs ").partition("·")[0].split()
    assert sum(int(word[1:]) for word in evses) == len(morning.hub.evse_by_id)


def test_a_slot_shows_its_level_its_fault_or_nothing(morning: HubState) -> None:
    state = disturbed(morning)
    swap = state.hub.swap_stations[0]
    (line,) = slot_lines(state, ASCII, 200)
    drawn = line.plain.split(swap.id)[1].split()[0]
    assert len(drawn) == len(swap.slots)
    assert drawn[0] == "F"
    holds = [state.evses[slot].pack is not None for slot in swap.slots[1:]]
    assert [sign.isdigit() for sign in drawn[1:]] == holds
