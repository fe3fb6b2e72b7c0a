from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portwatt.wire.exi.bits import BitReader, BitWriter, ExiError, StringTable


@given(st.lists(st.tuples(st.integers(1, 90), st.integers(0)).map(lambda pair: (pair[0], pair[1] % (1 << pair[0])))))
def test_numbers_of_any_width_come_back(numbers: list[tuple[int, int]]) -> None:
    writer = BitWriter()
    for width, value in numbers:
        writer.bits(value, width)
    reader = BitReader(writer.finish())
    assert [reader.bits(width) for width, _ in numbers] == [value for _, value in numbers]
    assert reader.left < 8


@given(st.lists(st.integers(0, 1 << 200)), st.integers(0, 7))
def test_unsigned_integers_come_back(numbers: list[int], shift: int) -> None:
    writer = BitWriter()
    writer.bits(0, shift)
    for value in numbers:
        writer.unsigned(value)
    reader = BitReader(writer.finish())
    reader.bits(shift)
    assert [reader.unsigned() for _ in numbers] == numbers


def test_an_unsigned_integer_puts_its_low_bits_first() -> None:
    writer = BitWriter()
    writer.unsigned(300)  # 0b10_0101100
    assert writer.finish() == bytes([0b1_0101100, 0b0_0000010])


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 7))
def test_characters_of_every_plane_come_back(text: str, shift: int) -> None:
    writer = BitWriter()
    writer.bits(0, shift)
    for character in text:
        writer.unsigned(ord(character))
    reader = BitReader(writer.finish())
    reader.bits(shift)
    assert reader.characters(len(text)) == text


def test_the_position_of_an_error_is_that_of_its_bit() -> None:
    reader = BitReader(b"\x80")
    reader.bits(5)
    with pytest.raises(ExiError, match=r"ends before its last element does \(bit 5\)") as caught:
        reader.bits(4)
    assert caught.value.bit == 5


@pytest.mark.parametrize("data", [b"\xff" * 80, b"\x80" * 80], ids=["ones", "zeros to come"])
def test_an_integer_without_end_is_refused(data: bytes) -> None:
    with pytest.raises(ExiError, match="longer than 64 octets"):
        BitReader(data).unsigned()


@pytest.mark.parametrize(
    ("octets", "complaint"),
    [
        ("ffffffff0f", "0xffffffff is no character"),
        ("80b003", "0xd800 is no character"),
        ("ffffffffff0f", "five octets"),
    ],
)
def test_what_is_no_character_is_refused(octets: str, complaint: str) -> None:
    with pytest.raises(ExiError, match=complaint):
        BitReader(bytes.fromhex(octets)).characters(1)


def test_more_octets_than_there_are_cost_nothing() -> None:
    with pytest.raises(ExiError, match="ends before"):
        BitReader(b"\x00\x01").octets(1 << 60)


def test_what_was_read_is_cut_off_and_the_rest_stays() -> None:
    reader = BitReader(bytes(range(256)) * 8)
    assert reader.octets(1500) == (bytes(range(256)) * 8)[:1500]
    assert reader.word.bit_length() <= (2048 - 1500) * 8
    assert (reader.octets(548), reader.position) == ((bytes(range(256)) * 8)[1500:], 2048 * 8)


def test_the_string_table_does_not_keep_the_empty_text() -> None:
    table = StringTable()
    table.add("{a}b", "")
    table.add("{a}b", "x")
    assert (table.values, table.by_name) == (["x"], {"{a}b": ["x"]})
