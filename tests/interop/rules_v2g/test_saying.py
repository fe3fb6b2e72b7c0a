from __future__ import annotations

from datetime import timedelta

import pytest
from v2g_frames import START
from v2g_sessions import FINE, READY, agreed, charging, stopping

from portwatt.interop.finding import Side
from portwatt.interop.rules_v2g.saying import before_stop, cut_short, finding, gave_up, seconds, silent, wants_stop


@pytest.mark.parametrize(("span", "text"), [(0.25, "0.25 s"), (9.994, "9.99 s"), (40.648, "40.6 s")])
def test_seconds(span: float, text: str) -> None:
    assert seconds(timedelta(seconds=span)) == text


def test_below_a_cause_it_is_a_quirk_and_frames_are_named_once() -> None:
    made = finding("V10", Side.STATION, 0.3, (4, 4, 7), "", "", START)
    assert (made.quirk, made.frames) == (True, (4, 7))
    assert not finding("V10", Side.STATION, 0.5, (4,), "", "", START).quirk


def test_who_closes_first_tells_who_left() -> None:
    session = charging()
    session.close(by="ev")
    session.close(by="station")
    assert silent(session.evidence())
    session = charging()
    session.close(by="station")
    session.close(by="ev")
    assert not silent(session.evidence())
    assert not silent(stopping(charging()).evidence())


def test_capture_that_ends_soon_after_the_last_word_is_cut_short() -> None:
    assert cut_short(charging().evidence(watched=10))
    assert not cut_short(charging().evidence(watched=90))
    assert not gave_up(charging().evidence(watched=10))


def test_before_stop_ends_with_the_request_to_take_power_away() -> None:
    session = stopping(charging())
    kept = before_stop(session.evidence())
    assert wants_stop(kept[-1])
    assert len(kept) == len(session.exchanges) - 1


def test_power_delivery_of_din() -> None:
    session = agreed()
    session.say("PowerDelivery", {"ReadyToChargeState": True, **FINE}, READY)
    session.say("PowerDelivery", {"ReadyToChargeState": False, **FINE}, READY)
    assert [wants_stop(exchange) for exchange in session.exchanges[-2:]] == [False, True]
