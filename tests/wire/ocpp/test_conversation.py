"""The conversation: golden frames both ways, order, repeats, our own calls, hostile input."""

import json
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portwatt.errors import BugError
from portwatt.gateways.ocpp_schemas import load_schemas
from portwatt.wire.ocpp import v2x, v16
from portwatt.wire.ocpp.actions import ACTIONS
from portwatt.wire.ocpp.conversation import MAX_UNANSWERED, Conversation, Terms
from portwatt.wire.ocpp.ledger import MessageLedger
from portwatt.wire.ocpp.outputs import (
    Answered,
    AnswerRejected,
    Disconnected,
    Ignored,
    Malformed,
    Notification,
    Outgoing,
    Output,
    Reason,
    Refused,
    Reply,
    Request,
    TimedOut,
)
from portwatt.wire.ocpp.quirks import PROFILES
from portwatt.wire.ocpp.v2x_enums import ResetType
from portwatt.wire.ocpp.v2x_types import IdToken
from portwatt.wire.ocpp.versions import Direction, ErrorCode, OcppVersion, Role

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HEARTBEAT = v2x.HeartbeatResponse(current_time=NOW)
RESET = v2x.ResetRequest(type=ResetType.ON_IDLE)
EVENT = (
    '[2,"%s","TransactionEvent",{"eventType":"Ended","timestamp":"2026-11-23T00:50:00Z","triggerReason":"EVDeparted",'
    '"seqNo":2,"transactionInfo":{"transactionId":"t1"}}]'
)


def central(version: OcppVersion = OcppVersion.V21, ledger: MessageLedger | None = None) -> Conversation:
    return Conversation(Terms(version), load_schemas()[version], ledger)


def station(version: OcppVersion = OcppVersion.V21) -> Conversation:
    return Conversation(Terms(version, Role.STATION), load_schemas()[version])


def sent(outputs: list[Output]) -> list[list[object]]:
    return [json.loads(output.text) for output in outputs if isinstance(output, Outgoing)]


def only(outputs: list[Output]) -> Output:
    (output,) = outputs
    return output


# --- golden frames -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", list(OcppVersion))
def test_golden_frames_cover_every_action(version: OcppVersion, golden: Mapping[OcppVersion, list[str]]) -> None:
    covered = {json.loads(line)[2] for line in golden[version] if line[1] in "26"}
    assert covered == set(ACTIONS[version])


@pytest.mark.parametrize("version", list(OcppVersion))
def test_golden_frames_travel_both_ways_unchanged(
    version: OcppVersion, golden: Mapping[OcppVersion, list[str]]
) -> None:
    """The asking end sends what the other end reads, and the answer comes back: no field is lost or renamed."""
    waiting: tuple[Conversation, Conversation] | None = None
    for line in golden[version]:
        frame = json.loads(line)
        if frame[0] == 3:
            assert waiting is not None
            _answer_travels(waiting, frame)
            waiting = None
        elif frame[0] == 6:
            notification = only(central(version).receive(line, NOW))
            assert isinstance(notification, Notification)
            assert json.loads(station(version).send(frame[1], notification.message)) == frame
        else:
            waiting = _question_travels(version, line)
    assert waiting is None


def _question_travels(version: OcppVersion, line: str) -> tuple[Conversation, Conversation]:
    frame = json.loads(line)
    to_station = ACTIONS[version][frame[2]].direction is Direction.TO_STATION
    asking, asked = (central(version), station(version)) if to_station else (station(version), central(version))
    request = only(asked.receive(line, NOW))
    assert isinstance(request, Request)
    assert sent(asking.call(frame[1], request.message, NOW)) == [frame]
    return asking, asked


def _answer_travels(ends: tuple[Conversation, Conversation], frame: list[object]) -> None:
    asking, asked = ends
    reply = only(asking.receive(json.dumps(frame), NOW))
    assert isinstance(reply, Reply)
    assert isinstance(reply.outcome, Answered)
    assert [json.loads(text) for text in asked.answer(str(frame[1]), reply.outcome.response)] == [frame]


# --- hostile input -----------------------------------------------------------------------------------------------


def check_outputs(outputs: list[Output], version: OcppVersion) -> None:
    """Every received frame has one effect of the right kind; only a broken reply in 2.1 has two."""
    if version is OcppVersion.V21 and isinstance(outputs[0], Ignored) and len(outputs) == 2:
        assert sent(outputs)[0][0] == 5
        return
    output = only(outputs)
    if isinstance(output, Outgoing):
        frame = json.loads(output.text)
        assert frame[0] == 4
        assert len(frame) == 5
        assert 0 < len(frame[1]) <= 36
        assert len(frame[3]) <= 255
        assert frame[4] == {}
    else:
        assert isinstance(output, Request | Notification | Ignored | AnswerRejected)


@given(data=st.text() | st.binary(), version=st.sampled_from(OcppVersion))
def test_any_text_gets_an_effect(data: str | bytes, version: OcppVersion) -> None:
    check_outputs(central(version).receive(data, NOW), version)


@pytest.mark.parametrize("version", list(OcppVersion))
def test_mutated_golden_frames_get_an_effect(version: OcppVersion, golden: Mapping[OcppVersion, list[str]]) -> None:
    chance = random.Random(20261123)
    for line in golden[version]:
        for _ in range(40):
            raw = bytearray(line.encode())
            for _ in range(chance.randint(1, 3)):
                place = chance.randrange(len(raw))
                raw[place : place + chance.randint(0, 4)] = chance.choice(
                    [b"", b"[", b"}", b'"', b",", b"\xff", b"9" * 30]
                )
            check_outputs(central(version).receive(bytes(raw), NOW), version)
        for end in range(0, len(line), 7):
            check_outputs(central(version).receive(line[:end], NOW), version)


@pytest.mark.parametrize(
    ("version", "data", "reply"),
    [
        (OcppVersion.V21, "[" * 100_000, ["-1", "RpcFrameworkError"]),
        (OcppVersion.V201, "hello", ["-1", "RpcFrameworkError"]),
        (OcppVersion.V16, "hello", ["-1", "FormationViolation"]),
        (OcppVersion.V16, '[2,"id",["Heartbeat"],{}]', ["id", "FormationViolation"]),
        (OcppVersion.V16, '[2,"id","Heartbeat",7]', ["id", "FormationViolation"]),
        (OcppVersion.V21, '[2,"id","Heartbeat",7]', ["id", "FormatViolation"]),
        (OcppVersion.V21, '[2,"id","Heartbeat",{"x":' + "9" * 5000 + "}]", ["id", "RpcFrameworkError"]),
        (OcppVersion.V21, '[2,"id","Heartbeat",{"x":1}]', ["id", "FormatViolation"]),
        (OcppVersion.V16, '[2,"id","Authorize",{}]', ["id", "ProtocolError"]),
        (OcppVersion.V21, '[2,"id","Authorize",{}]', ["id", "OccurrenceConstraintViolation"]),
        (
            OcppVersion.V16,
            '[2,"id","MeterValues",{"connectorId":1,"meterValue":[]}]',
            ["id", "OccurenceConstraintViolation"],
        ),
        (OcppVersion.V21, '[2,"id","Fly",{}]', ["id", "NotImplemented"]),
        (OcppVersion.V21, '[2,"id","NotifyReport",{}]', ["id", "NotSupported"]),
        (OcppVersion.V21, '[2,"id","Reset",{"type":"OnIdle"}]', ["id", "NotSupported"]),
        (OcppVersion.V201, '[2,"id","BatterySwap",{}]', ["id", "NotImplemented"]),
        (OcppVersion.V201, '[9,"id",{}]', ["id", "MessageTypeNotSupported"]),
        (OcppVersion.V16, '[9,"id",{}]', ["id", "GenericError"]),
        (OcppVersion.V201, '[6,"id","NotifyPeriodicEventStream",{}]', ["id", "MessageTypeNotSupported"]),
        (OcppVersion.V16, '[5,"id","GenericError","",{}]', ["id", "GenericError"]),
        (OcppVersion.V21, "[3]", ["-1", "RpcFrameworkError"]),
    ],
)
def test_a_bad_frame_gets_the_callerror_of_its_version(version: OcppVersion, data: str, reply: list[str]) -> None:
    conversation = central(version)
    ((kind, message_id, code, description, details),) = sent(conversation.receive(data, NOW))
    assert (kind, [message_id, code], details) == (4, reply, {})
    assert description
    assert conversation.counts.unreadable + conversation.counts.refused == 1
    after = only(conversation.receive('[2,"next","Heartbeat",{}]', NOW))
    assert isinstance(after, Request)


@pytest.mark.parametrize("data", ['[4,"id"]', '[4,"id",7]', '[5,"id"]', '[6,"id"]', '[6,"id","BatterySwap",{}]'])
def test_refusals_and_sends_are_never_refused(data: str) -> None:
    conversation = central()
    assert isinstance(only(conversation.receive(data, NOW)), Ignored)


@pytest.mark.parametrize("data", ['[3,"id"]', '[3,"id",[]]', '[3,"id",{"status":'])
def test_a_broken_reply_gets_no_callerror(data: str) -> None:
    """A CALLERROR answers a CALL; a broken CALLRESULT has its own frame in 2.1 and none before."""
    for version in (OcppVersion.V16, OcppVersion.V201):
        assert central(version).receive(data, NOW) == [Ignored(Reason.UNKNOWN_REPLY, "id")]
    ignored, told = central(OcppVersion.V21).receive(data, NOW)
    assert ignored == Ignored(Reason.UNKNOWN_REPLY, "id")
    assert sent([told])[0][:3] == [5, "id", "RpcFrameworkError"]


def test_a_refused_answer_is_told() -> None:
    outputs = central().receive('[5,"id","FormatViolation","no",{}]', NOW)
    assert outputs == [AnswerRejected("id", "FormatViolation", "no")]


def test_quirks_repair_what_is_not_json() -> None:
    conversation = central(OcppVersion.V16)
    text = (
        '[2,"1","MeterValues",{"connectorId":1,"meterValue":'
        '[{"timestamp":"2026-11-23T00:00:00","sampledValue":[,{"value":"7"}]}]}]'
    )
    assert sent(conversation.receive(text, NOW))[0][0] == 4
    conversation.quirks = PROFILES["zj-beny"]
    request = only(conversation.receive(text, NOW))
    assert isinstance(request, Request)
    assert isinstance(request.message, v16.MeterValuesRequest)
    assert request.message.meter_value[0].timestamp == NOW
    assert conversation.counts.repaired == 1
    assert sent(conversation.receive("hopeless", NOW))[0][0] == 4


# --- order and repeats -------------------------------------------------------------------------------------------


def test_pipelined_requests_are_answered_in_order() -> None:
    conversation = central()
    for message_id in "abc":
        conversation.receive(f'[2,"{message_id}","Heartbeat",{{}}]', NOW)
    assert conversation.receive('[2,"d","Fly",{}]', NOW) == []
    assert conversation.answer("b", HEARTBEAT) == []
    assert conversation.refuse("c", ErrorCode.INTERNAL_ERROR, "out of order", {"hint": 1}) == []
    frames = [json.loads(text) for text in conversation.answer("a", HEARTBEAT)]
    assert [frame[:2] for frame in frames] == [[3, "a"], [3, "b"], [4, "c"], [4, "d"]]
    assert frames[2] == [4, "c", "InternalError", "out of order", {"hint": 1}]


def test_a_repeated_request_gets_the_same_reply_and_is_served_once() -> None:
    conversation = central()
    text = EVENT % "m1"
    assert isinstance(only(conversation.receive(text, NOW)), Request)
    assert conversation.receive(text, NOW) == [Ignored(Reason.DUPLICATE, "m1")]
    reply = conversation.answer("m1", v2x.TransactionEventResponse(total_cost=4.5))
    assert conversation.receive(text, NOW) == [Outgoing(reply[0])]
    assert conversation.receive(text, NOW) == [Outgoing(reply[0])]
    assert conversation.counts.repeated == 3


def test_the_ledger_survives_a_reconnect() -> None:
    ledger = MessageLedger()
    before = central(ledger=ledger)
    before.receive(EVENT % "m1", NOW)
    reply = before.answer("m1", v2x.TransactionEventResponse())
    assert central(ledger=ledger).receive(EVENT % "m1", NOW) == [Outgoing(reply[0])]


def test_a_request_half_served_when_the_socket_broke_is_answered_on_the_next() -> None:
    ledger = MessageLedger()
    before = central(ledger=ledger)
    before.receive(EVENT % "m1", NOW)
    before.abandon()
    after = central(ledger=ledger)
    assert after.receive(EVENT % "m1", NOW) == [Ignored(Reason.DUPLICATE, "m1")]
    (text,) = after.answer("m1", v2x.TransactionEventResponse())
    assert json.loads(text) == [3, "m1", {}]


def test_an_answer_may_come_before_the_station_asks_again() -> None:
    ledger = MessageLedger()
    central(ledger=ledger).receive(EVENT % "m1", NOW)
    after = central(ledger=ledger)
    assert after.answer("m1", v2x.TransactionEventResponse()) == []
    assert sent(after.receive(EVENT % "m1", NOW)) == [[3, "m1", {}]]


def test_a_station_that_counts_from_one_after_a_restart_is_served() -> None:
    """The same id and text again on a new socket is a new boot, not an old one repeated."""
    ledger = MessageLedger()
    boot = '[2,"1","BootNotification",{"chargingStation":{"model":"m","vendorName":"v"},"reason":"PowerUp"}]'
    for _ in range(2):
        assert isinstance(only(central(ledger=ledger).receive(boot, NOW)), Request)


def test_an_id_used_again_for_something_else_is_served() -> None:
    conversation = central()
    conversation.receive('[2,"1","Heartbeat",{}]', NOW)
    clash = '[2,"1","Heartbeat",{"customData":{"vendorId":"v"}}]'
    assert conversation.receive(clash, NOW) == []
    frames = [json.loads(text) for text in conversation.answer("1", HEARTBEAT)]
    assert [frame[:3] for frame in frames][1] == [4, "1", "RpcFrameworkError"]
    assert isinstance(only(conversation.receive(clash, NOW)), Request)


def test_a_refused_request_is_served_again() -> None:
    conversation = central()
    conversation.receive(EVENT % "m1", NOW)
    conversation.refuse("m1", ErrorCode.INTERNAL_ERROR)
    assert isinstance(only(conversation.receive(EVENT % "m1", NOW)), Request)


def test_a_flood_is_refused_at_once() -> None:
    conversation = central()
    for number in range(MAX_UNANSWERED):
        assert isinstance(only(conversation.receive(f'[2,"{number}","Heartbeat",{{}}]', NOW)), Request)
    for data in ('[2,"more","Heartbeat",{}]', '[2,"fly","Fly",{}]'):
        assert sent(conversation.receive(data, NOW))[0][0] == 4
    assert len(conversation.answer("0", HEARTBEAT)) == 1
    assert isinstance(only(conversation.receive('[2,"more","Heartbeat",{}]', NOW)), Request)


def test_our_own_faults_are_bugs() -> None:
    conversation = central()
    with pytest.raises(BugError, match="unanswered"):
        conversation.answer("x", HEARTBEAT)
    with pytest.raises(BugError, match="unanswered"):
        conversation.refuse("x", ErrorCode.INTERNAL_ERROR)
    conversation.receive('[2,"1","Heartbeat",{}]', NOW)
    with pytest.raises(BugError, match="does not answer"):
        conversation.answer("1", v2x.StatusNotificationResponse())
    with pytest.raises(BugError, match="use call"):
        conversation.send("s", RESET)
    with pytest.raises(BugError, match="schemas of"):
        Conversation(Terms(OcppVersion.V16), load_schemas()[OcppVersion.V21])
    assert sent([Outgoing(text) for text in conversation.refuse("1", ErrorCode.INTERNAL_ERROR)])[0][0] == 4


# --- our own calls -----------------------------------------------------------------------------------------------


def test_one_call_at_a_time_and_the_next_follows_the_reply() -> None:
    conversation = central()
    assert sent(conversation.call("1", RESET, NOW)) == [[2, "1", "Reset", {"type": "OnIdle"}]]
    swap = v2x.RequestBatterySwapRequest(id_token=IdToken(id_token="a", type="Central"), request_id=1)
    assert conversation.call("2", RESET, NOW) == []
    assert conversation.call("3", swap, NOW, priority=1) == []
    reply, following = conversation.receive('[3,"1",{"status":"Accepted"}]', NOW)
    assert isinstance(reply, Reply)
    assert isinstance(reply.outcome, Answered)
    assert sent([following])[0][:3] == [2, "3", "RequestBatterySwap"]
    reply, following = conversation.receive('[4,"3","InternalError","robot stuck",{"axis":2}]', NOW)
    assert reply == Reply("3", swap, Refused("InternalError", "robot stuck", {"axis": 2}))
    assert sent([following])[0][:2] == [2, "2"]


def test_a_late_reply_is_dropped_and_counted() -> None:
    conversation = central()
    conversation.call("1", RESET, NOW, timeout=10 * SECOND)
    conversation.call("2", RESET, NOW, timeout=60 * SECOND)
    assert conversation.next_deadline() == NOW + 10 * SECOND
    late, following = conversation.poll(NOW + 10 * SECOND)
    assert late == Reply("1", RESET, TimedOut(sent=True))
    assert sent([following])[0][:2] == [2, "2"]
    answer = '[3,"1",{"status":"Accepted"}]'
    assert conversation.receive(answer, NOW + 11 * SECOND) == [Ignored(Reason.LATE_REPLY, "1")]
    assert conversation.receive('[3,"zz",{}]', NOW + 11 * SECOND) == [Ignored(Reason.UNKNOWN_REPLY, "zz")]
    counts = conversation.counts
    assert (counts.timeouts, counts.late_replies, counts.unknown_replies) == (1, 1, 1)


@pytest.mark.parametrize("text", ['[3,"1",{"status":"Maybe"}]', '[3,"1"]', '[3,"1",{"status":"Acc'])
def test_a_malformed_reply_ends_the_call(text: str) -> None:
    for version, told in ((OcppVersion.V201, []), (OcppVersion.V21, [5])):
        conversation = central(version)
        conversation.call("1", RESET, NOW)
        reply, *rest = conversation.receive(text, NOW)
        assert isinstance(reply, Reply)
        assert isinstance(reply.outcome, Malformed)
        assert [frame[0] for frame in sent(rest)] == told
        assert conversation.counts.malformed_replies == 1


def test_a_malformed_refusal_ends_the_call() -> None:
    conversation = central()
    conversation.call("1", RESET, NOW)
    reply = only(conversation.receive('[4,"1",null]', NOW))
    assert isinstance(reply, Reply)
    assert isinstance(reply.outcome, Malformed)


def test_a_broken_refusal_of_an_answer_of_ours_does_not_end_the_call_of_that_name() -> None:
    """Both ends choose their own ids: the one in a CALLRESULTERROR is of a request of theirs."""
    conversation = central()
    conversation.call("1", RESET, NOW)
    assert isinstance(only(conversation.receive('[5,"1"]', NOW)), Ignored)
    assert isinstance(only(conversation.receive('[3,"1",{"status":"Accepted"}]', NOW)), Reply)


def test_a_lost_socket_ends_our_calls() -> None:
    conversation = central()
    conversation.call("1", RESET, NOW)
    conversation.call("2", RESET, NOW)
    assert [reply.outcome for reply in conversation.abandon()] == [Disconnected(sent=True), Disconnected(sent=False)]
    assert conversation.next_deadline() is None


def test_both_directions_may_be_open_at_once() -> None:
    """Neither end waits for the other: a request is served while our own call is open (no dead lock)."""
    ours, theirs = central(), station()
    (reset,) = ours.call("c1", RESET, NOW)
    (beat,) = theirs.call("s1", v2x.HeartbeatRequest(), NOW)
    assert isinstance(reset, Outgoing)
    assert isinstance(beat, Outgoing)
    assert isinstance(only(theirs.receive(reset.text, NOW)), Request)
    assert isinstance(only(ours.receive(beat.text, NOW)), Request)
    reply = only(theirs.receive(ours.answer("s1", HEARTBEAT)[0], NOW))
    assert reply == Reply("s1", v2x.HeartbeatRequest(), Answered(HEARTBEAT))


def test_our_own_invalid_messages_are_not_sent() -> None:
    conversation = central(OcppVersion.V201)
    with pytest.raises(BugError, match="must be one of"):
        conversation.call("1", v2x.ResetRequest(type=ResetType.IMMEDIATE_AND_RESUME), NOW)
    assert conversation.next_deadline() is None
    unchecked = Conversation(Terms(OcppVersion.V201, check_own=False), load_schemas()[OcppVersion.V201])
    assert unchecked.call("1", v2x.ResetRequest(type=ResetType.IMMEDIATE_AND_RESUME), NOW)


def test_a_send_wants_no_reply() -> None:
    stream = v2x.NotifyPeriodicEventStream(data=(v2x.StreamDataElement(t=0, v="248.1"),), id=3, pending=0, basetime=NOW)
    text = station().send("s1", stream)
    assert json.loads(text)[:3] == [6, "s1", "NotifyPeriodicEventStream"]
    assert central().receive(text, NOW) == [Notification("s1", "NotifyPeriodicEventStream", stream)]
    with pytest.raises(BugError, match="use send"):
        station().call("s1", stream, NOW)
    assert sent(central().receive(text.replace("6", "2", 1), NOW))[0][0] == 4


# --- the whole, under broken sockets -----------------------------------------------------------------------------


class Link:
    """A station that sends its events until they are answered, over sockets that break with everything under way."""

    def __init__(self, events: int) -> None:
        self.ledger = MessageLedger()
        self.todo = {f"m{number}": json.loads(EVENT % "x")[3] | {"seqNo": number} for number in range(events)}
        self.served: list[str] = []
        self.unanswered: list[str] = []
        self.connect()

    def connect(self) -> None:
        self.central, self.station = central(ledger=self.ledger), station()
        self.up: list[str] = []
        self.down: list[str] = []
        for message_id, payload in self.todo.items():
            request = msgspec.convert(payload, v2x.TransactionEventRequest)
            self._sent_by_station(self.station.call(message_id, request, NOW))

    def _sent_by_station(self, outputs: list[Output]) -> None:
        for output in outputs:
            if isinstance(output, Outgoing):
                self.up.append(output.text)
            elif isinstance(output, Reply) and isinstance(output.outcome, Answered):
                del self.todo[output.message_id]

    def deliver_up(self) -> None:
        for output in self.central.receive(self.up.pop(0), NOW):
            if isinstance(output, Request):
                self.served.append(output.message_id)
                self.unanswered.append(output.message_id)
            elif isinstance(output, Outgoing):
                self.down.append(output.text)

    def answer(self) -> None:
        self.down += self.central.answer(self.unanswered.pop(), v2x.TransactionEventResponse())

    def step(self, what: str) -> None:
        if what == "up" and self.up:
            self.deliver_up()
        elif what == "down" and self.down:
            self._sent_by_station(self.station.receive(self.down.pop(0), NOW))
        elif what == "answer" and self.unanswered:
            self.answer()
        elif what == "break":
            self.connect()


@given(st.lists(st.sampled_from(["up", "down", "answer", "break"]), max_size=60))
def test_every_event_is_served_once_and_answered_whatever_breaks(steps: list[str]) -> None:
    link = Link(events=4)
    for step in steps:
        link.step(step)
        assert len(link.up) <= 1
    for _ in range(20):
        for step in ("up", "answer", "down"):
            link.step(step)
    assert link.todo == {}
    assert link.served == ["m0", "m1", "m2", "m3"]
