"""One station as the hub talks to it, without the socket: its conversation, its ledger, our commands under way.

    link = StationLink(station, schemas[version], ledger)
    result = link.opened(now)                        # StationConnected
    result = link.received(text, now, state)         # what a frame means, and what to send once that is durable
    result = link.send(command_id, command, state, now)
    result = link.poll(now)                          # at next_deadline() at the latest
    result = link.closed(now, reason)                # commands under way end, StationDisconnected

The async gateway and the virtual day both turn on it. Events of a result are applied before the next frame of the hub
is taken: a 1.6 transaction number is the sequence number its start will have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final, assert_never

from msgspec import Struct

from portwatt import translate
from portwatt.commands import ClearChargingProfile, Outcome, SetChargingProfile, StationCommand
from portwatt.events import (
    AnyEvent,
    CommandAnswered,
    PeerFaultSeen,
    StationBooted,
    StationConnected,
    StationDisconnected,
)
from portwatt.ids import CommandId, StationId
from portwatt.model.meter import Sample
from portwatt.state import HubState
from portwatt.wire.ocpp import frames
from portwatt.wire.ocpp.conversation import DEFAULT_TIMEOUT, Conversation, Terms
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
    Refused,
    Reply,
    Request,
    TimedOut,
)
from portwatt.wire.ocpp.quirks import profile_for
from portwatt.wire.ocpp.schemas import SchemaSet
from portwatt.wire.ocpp.versions import ErrorCode

FAULTS_RECORDED: Final = 20
"""Protocol faults of one station that become events within `FAULT_PERIOD`; a flood is counted, not recorded."""
FAULT_PERIOD: Final = timedelta(hours=1)


class FaultBudget:
    """How many protocol faults of one station still become events; like the ledger it outlives its sockets."""

    def __init__(self) -> None:
        self._since: datetime | None = None
        self._count = 0

    def spend(self, now: datetime) -> bool:
        """Count one more fault; whether it is to be recorded."""
        if self._since is None or now - self._since >= FAULT_PERIOD:
            self._since, self._count = now, 0
        self._count += 1
        return self._count <= FAULTS_RECORDED


class LinkResult(Struct, frozen=True):
    """What follows from a frame, a command or time. `frames` are sent, in order, once `events` are durable."""

    events: tuple[AnyEvent, ...] = ()
    frames: tuple[str, ...] = ()
    samples: tuple[Sample, ...] = ()


class _Gathered:
    """A result in the making."""

    def __init__(self) -> None:
        self.events: list[AnyEvent] = []
        self.frames: list[str] = []
        self.samples: list[Sample] = []

    def result(self) -> LinkResult:
        return LinkResult(tuple(self.events), tuple(self.frames), tuple(self.samples))


class StationLink:
    """The hub's end of one connection of one station; the ledger outlives it and belongs to the caller.

    `schemas` are those of the version negotiated; `timeout`: how long a command may wait for its answer.
    """

    def __init__(
        self,
        station: StationId,
        schemas: SchemaSet,
        ledger: MessageLedger | None = None,
        *,
        faults: FaultBudget | None = None,
        timeout: timedelta = DEFAULT_TIMEOUT,
        check_own: bool = True,
    ) -> None:
        self.station = station
        self.version = schemas.version
        self.conversation = Conversation(Terms(schemas.version, check_own=check_own), schemas, ledger)
        self._timeout = timeout
        self._pending: dict[str, tuple[CommandId, StationCommand]] = {}
        self._faults = faults if faults is not None else FaultBudget()

    def opened(self, now: datetime) -> LinkResult:
        """The socket is open."""
        return LinkResult((StationConnected(at=now, station=self.station, version=self.version.value),))

    def received(self, text: str | bytes, now: datetime, state: HubState, *, overloaded: bool = False) -> LinkResult:
        """Take one frame of the station. `state`: what is believed before it; `overloaded`: a boot is told to wait."""
        gathered = _Gathered()
        odd = self._odd_frames()
        outputs = self.conversation.receive(text, now)
        if self._odd_frames() > odd:
            self._note_fault(outputs, now, gathered)
        self._take(outputs, now, gathered, lambda request: self._serve(request, now, state, overloaded, gathered))
        return gathered.result()

    def send(self, command_id: CommandId, command: StationCommand, state: HubState, now: datetime) -> LinkResult:
        """Put a command, already in the log, on its way; what the station's version cannot say is undeliverable."""
        try:
            request = translate.request(self.version, state, command)
        except translate.CannotSay as error:
            detail = str(error)
            return LinkResult((CommandAnswered(at=now, id=command_id, outcome=Outcome.UNDELIVERABLE, detail=detail),))
        self._pending[command_id] = (command_id, command)
        # Limits go first: every moment one waits, the hub has to reckon with the higher of old and new.
        urgent = isinstance(command, SetChargingProfile | ClearChargingProfile)
        outputs = self.conversation.call(command_id, request, now, timeout=self._timeout, priority=int(urgent))
        gathered = _Gathered()
        self._take(outputs, now, gathered)
        return gathered.result()

    def poll(self, now: datetime) -> LinkResult:
        """Return what time brings: commands that timed out, and the next one to send."""
        gathered = _Gathered()
        self._take(self.conversation.poll(now), now, gathered)
        return gathered.result()

    def next_deadline(self) -> datetime | None:
        """Return when `poll` has something to say at the latest."""
        return self.conversation.next_deadline()

    def closed(self, now: datetime, reason: str) -> LinkResult:
        """The socket is gone: every command under way has ended, and the station is not connected."""
        answered = [self._ended(reply, now) for reply in self.conversation.abandon()]
        gone = StationDisconnected(at=now, station=self.station, reason=reason)
        return LinkResult((*answered, gone))

    def _odd_frames(self) -> int:
        counts = self.conversation.counts
        return counts.refused + counts.unreadable + counts.malformed_replies

    def _take(
        self,
        outputs: Iterable[Output],
        now: datetime,
        gathered: _Gathered,
        serve: Callable[[Request], None] | None = None,
    ) -> None:
        for output in outputs:
            match output:
                case Request():
                    assert serve is not None  # only a frame of the station brings a request
                    serve(output)
                case Outgoing():
                    gathered.frames.append(output.text)
                case Reply():
                    gathered.events.append(self._ended(output, now))
                case Notification() | AnswerRejected() | Ignored():
                    pass  # no action of ours travels as SEND yet; the others are in the counters
                case _:
                    assert_never(output)

    def _serve(self, request: Request, now: datetime, state: HubState, overloaded: bool, gathered: _Gathered) -> None:
        try:
            handled = translate.handle(self.version, state, self.station, request.message, now, overloaded=overloaded)
            frames_out = self.conversation.answer(request.message_id, handled.response)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is our fault, and no reason to lose the station
            # Its facts are not taken in; it may send them again.
            gathered.frames += self.conversation.refuse(request.message_id, ErrorCode.INTERNAL_ERROR)
            self._record_fault(ErrorCode.INTERNAL_ERROR.value, f"{type(error).__name__}: {error}", now, gathered)
            return
        for event in handled.events:
            if isinstance(event, PeerFaultSeen):
                self._record_fault(event.code, event.detail, now, gathered)
                continue
            if isinstance(event, StationBooted):
                self.conversation.quirks = profile_for(event.vendor, event.model)
            gathered.events.append(event)
        gathered.samples += handled.samples
        gathered.frames += frames_out

    def _ended(self, reply: Reply, now: datetime) -> CommandAnswered:
        command_id, command = self._pending.pop(reply.message_id)
        match reply.outcome:
            case Answered():
                outcome, detail = translate.outcome(command, reply.outcome.response)
            case Refused(code=code, description=words):
                outcome, detail = Outcome.REFUSED, f"{code}: {words}" if words else code
            case Malformed(description=words):
                # It did answer, nobody knows what: as after no answer, the command may be in force.
                outcome, detail = Outcome.TIMED_OUT, words
            case TimedOut(sent=sent):
                outcome = Outcome.TIMED_OUT if sent else Outcome.UNDELIVERABLE
                detail = "no answer in time" if sent else "waited too long behind other commands"
            case Disconnected(sent=sent):
                outcome = Outcome.TIMED_OUT if sent else Outcome.UNDELIVERABLE
                detail = "the connection closed before it answered" if sent else "the connection closed before it left"
            case _:
                assert_never(reply.outcome)
        return CommandAnswered(at=now, id=command_id, outcome=outcome, detail=detail)

    def _note_fault(self, outputs: Iterable[Output], now: datetime, gathered: _Gathered) -> None:
        """Find the refusal in what goes out, or the reply that could not be used, and record it."""
        for output in outputs:
            if isinstance(output, Outgoing):
                frame = frames.parse(output.text)
                if isinstance(frame, frames.CallError | frames.CallResultError):
                    return self._record_fault(frame.code, frame.description, now, gathered)
            elif isinstance(output, Reply) and isinstance(output.outcome, Malformed):
                return self._record_fault("MalformedReply", output.outcome.description, now, gathered)
            elif isinstance(output, Ignored):
                return self._record_fault("Ignored", output.detail or output.reason.value, now, gathered)
        return None

    def _record_fault(self, code: str, detail: str, now: datetime, gathered: _Gathered) -> None:
        if self._faults.spend(now):
            gathered.events.append(PeerFaultSeen(at=now, station=self.station, code=code, detail=detail))
