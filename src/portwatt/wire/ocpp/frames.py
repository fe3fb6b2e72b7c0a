"""OCPP-J frames: text in, one frame value out, and back. Nothing a peer sends makes `parse` raise.

Source: OCPP-J 1.6 section 4, OCPP 2.0.1 part 4 section 4, OCPP 2.1 part 4 (CALLRESULTERROR and SEND).
"""

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

import msgspec

from portwatt.wire.ocpp.versions import ErrorCode

CALL: Final = 2
CALLRESULT: Final = 3
CALLERROR: Final = 4
CALLRESULTERROR: Final = 5
SEND: Final = 6

MAX_FRAME_BYTES: Final = 1_048_576
"""A profile with three schedules of 1 024 periods, the largest message we know, needs about 200 kB."""
MAX_DEPTH: Final = 64
"""Levels of arrays and objects; the deepest official message has 12. Beyond about 250 the schema validator gives up."""
MAX_INTEGER: Final = 2**63 - 1
"""Integers wider than 64 bits cannot be stored."""
MAX_ID_LENGTH: Final = 36
"""OCPP-J 1.6 section 4.2.1: a UUID fits, nothing longer."""
MAX_DESCRIPTION: Final = 255
"""OCPP 2.0.1 part 4: longest errorDescription."""
UNREADABLE_ID: Final = "-1"
"""OCPP 2.0.1 part 4 section 4.2.3: message id of a CALLERROR to a message whose own id cannot be read."""

Payload: TypeAlias = dict[str, object]


class Call(msgspec.Struct, frozen=True):
    """A request that wants a reply."""

    message_id: str
    action: str
    payload: Payload


class CallResult(msgspec.Struct, frozen=True):
    """A reply."""

    message_id: str
    payload: Payload


class CallError(msgspec.Struct, frozen=True):
    """A refusal; `code` in the peer's spelling."""

    message_id: str
    code: str
    description: str
    details: Payload


class CallResultError(msgspec.Struct, frozen=True):
    """2.1: the receiver of a CALLRESULT cannot use it."""

    message_id: str
    code: str
    description: str
    details: Payload


class Send(msgspec.Struct, frozen=True):
    """2.1: a message that wants no reply."""

    message_id: str
    action: str
    payload: Payload


class Unreadable(msgspec.Struct, frozen=True):
    """Not a frame: why, with what error code, and as much of the envelope as could be read."""

    reason: str
    code: ErrorCode
    message_id: str | None = None
    kind: int | None = None
    is_json: bool = True


Readable: TypeAlias = Call | CallResult | CallError | CallResultError | Send
Frame: TypeAlias = Readable | Unreadable

_ANY: Final = msgspec.json.Decoder()
_ENCODER: Final = msgspec.json.Encoder()
_ENVELOPE: Final = re.compile(rf'\s*\[\s*(\d{{1,3}})\s*,\s*"([^"\\\x00-\x1f]{{1,{MAX_ID_LENGTH}}})"\s*[,\]]')
# Digits mapped to one digit and a plain search: ten times faster than a pattern, on every frame.
_ONE_DIGIT: Final = bytes.maketrans(b"123456789", b"000000000")
_WIDE_NUMBER: Final = b"0" * len(str(MAX_INTEGER))
_STRING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_SQUARE: Final = bytes.maketrans(b"{}", b"[]")
_MICROSECONDS: Final = re.compile(rb'("\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})\d{3}(Z"|[+-]\d\d:\d\d")')


def parse(data: str | bytes, max_bytes: int = MAX_FRAME_BYTES) -> Frame:
    """Return the frame in `data`, or `Unreadable` with the reason; raises nothing whatever the peer sent."""
    try:
        raw = data if isinstance(data, bytes) else data.encode()
    except UnicodeEncodeError:
        return _unreadable("the text is not valid Unicode", data, is_json=False)
    if len(raw) > max_bytes:
        return _unreadable(f"the frame has {len(raw)} bytes, more than {max_bytes}", raw)
    try:
        parts = _ANY.decode(raw)
    except RecursionError:
        return _unreadable(f"nested deeper than {MAX_DEPTH} levels", raw)
    except msgspec.ValidationError as error:
        return _unreadable(f"a number cannot be used: {error}", raw)
    except (msgspec.MsgspecError, ValueError) as error:
        return _unreadable(f"not JSON: {error}", raw, is_json=False)
    fault = _hazard(raw, parts)
    return _unreadable(fault, raw) if fault else _frame(parts)


def _unreadable(reason: str, data: str | bytes, *, is_json: bool = True) -> Unreadable:
    head = data[:100] if isinstance(data, str) else data[:100].decode("utf-8", "replace")
    kind, message_id = (int(match[1]), match[2]) if (match := _ENVELOPE.match(head)) else (None, None)
    return Unreadable(reason, ErrorCode.RPC_FRAMEWORK_ERROR, message_id, kind, is_json)


def _hazard(raw: bytes, parts: object) -> str | None:
    """Say what in a JSON text would break those who handle it later: depth, wide integers, NUL characters."""
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _deeper_than(MAX_DEPTH, raw):
        return f"nested deeper than {MAX_DEPTH} levels"
    if _WIDE_NUMBER in raw.translate(_ONE_DIGIT) and any(map(_is_wide, _leaves(parts))):
        return f"an integer is larger than {MAX_INTEGER}"
    if b"\\u0000" in raw and any(isinstance(leaf, str) and "\0" in leaf for leaf in _leaves(parts)):
        return "a string contains the character NUL"  # which PostgreSQL refuses to store
    return None


def _is_wide(leaf: object) -> bool:
    return type(leaf) is int and not -MAX_INTEGER - 1 <= leaf <= MAX_INTEGER


def _deeper_than(depth: int, raw: bytes) -> bool:
    """Tell whether valid JSON nests deeper: peels one level of brackets a pass, so that hostile input stays cheap."""
    brackets = _STRING.sub(b"", raw).translate(_SQUARE, _NOT_BRACKETS)
    for _ in range(depth):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)


def _leaves(value: object) -> Iterator[object]:
    """Yield every name and scalar of a JSON value."""
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for element in value:
            yield from _leaves(element)
    else:
        yield value


def _frame(parts: object) -> Frame:
    if not isinstance(parts, list) or len(parts) < 2:
        return _broken("a frame is an array [type, message id, ...]", None, None)
    kind, message_id = parts[0], parts[1]
    if type(kind) is not int:
        return _broken("the message type, the first element, is not an integer", None, None)
    if not isinstance(message_id, str) or not 0 < len(message_id) <= MAX_ID_LENGTH:
        return _broken(f"the message id is not a string of 1 to {MAX_ID_LENGTH} characters", kind, None)
    if kind in (CALL, SEND):
        return _request(kind, message_id, parts)
    if kind == CALLRESULT:
        if len(parts) == 3 and isinstance(parts[2], dict):
            return CallResult(message_id, parts[2])
        return _broken("a CALLRESULT is [3, message id, payload object]", kind, message_id)
    if kind in (CALLERROR, CALLRESULTERROR):
        return _error(kind, message_id, parts)
    return Unreadable(f"message type {kind} is unknown", ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED, message_id, kind)


def _request(kind: int, message_id: str, parts: list[object]) -> Frame:
    if len(parts) != 4 or not isinstance(parts[2], str):
        return _broken(f"a request is [{kind}, message id, action name, payload object]", kind, message_id)
    payload: object = parts[3]
    if payload is None:  # OCPP-J 1.6 section 4.2.1 allows null for an empty payload
        payload = {}
    if not isinstance(payload, dict):
        return Unreadable("the payload is not an object", ErrorCode.FORMAT_VIOLATION, message_id, kind)
    return Call(message_id, parts[2], payload) if kind == CALL else Send(message_id, parts[2], payload)


def _error(kind: int, message_id: str, parts: list[object]) -> Frame:
    """Read a refusal leniently: stations leave out the description or send a string as details (SteVe issue 45)."""
    code, description, details = ([*parts[2:5], *(None,) * 3])[:3]
    if not isinstance(code, str):
        return _broken(f"a refusal is [{kind}, message id, error code, description, details]", kind, message_id)
    text = description if isinstance(description, str) else ""
    more = details if isinstance(details, dict) else {}
    frame = CallError if kind == CALLERROR else CallResultError
    return frame(message_id, code, text, more)


def _broken(reason: str, kind: int | None, message_id: str | None) -> Unreadable:
    return Unreadable(reason, ErrorCode.RPC_FRAMEWORK_ERROR, message_id, kind)


def encode(frame: Readable) -> str:
    """Return the text of a frame."""
    match frame:
        case Call(message_id, action, payload):
            return call_text(message_id, action, payload)
        case CallResult(message_id, payload):
            return result_text(message_id, payload)
        case CallError(message_id, code, description, details):
            return error_text(message_id, code, description, details)
        case CallResultError(message_id, code, description, details):
            return error_text(message_id, code, description, details, kind=CALLRESULTERROR)
        case Send(message_id, action, payload):
            return call_text(message_id, action, payload, kind=SEND)


def call_text(message_id: str, action: str, payload: object, kind: int = CALL) -> str:
    """Return a CALL (or SEND) of a struct or dict."""
    return _text((kind, message_id, action, payload))


def result_text(message_id: str, payload: object) -> str:
    """Return a CALLRESULT of a struct or dict."""
    return _text((CALLRESULT, message_id, payload))


def error_text(
    message_id: str, code: str, description: str, details: Payload | None = None, kind: int = CALLERROR
) -> str:
    """Return a CALLERROR (or CALLRESULTERROR); a description longer than 255 characters is cut."""
    return _text((kind, message_id, code, description[:MAX_DESCRIPTION], details or {}))


def _text(parts: tuple[object, ...]) -> str:
    raw = _ENCODER.encode(parts)
    if b"." in raw:  # OCPP 2.0.1 part 2, dateTime: at most three decimals of a second
        raw = _MICROSECONDS.sub(rb"\1\2", raw)
    return raw.decode()
