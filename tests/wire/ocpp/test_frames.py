"""Frames: everything a peer can send becomes a value; what we send can be read again."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portwatt.wire.ocpp import frames
from portwatt.wire.ocpp.frames import (
    Call,
    CallError,
    CallResult,
    CallResultError,
    Readable,
    Send,
    Unreadable,
    encode,
    parse,
)
from portwatt.wire.ocpp.versions import ErrorCode

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
JSON = st.recursive(
    SCALARS | TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)
)
PAYLOADS = st.dictionaries(TEXTS, JSON, max_size=4)
IDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=36)
FRAMES = st.one_of(
    st.builds(Call, IDS, TEXTS, PAYLOADS),
    st.builds(CallResult, IDS, PAYLOADS),
    st.builds(CallError, IDS, TEXTS, TEXTS, PAYLOADS),
    st.builds(CallResultError, IDS, TEXTS, TEXTS, PAYLOADS),
    st.builds(Send, IDS, TEXTS, PAYLOADS),
)


@given(FRAMES)
def test_what_is_encoded_is_parsed_again(frame: Readable) -> None:
    assert parse(encode(frame)) == frame


@given(st.text() | st.binary() | JSON.map(json.dumps) | st.lists(JSON, max_size=6).map(json.dumps))
def test_nothing_makes_parse_raise(data: str | bytes) -> None:
    frame = parse(data)
    assert isinstance(frame, Call | CallResult | CallError | CallResultError | Send) or frame.reason


def nested(depth: int) -> str:
    return '[2,"id","Heartbeat",{"x":' + "[" * (depth - 2) + "]" * (depth - 2) + "}]"


@pytest.mark.parametrize(
    ("data", "code", "message_id", "words"),
    [
        ("", ErrorCode.RPC_FRAMEWORK_ERROR, None, "not JSON"),
        ("hello", ErrorCode.RPC_FRAMEWORK_ERROR, None, "not JSON"),
        (b'[2,"id","\xff",{}]', ErrorCode.RPC_FRAMEWORK_ERROR, "id", "not JSON"),
        ('[2,"id","\ud800",{}]', ErrorCode.RPC_FRAMEWORK_ERROR, "id", "not valid Unicode"),
        ('[2,"id","Heartbeat",{"x":"\\ud800"}]', ErrorCode.RPC_FRAMEWORK_ERROR, "id", "not JSON"),
        ('[2,"id","Heartbeat",{"x":"\\udc00"}]', ErrorCode.RPC_FRAMEWORK_ERROR, "id", "not JSON"),
        ('[2,"id","Heartbeat",{"x":NaN}]', ErrorCode.RPC_FRAMEWORK_ERROR, "id", "not JSON"),
        ('[2,"id","Heartbeat",{"x":-Infinity}]', ErrorCode.RPC_FRAMEWORK_ERROR, "id", "not JSON"),
        ('[2,"id","Heartbeat",{"x":1e999}]', ErrorCode.RPC_FRAMEWORK_ERROR, "id", "number"),
        ('[2,"id","Heartbeat",{"x":%s}]' % ("9" * 5000), ErrorCode.RPC_FRAMEWORK_ERROR, "id", "number"),
        ('[2,"id","Heartbeat",{"x":-9223372036854775809}]', ErrorCode.RPC_FRAMEWORK_ERROR, "id", "integer"),
        ('[2,"id","Heartbeat",{"x":"a\\u0000"}]', ErrorCode.RPC_FRAMEWORK_ERROR, "id", "NUL"),
        ('[2,"id","Heartbeat",{"a\\u0000":1}]', ErrorCode.RPC_FRAMEWORK_ERROR, "id", "NUL"),
        ("[" * 100_000, ErrorCode.RPC_FRAMEWORK_ERROR, None, "nested"),
        ("[" * 100_000 + "]" * 100_000, ErrorCode.RPC_FRAMEWORK_ERROR, None, "nested"),
        (nested(65), ErrorCode.RPC_FRAMEWORK_ERROR, "id", "nested"),
        (nested(900), ErrorCode.RPC_FRAMEWORK_ERROR, "id", "nested"),
        (nested(100_000), ErrorCode.RPC_FRAMEWORK_ERROR, "id", "nested"),
        ("{}", ErrorCode.RPC_FRAMEWORK_ERROR, None, "array"),
        ("null", ErrorCode.RPC_FRAMEWORK_ERROR, None, "array"),
        ("[]", ErrorCode.RPC_FRAMEWORK_ERROR, None, "array"),
        ("[2]", ErrorCode.RPC_FRAMEWORK_ERROR, None, "array"),
        ('["2","id","Heartbeat",{}]', ErrorCode.RPC_FRAMEWORK_ERROR, None, "message type"),
        ('[true,"id","Heartbeat",{}]', ErrorCode.RPC_FRAMEWORK_ERROR, None, "message type"),
        ('[2.0,"id","Heartbeat",{}]', ErrorCode.RPC_FRAMEWORK_ERROR, None, "message type"),
        ('[2,17,"Heartbeat",{}]', ErrorCode.RPC_FRAMEWORK_ERROR, None, "message id"),
        ('[2,"","Heartbeat",{}]', ErrorCode.RPC_FRAMEWORK_ERROR, None, "message id"),
        ('[2,"%s","Heartbeat",{}]' % ("x" * 37), ErrorCode.RPC_FRAMEWORK_ERROR, None, "message id"),
        ('[2,"id",["Heartbeat"],{}]', ErrorCode.RPC_FRAMEWORK_ERROR, "id", "action name"),
        ('[2,"id","Heartbeat"]', ErrorCode.RPC_FRAMEWORK_ERROR, "id", "payload"),
        ('[2,"id","Heartbeat",{},{}]', ErrorCode.RPC_FRAMEWORK_ERROR, "id", "payload"),
        ('[2,"id","Heartbeat",[]]', ErrorCode.FORMAT_VIOLATION, "id", "payload"),
        ('[3,"id"]', ErrorCode.RPC_FRAMEWORK_ERROR, "id", "CALLRESULT"),
        ('[3,"id",[]]', ErrorCode.RPC_FRAMEWORK_ERROR, "id", "CALLRESULT"),
        ('[4,"id"]', ErrorCode.RPC_FRAMEWORK_ERROR, "id", "refusal"),
        ('[4,"id",4]', ErrorCode.RPC_FRAMEWORK_ERROR, "id", "refusal"),
        ('[7,"id",{}]', ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED, "id", "7"),
        ('[-1,"id",{}]', ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED, "id", "-1"),
    ],
)
def test_a_bad_frame_says_what_is_wrong(data: str | bytes, code: ErrorCode, message_id: str | None, words: str) -> None:
    frame = parse(data)
    assert isinstance(frame, Unreadable)
    assert (frame.code, frame.message_id) == (code, message_id)
    assert words in frame.reason


def test_the_deepest_allowed_frame_passes() -> None:
    assert isinstance(parse(nested(64)), Call)


def test_brackets_in_strings_are_not_depth() -> None:
    assert isinstance(parse('[2,"id","DataTransfer",{"data":"%s\\"{{"}]' % ("[" * 5000)), Call)


def test_many_small_containers_are_not_depth() -> None:
    assert isinstance(parse('[2,"id","DataTransfer",{"data":[' + "{},[]," * 5000 + "[]]}]"), Call)


def test_the_widest_allowed_integers_pass_and_long_digits_in_strings_too() -> None:
    frame = parse('[2,"28240181849166013077","A",{"low":-9223372036854775808,"high":9223372036854775807}]')
    assert frame == Call("28240181849166013077", "A", {"low": -(2**63), "high": 2**63 - 1})


def test_size_is_counted_in_bytes() -> None:
    text = '[2,"id","DataTransfer",{"data":"港"}]'
    assert isinstance(parse(text, max_bytes=len(text.encode())), Call)
    refused = parse(text, max_bytes=len(text))
    assert isinstance(refused, Unreadable)
    assert "bytes" in refused.reason


def test_the_last_of_equal_keys_counts() -> None:
    assert parse('[2,"id","A",{"x":1,"x":2}]') == Call("id", "A", {"x": 2})


def test_a_null_payload_is_empty() -> None:
    assert parse('[2,"id","Heartbeat",null]') == Call("id", "Heartbeat", {})


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ('[4,"id","GenericError"]', CallError("id", "GenericError", "", {})),
        ('[4,"id","GenericError","no","because"]', CallError("id", "GenericError", "no", {})),
        ('[4,"id","GenericError",null,null]', CallError("id", "GenericError", "", {})),
        ('[5,"id","GenericError","no",{"a":1}]', CallResultError("id", "GenericError", "no", {"a": 1})),
    ],
)
def test_refusals_are_read_leniently(text: str, frame: Readable) -> None:
    assert parse(text) == frame


def test_times_are_sent_with_milliseconds() -> None:
    text = frames.result_text("id", {"at": "2026-11-23T00:00:00.123456Z", "free": "x 2026-11-23T00:00:00.123456Z"})
    assert json.loads(text)[2] == {"at": "2026-11-23T00:00:00.123Z", "free": "x 2026-11-23T00:00:00.123456Z"}


def test_a_long_description_is_cut() -> None:
    assert len(json.loads(frames.error_text("id", "GenericError", "x" * 300))[3]) == 255
