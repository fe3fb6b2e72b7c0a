from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portwatt.wire.v2g.errors import V2gError
from portwatt.wire.v2g.v2gtp import MAX_LENGTH, V2gtpMessage, build_v2gtp, parse_head, parse_v2gtp


def test_head_byte_by_byte() -> None:
    assert build_v2gtp(0x8001, b"\x80\x9a") == bytes.fromhex("01fe8001 00000002 809a".replace(" ", ""))


@given(st.integers(0, 0xFFFF), st.binary(max_size=300))
def test_what_is_built_is_parsed(kind: int, payload: bytes) -> None:
    assert parse_v2gtp(build_v2gtp(kind, payload)) == V2gtpMessage(kind, payload)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x01\xfe\x80", "3 are there"),
        (b"\x01\xff\x80\x01\0\0\0\0", "here is 01 FF"),
        (build_v2gtp(0x8001, b"ab")[:-1], "says 2 bytes, 1 follow"),
        (build_v2gtp(0x8001, b"ab") + b"c", "says 2 bytes, 3 follow"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, said: str) -> None:
    with pytest.raises(V2gError, match=said):
        parse_v2gtp(data)


def test_length_beyond_belief() -> None:
    with pytest.raises(V2gError, match="beyond belief"):
        parse_head(b"\x01\xfe\x80\x01" + (MAX_LENGTH + 1).to_bytes(4, "big"))
