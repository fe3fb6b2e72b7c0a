"""What a conversation says to its caller: a value for everything that happened or has to be sent."""

from enum import StrEnum
from typing import TypeAlias

import msgspec

from portwatt.wire.ocpp.frames import Payload
from portwatt.wire.ocpp.message import Message


class Request(msgspec.Struct, frozen=True):
    """The peer asks; the caller owes `answer` or `refuse` with this message id."""

    message_id: str
    action: str
    message: Message


class Notification(msgspec.Struct, frozen=True):
    """The peer tells and wants no reply (SEND of 2.1)."""

    message_id: str
    action: str
    message: Message


class Outgoing(msgspec.Struct, frozen=True):
    """Text to send now."""

    text: str


class Answered(msgspec.Struct, frozen=True):
    """Our call was answered."""

    response: Message


class Refused(msgspec.Struct, frozen=True):
    """Our call got a CALLERROR; `code` in the peer's spelling."""

    code: str
    description: str
    details: Payload


class Malformed(msgspec.Struct, frozen=True):
    """Our call got a reply that cannot be used."""

    description: str


class TimedOut(msgspec.Struct, frozen=True):
    """Our call got no reply in time; when `sent` is False it never left the queue."""

    sent: bool


class Disconnected(msgspec.Struct, frozen=True):
    """The socket went away first; when `sent` is True the peer may have done it."""

    sent: bool


Outcome: TypeAlias = Answered | Refused | Malformed | TimedOut | Disconnected


class Reply(msgspec.Struct, frozen=True):
    """The end of a call of ours."""

    message_id: str
    request: Message
    outcome: Outcome


class AnswerRejected(msgspec.Struct, frozen=True):
    """2.1: the peer could not use an answer of ours (CALLRESULTERROR)."""

    message_id: str
    code: str
    description: str


class Reason(StrEnum):
    """Why a frame had no effect."""

    DUPLICATE = "the request is being served already"
    LATE_REPLY = "the reply came after the time-out"
    UNKNOWN_REPLY = "no call of ours has this message id"
    BAD_ERROR = "a refusal is never refused"
    BAD_SEND = "a SEND is never refused"


class Ignored(msgspec.Struct, frozen=True):
    """A frame had no effect; for the log and the counters."""

    reason: Reason
    message_id: str | None
    detail: str = ""


Output: TypeAlias = Request | Notification | Outgoing | Reply | AnswerRejected | Ignored
