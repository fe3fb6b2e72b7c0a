"""What a person takes out of service, the station hears; and hears again when it boots."""

from __future__ import annotations

from small_hub import CCS, CCS1, START, in_the_morning, run, up

from portwatt.commands import ChangeAvailability
from portwatt.events import ReturnedToService, StationDisconnected, TakenOutOfService


def said(commands: list[tuple[str, object]]) -> list[tuple[str | None, bool]]:
    return [(c.evse, c.operative) for _, c in commands if isinstance(c, ChangeAvailability)]


def test_out_of_service_and_back_is_said_to_the_station() -> None:
    state, commands = run(in_the_morning(), [TakenOutOfService(at=START, station=CCS, evse=CCS1, reason="cable cut")])
    assert said(commands) == [(CCS1, False)]
    _, commands = run(state, [ReturnedToService(at=START, station=CCS, evse=CCS1)])
    assert said(commands) == [(CCS1, True)]


def test_a_station_that_boots_is_told_what_is_out() -> None:
    out = [
        StationDisconnected(at=START, station=CCS, reason="gone"),
        TakenOutOfService(at=START, station=CCS, evse=CCS1, reason="cable cut"),
    ]
    state, _ = run(in_the_morning(), out)
    _, commands = run(state, up(CCS))
    assert said(commands) == [(CCS1, False)]
    state, _ = run(state, [TakenOutOfService(at=START, station=CCS, evse=None, reason="fire")])
    _, commands = run(state, up(CCS))
    assert said(commands) == [(None, False)]


def test_a_station_in_service_hears_nothing_when_it_boots() -> None:
    _, commands = run(in_the_morning(), up(CCS))
    assert said(commands) == []
