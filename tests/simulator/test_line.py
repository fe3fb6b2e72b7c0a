"""The line of a station: what is kept, what is tried again, what dies with the socket."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from portwatt.gateways.ocpp_schemas import load_schemas
from portwatt.ids import StationId
from portwatt.simulator.dialect16 import Dialect16
from portwatt.simulator.line import ATTEMPTS, RETRY_AFTER, Line, Post
from portwatt.simulator.speech import Identity
from portwatt.wire.ocpp import v16
from portwatt.wire.ocpp.message import Message
from portwatt.wire.ocpp.versions import OcppVersion

T0 = datetime(2026, 11, 23, 6, tzinfo=UTC)
SECOND = timedelta(seconds=1)
BOOTED = '{"status":"Accepted","currentTime":"2026-11-23T06:00:00Z","interval":600}'


class Owner:
    """A station that says nothing of its own."""

    def registered(self, now: datetime) -> Iterable[Post]:
        return ()

    def serve(self, request: Message, now: datetime) -> Message:
        raise AssertionError("nobody asks")


@pytest.fixture
def line() -> Line:
    identity = Identity(StationId("s"), "v", "m")
    return Line(Owner(), Dialect16(), load_schemas()[OcppVersion.V16], identity, "run")


def post(
    line: Line, tag: str, now: datetime, *, durable: bool = True, heard: list[Message | None] | None = None
) -> None:
    def answer(response: Message | None, at: datetime) -> None:
        if heard is not None:
            heard.append(response)

    line.post(Post(lambda: v16.AuthorizeRequest(id_tag=tag), answer, durable), now)


def online(line: Line, now: datetime = T0) -> None:
    line.open(now)
    (boot,) = line.take()
    line.receive(f'[3,"{boot.split(chr(34))[1]}",{BOOTED}]', now)


def reply(line: Line, text: str, now: datetime, kind: int = 3) -> None:
    number = text.split('"')[1]
    body = '{"idTagInfo":{"status":"Accepted"}}' if kind == 3 else '"InternalError","",{}'
    line.receive(f'[{kind},"{number}",{body}]', now)


def tags(texts: list[str]) -> list[str]:
    return [text.split('"idTag":"')[1].split('"')[0] for text in texts]


def test_one_call_at_a_time_in_order(line: Line) -> None:
    online(line)
    for tag in "abc":
        post(line, tag, T0)
    said: list[str] = []
    while texts := line.take():
        assert len(texts) == 1
        said += texts
        reply(line, texts[0], T0)
    assert tags(said) == ["a", "b", "c"]
    assert line.waiting == 0


def test_nothing_is_said_before_the_boot_is_accepted(line: Line) -> None:
    post(line, "a", T0)
    line.open(T0)
    assert ["BootNotification" in text for text in line.take()] == [True]


def test_what_need_not_be_kept_dies_with_the_socket(line: Line) -> None:
    online(line)
    heard: list[Message | None] = []
    post(line, "kept", T0)
    post(line, "lost", T0, durable=False, heard=heard)
    line.close(T0)
    assert heard == [None]
    post(line, "too late", T0, durable=False, heard=heard)
    assert heard == [None, None]
    online(line)
    assert tags(line.take()) == ["kept"]


def test_a_refused_message_is_tried_again_and_then_given_up(line: Line) -> None:
    online(line)
    heard: list[Message | None] = []
    post(line, "a", T0, heard=heard)
    now, said = T0, []
    while texts := line.take():
        said += texts
        reply(line, texts[0], now, kind=4)
        wake = line.next_wake()
        assert wake is not None
        if line.waiting:
            now = wake
            line.tick(now)
    assert (len(said), now - T0, line.given_up) == (ATTEMPTS, 3 * RETRY_AFTER, 1)
    assert heard == [None]


def test_a_message_that_was_not_taken_keeps_its_place_but_holds_up_no_question(line: Line) -> None:
    online(line)
    post(line, "first", T0)
    (text,) = line.take()
    reply(line, text, T0, kind=4)
    post(line, "second", T0)
    assert line.take() == []
    post(line, "question", T0, durable=False)
    (question,) = line.take()
    assert tags([question]) == ["question"]
    reply(line, question, T0)
    line.tick(T0 + RETRY_AFTER)
    assert tags(line.take()) == ["first"]


def test_an_answer_that_comes_late_is_not_taken_for_another(line: Line) -> None:
    online(line)
    heard: list[Message | None] = []
    post(line, "a", T0, heard=heard)
    (first,) = line.take()
    line.tick(T0 + line.call_timeout)
    reply(line, first, T0 + line.call_timeout + SECOND)
    assert heard == []
    line.tick(T0 + line.call_timeout + RETRY_AFTER)
    (second,) = line.take()
    assert second.split('"')[1] != first.split('"')[1]
    reply(line, second, T0 + line.call_timeout + RETRY_AFTER)
    assert len(heard) == 1


def test_a_boot_nobody_answers_is_tried_again(line: Line) -> None:
    line.open(T0)
    line.take()
    line.tick(T0 + line.call_timeout)
    wake = line.next_wake()
    assert wake == T0 + line.call_timeout + timedelta(minutes=1)
    line.tick(wake)
    assert len(line.take()) == 1


def test_heartbeats_come_as_often_as_the_boot_was_told(line: Line) -> None:
    online(line)
    assert line.next_wake() == T0 + timedelta(minutes=10)


def test_without_a_socket_nothing_wakes_it(line: Line) -> None:
    post(line, "a", T0)
    assert line.next_wake() is None
    line.tick(T0)
    line.receive("[3]", T0)
    assert line.take() == []
