"""The queue of our own calls."""

from datetime import UTC, datetime, timedelta

import pytest

from portwatt.errors import BugError
from portwatt.wire.ocpp import v2x
from portwatt.wire.ocpp.actions import ACTIONS
from portwatt.wire.ocpp.calls import CallQueue, OwnCall
from portwatt.wire.ocpp.outputs import Disconnected, Reply, TimedOut
from portwatt.wire.ocpp.v2x_enums import ResetType
from portwatt.wire.ocpp.versions import OcppVersion

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SECOND = timedelta(seconds=1)
RESET = v2x.ResetRequest(type=ResetType.ON_IDLE)


def own(message_id: str, priority: int = 0, timeout: int = 30) -> OwnCall:
    action = ACTIONS[OcppVersion.V21]["Reset"]
    return OwnCall(message_id, action, RESET, f"text {message_id}", timeout * SECOND, priority, NOW + timeout * SECOND)


def test_one_is_open_at_a_time_and_priority_goes_first() -> None:
    queue = CallQueue()
    for call in (own("low"), own("high", priority=5), own("low too"), own("high too", priority=5)):
        queue.add(call)
    order = []
    while text := queue.start(NOW):
        order.append(text)
        assert queue.start(NOW) is None
        assert queue.close(text.removeprefix("text ")) is not None
    assert order == ["text high", "text high too", "text low", "text low too"]
    assert queue.idle


def test_the_time_out_counts_from_sending() -> None:
    queue = CallQueue()
    queue.add(own("a"))
    sent = NOW + 20 * SECOND
    assert queue.start(sent) == "text a"
    assert queue.next_deadline() == sent + 30 * SECOND
    assert queue.expire(sent + 29 * SECOND) == []
    assert queue.expire(sent + 30 * SECOND) == [Reply("a", RESET, TimedOut(sent=True))]
    assert queue.was_late("a")
    assert queue.close("a") is None


def test_a_call_that_waits_too_long_is_never_sent() -> None:
    queue = CallQueue()
    queue.add(own("slow", timeout=100))
    queue.start(NOW)
    queue.add(own("behind"))
    assert queue.expire(NOW + 30 * SECOND) == [Reply("behind", RESET, TimedOut(sent=False))]
    assert not queue.was_late("behind")


def test_ids_in_use_are_refused() -> None:
    queue = CallQueue()
    queue.add(own("a"))
    with pytest.raises(BugError, match="in use"):
        queue.add(own("a"))
    queue.start(NOW)
    queue.expire(NOW + 60 * SECOND)
    with pytest.raises(BugError, match="in use"):
        queue.add(own("a"))


def test_a_lost_socket_ends_every_call() -> None:
    queue = CallQueue()
    queue.add(own("a"))
    queue.add(own("b"))
    queue.start(NOW)
    assert queue.abandon() == [Reply("a", RESET, Disconnected(sent=True)), Reply("b", RESET, Disconnected(sent=False))]
    assert queue.idle
    assert queue.next_deadline() is None
