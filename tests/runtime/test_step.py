"""The hub's step: each fact is believed, then answered; each command stands in the log behind its cause."""

from __future__ import annotations

from small_hub import CCS, START, in_the_morning, morning

from portwatt.commands import SetChargingProfile
from portwatt.events import ClockTicked, CommandIssued, HeartbeatReceived, StationBooted, StationConnected
from portwatt.runtime.step import step
from portwatt.state import fold
from portwatt.state.codec import digest


def test_commands_follow_their_cause_and_are_numbered_by_their_place() -> None:
    state = fold(morning()[:1])
    connected = StationConnected(at=START, station=CCS, version="ocpp2.1")
    booted = StationBooted(at=START, station=CCS, vendor="v", model="m")
    done = step(state, [connected, booted])
    issued = [e for e in done.events if isinstance(e, CommandIssued)]
    assert [(e.id, e.command) for e in issued] == list(done.commands)
    assert all(isinstance(e.command, SetChargingProfile) for e in issued)
    places = {e.id: state.seq + 1 + n for n, e in enumerate(done.events) if isinstance(e, CommandIssued)}
    assert all(int(name) == place for name, place in places.items())


def test_the_log_of_a_step_folds_to_its_state() -> None:
    state = fold(morning()[:1])
    done = step(state, morning()[1:])
    assert digest(fold(done.events, state)) == digest(done.state)
    assert done.state.seq == state.seq + len(done.events)


def test_the_same_facts_give_the_same_step() -> None:
    state = in_the_morning()
    facts = [HeartbeatReceived(at=START, station=CCS), ClockTicked(at=START)]
    assert step(state, facts) == step(state, facts)


def test_nothing_in_nothing_out() -> None:
    state = in_the_morning()
    assert step(state, []).state is state
