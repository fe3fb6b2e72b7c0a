"""One OCPP conversation over one socket, without the socket: text and time in, values out.

    conversation = Conversation(Terms(OcppVersion.V21), schemas, ledger)
    outputs = conversation.receive(text, now)      # Request, Reply, Outgoing, ...
    texts = conversation.answer(message_id, response)
    outputs = conversation.call(message_id, request, now)
    outputs = conversation.poll(now)               # at next_deadline() at the latest

Rules kept here: one open CALL per direction; requests of the peer are answered in the order they came; every CALL gets
a reply or a refusal; a request sent again is not served again; replies to nothing are dropped and counted.
"""

from collections import deque
from datetime import datetime, timedelta
from typing import Final, assert_never

import msgspec

from portwatt.errors import BugError
from portwatt.wire.ocpp import frames
from portwatt.wire.ocpp.calls import CallQueue, OwnCall
from portwatt.wire.ocpp.door import Door
from portwatt.wire.ocpp.frames import (
    UNREADABLE_ID,
    Call,
    CallError,
    CallResult,
    CallResultError,
    Frame,
    Payload,
    Send,
    Unreadable,
)
from portwatt.wire.ocpp.ledger import Entry, MessageLedger
from portwatt.wire.ocpp.message import Message
from portwatt.wire.ocpp.outputs import (
    Answered,
    AnswerRejected,
    Ignored,
    Malformed,
    Notification,
    Outcome,
    Outgoing,
    Output,
    Reason,
    Refused,
    Reply,
    Request,
)
from portwatt.wire.ocpp.quirks import STANDARD, QuirkProfile
from portwatt.wire.ocpp.schemas import SchemaSet, Violation
from portwatt.wire.ocpp.versions import ErrorCode, OcppVersion, Role, spelling

DEFAULT_TIMEOUT: Final = timedelta(seconds=30)
MAX_UNANSWERED: Final = 256
"""Requests a peer may have unanswered; one more is refused, so that a flood cannot fill the memory."""


class Terms(msgspec.Struct, frozen=True):
    """What a conversation is held on.

    `supported`: actions we serve, None for all; `check_own`: check what we send against the schemas (BugError).
    """

    version: OcppVersion
    role: Role = Role.CENTRAL
    supported: frozenset[str] | None = None
    check_own: bool = True
    max_frame_bytes: int = frames.MAX_FRAME_BYTES


class Counts(msgspec.Struct):
    """What happened on the socket so far; every received frame is in `received` and, when odd, in one more."""

    received: int = 0
    unreadable: int = 0
    repaired: int = 0
    refused: int = 0
    repeated: int = 0
    late_replies: int = 0
    unknown_replies: int = 0
    malformed_replies: int = 0
    timeouts: int = 0


class _Slot(msgspec.Struct):
    """Place of one request in the order of replies."""

    message_id: str
    text: str | None = None


class Conversation:
    """One end of an OCPP socket. The ledger belongs to the caller and outlives the conversation."""

    def __init__(self, terms: Terms, schemas: SchemaSet, ledger: MessageLedger | None = None) -> None:
        if schemas.version is not terms.version:
            raise BugError(f"schemas of {schemas.version.value} for a conversation in {terms.version.value}")
        self.terms = terms
        self.quirks: QuirkProfile = STANDARD
        self.counts = Counts()
        self._door = Door(schemas, terms.role, terms.supported)
        self._ledger = ledger if ledger is not None else MessageLedger()
        self._connection = self._ledger.open_connection()
        self._slots: deque[_Slot] = deque()
        self._open: dict[str, _Slot] = {}
        self._calls = CallQueue()

    # --- what the peer sends -------------------------------------------------------------------------------------

    def receive(self, data: str | bytes, now: datetime) -> list[Output]:
        """Take one WebSocket message and return what follows from it, in order."""
        self.counts.received += 1
        frame = self._parse(data)
        match frame:
            case Call():
                outputs = self._on_call(frame, hash(data))
            case CallResult():
                outputs = self._on_result(frame)
            case CallError():
                outcome = Refused(frame.code, frame.description, frame.details)
                outputs = self._on_reply(frame.message_id, outcome)
            case Send():
                outputs = self._on_send(frame)
            case CallResultError():
                outputs = [AnswerRejected(frame.message_id, frame.code, frame.description)]
            case Unreadable():
                outputs = self._on_unreadable(frame)
            case _:
                assert_never(frame)
        return outputs + self.poll(now)

    def _parse(self, data: str | bytes) -> Frame:
        frame = frames.parse(data, self.terms.max_frame_bytes)
        if isinstance(frame, Unreadable) and not frame.is_json and self.quirks.repairs:
            text = data if isinstance(data, str) else data.decode("utf-8", "replace")
            repaired = frames.parse(self.quirks.repair(text), self.terms.max_frame_bytes)
            if not isinstance(repaired, Unreadable):
                self.counts.repaired += 1
                return repaired
        if isinstance(frame, Send | CallResultError) and self.terms.version is not OcppVersion.V21:
            kind = frames.SEND if isinstance(frame, Send) else frames.CALLRESULTERROR
            words = f"{self.terms.version.value} has no message type {kind}"
            return Unreadable(words, ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED, frame.message_id, kind)
        return frame

    def _on_call(self, frame: Call, fingerprint: int) -> list[Output]:
        known = self._ledger.find(frame.message_id, fingerprint, self._connection)
        if known is not None:
            return self._on_repeated(frame.message_id, known)
        if frame.message_id in self._open:
            fault = Violation(ErrorCode.RPC_FRAMEWORK_ERROR, "", "another request with this message id is unanswered")
            return self._refusal(frame.message_id, fault)
        if len(self._slots) >= MAX_UNANSWERED:
            fault = Violation(
                ErrorCode.GENERIC_ERROR, "", f"{MAX_UNANSWERED} requests are unanswered: wait for replies"
            )
            return self._refusal(frame.message_id, fault)
        message = self._door.request(frame.action, frame.payload, self.quirks.zoneless)
        if isinstance(message, Violation):
            return self._refusal(frame.message_id, message)
        self._ledger.begin(frame.message_id, Entry(fingerprint, frame.action, self._connection))
        self._append_open(frame.message_id)
        return [Request(frame.message_id, frame.action, message)]

    def _on_repeated(self, message_id: str, entry: Entry) -> list[Output]:
        self.counts.repeated += 1
        if message_id in self._open:
            return [Ignored(Reason.DUPLICATE, message_id)]
        # From here on the reply belongs to this socket, at once or when the handler has finished.
        if entry.reply is None:
            self._append_open(message_id)
            return [Ignored(Reason.DUPLICATE, message_id)]
        return self._in_turn(message_id, entry.reply)

    def _append_open(self, message_id: str) -> None:
        slot = self._open[message_id] = _Slot(message_id)
        self._slots.append(slot)

    def _in_turn(self, message_id: str, text: str) -> list[Output]:
        """Send a reply after those of earlier requests, or at once when too many of them are unanswered."""
        if len(self._slots) >= MAX_UNANSWERED:
            return [Outgoing(text)]
        self._slots.append(_Slot(message_id, text))
        return [Outgoing(released) for released in self._release()]

    def _refusal(self, message_id: str, fault: Violation) -> list[Output]:
        """Refuse a CALL in its turn."""
        self.counts.refused += 1
        return self._in_turn(message_id, self._refusal_text(message_id, fault.code, fault.description))

    def _refusal_text(self, message_id: str, code: ErrorCode, description: str) -> str:
        return frames.error_text(message_id, spelling(code, self.terms.version), description)

    def _on_send(self, frame: Send) -> list[Output]:
        message = self._door.request(frame.action, frame.payload, self.quirks.zoneless, wants_reply=False)
        if isinstance(message, Violation):
            self.counts.refused += 1
            return [Ignored(Reason.BAD_SEND, frame.message_id, message.description)]
        return [Notification(frame.message_id, frame.action, message)]

    def _on_result(self, frame: CallResult) -> list[Output]:
        call = self._calls.open
        if call is None or call.message_id != frame.message_id:
            return self._stray(frame.message_id)
        response = self._door.response(call.action, frame.payload, self.quirks.zoneless)
        if isinstance(response, Violation):
            return self._malformed(frame.message_id, response)
        return self._on_reply(frame.message_id, Answered(response))

    def _on_reply(self, message_id: str, outcome: Outcome) -> list[Output]:
        call = self._calls.close(message_id)
        return self._stray(message_id) if call is None else [Reply(message_id, call.request, outcome)]

    def _malformed(self, message_id: str, fault: Violation) -> list[Output]:
        """End our call; 2.1 has a frame to tell the peer (CALLRESULTERROR), the others have none."""
        self.counts.malformed_replies += 1
        outputs = self._on_reply(message_id, Malformed(fault.description))
        if self.terms.version is OcppVersion.V21:
            text = frames.error_text(message_id, fault.code, fault.description, kind=frames.CALLRESULTERROR)
            outputs.append(Outgoing(text))
        return outputs

    def _stray(self, message_id: str) -> list[Output]:
        if self._calls.was_late(message_id):
            self.counts.late_replies += 1
            return [Ignored(Reason.LATE_REPLY, message_id)]
        self.counts.unknown_replies += 1
        return [Ignored(Reason.UNKNOWN_REPLY, message_id)]

    def _on_unreadable(self, frame: Unreadable) -> list[Output]:
        """Refuse what may be refused: a CALLERROR answers requests, never replies, or two ends could go on for ever."""
        self.counts.unreadable += 1
        message_id = frame.message_id or UNREADABLE_ID
        if frame.code is ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED:
            return [Outgoing(self._refusal_text(message_id, frame.code, frame.reason))]
        match frame.kind:
            case frames.CALLRESULT:
                return self._malformed(message_id, Violation(frame.code, "", frame.reason))
            case frames.CALLERROR | frames.CALLRESULTERROR:
                call = self._calls.close(message_id) if frame.kind == frames.CALLERROR else None
                if call is not None:
                    return [Reply(message_id, call.request, Malformed(frame.reason))]
                return [Ignored(Reason.BAD_ERROR, frame.message_id, frame.reason)]
            case frames.SEND if self.terms.version is OcppVersion.V21:
                return [Ignored(Reason.BAD_SEND, frame.message_id, frame.reason)]
            case frames.CALL if frame.message_id is not None:
                return self._in_turn(message_id, self._refusal_text(message_id, frame.code, frame.reason))
            case _:
                return [Outgoing(self._refusal_text(UNREADABLE_ID, frame.code, frame.reason))]

    # --- what we reply -------------------------------------------------------------------------------------------

    def answer(self, message_id: str, response: Message) -> list[str]:
        """Answer a request; return the texts to send now, none while an earlier request is unanswered.

        A request taken on a former socket may be answered here: its reply is kept until the station asks again.
        Raises BugError when no such request is unanswered, or when the response is not valid (then `refuse` it).
        """
        entry = self._ledger.unanswered(message_id)
        if entry is None:
            raise BugError(f"no request {message_id} is unanswered")
        action = self._door.served(entry.action)
        if action is None or type(response) is not action.response:
            raise BugError(f"{type(response).__name__} does not answer {entry.action}")
        if self.terms.check_own:
            self._door.check_response(action, response)
        text = frames.result_text(message_id, response)
        entry.reply = text
        return self._settle(message_id, text)

    def refuse(
        self, message_id: str, code: ErrorCode, description: str = "", details: Payload | None = None
    ) -> list[str]:
        """Refuse a request; return the texts to send now. A refused request may be sent again and is then served anew.

        Raises BugError when no such request is unanswered.
        """
        if self._ledger.unanswered(message_id) is None:
            raise BugError(f"no request {message_id} is unanswered")
        self._ledger.forget(message_id)
        self.counts.refused += 1
        text = frames.error_text(message_id, spelling(code, self.terms.version), description, details)
        return self._settle(message_id, text)

    def _settle(self, message_id: str, text: str) -> list[str]:
        if slot := self._open.pop(message_id, None):
            slot.text = text
        return self._release()

    def _release(self) -> list[str]:
        texts: list[str] = []
        while self._slots and (text := self._slots[0].text) is not None:
            texts.append(text)
            self._slots.popleft()
        return texts

    # --- what we ask ---------------------------------------------------------------------------------------------

    def call(
        self,
        message_id: str,
        request: Message,
        now: datetime,
        *,
        timeout: timedelta = DEFAULT_TIMEOUT,
        priority: int = 0,
    ) -> list[Output]:
        """Queue a call of ours (higher priority first) and return what to send now.

        Its end comes later as a `Reply`. `timeout` counts once for the queue and again from sending. Raises BugError
        when the version has no such request for our role, when it breaks its schema, or when the id is in use.
        """
        action = self._door.askable(request)
        if action.response is None:
            raise BugError(f"{action.name} travels as SEND: use send")
        if self.terms.check_own:
            self._door.check_request(action, request)
        text = frames.call_text(message_id, action.name, request)
        self._calls.add(OwnCall(message_id, action, request, text, timeout, priority, now + timeout))
        return self.poll(now)

    def send(self, message_id: str, message: Message) -> str:
        """Return the text of a message that wants no reply (2.1). Raises BugError when it is no such message."""
        action = self._door.askable(message)
        if action.response is not None:
            raise BugError(f"{action.name} wants a reply: use call")
        if self.terms.check_own:
            self._door.check_request(action, message)
        return frames.call_text(message_id, action.name, message, kind=frames.SEND)

    def poll(self, now: datetime) -> list[Output]:
        """Return what time brings: calls that timed out, and the next call to send."""
        outputs: list[Output] = []
        if self._calls.idle:
            return outputs
        outputs += self._calls.expire(now)
        self.counts.timeouts += len(outputs)
        if text := self._calls.start(now):
            outputs.append(Outgoing(text))
        return outputs

    def next_deadline(self) -> datetime | None:
        """Return when `poll` has something to say at the latest; None while no call of ours waits."""
        return self._calls.next_deadline()

    def abandon(self) -> list[Reply]:
        """End every call of ours because the socket is gone; requests being served stay in the ledger."""
        self._slots.clear()
        self._open.clear()
        return self._calls.abandon()
