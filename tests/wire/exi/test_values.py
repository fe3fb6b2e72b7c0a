from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portwatt.wire.exi.bits import BitReader, BitWriter, ExiError
from portwatt.wire.exi.values import (
    Binary,
    Boolean,
    Datatype,
    Integer,
    Text,
    Words,
    leaf_reader,
    leaf_writer,
    local,
    value_reader,
    value_writer,
)

PERCENT = Integer(0, 100)
SHORT = Integer(-(2**15), 2**15 - 1)
ANY = Integer()
WORDS = Words(("OK", "FAILED", "Ongoing"))

pairs = st.one_of(
    st.tuples(st.just(Boolean()), st.booleans()),
    st.tuples(st.just(WORDS), st.sampled_from(WORDS.words)),
    st.tuples(st.just(PERCENT), st.integers(0, 100)),
    st.tuples(st.just(SHORT), st.integers(-(2**15), 2**15 - 1)),
    st.tuples(st.just(Integer(low=0)), st.integers(0, 2**80)),
    st.tuples(st.just(ANY), st.integers(-(2**80), 2**80)),
    st.tuples(st.just(Text()), st.text(st.characters(exclude_categories=["Cs"]))),
    st.tuples(st.just(Binary()), st.binary(max_size=300)),
)


@given(st.lists(pairs, max_size=8))
def test_values_and_leaves_come_back(values: list[tuple[Datatype, Any]]) -> None:
    writer = BitWriter()
    for kind, value in values:
        value_writer(kind, "{u}a")(writer, value)
        leaf_writer(kind, "{u}a")(writer, value)
    reader = BitReader(writer.finish())
    for kind, value in values:
        assert value_reader(kind, "{u}a")(reader) == value
        assert leaf_reader(kind, "{u}a")(reader) == value


@pytest.mark.parametrize(
    ("kind", "value", "bits"),
    [
        (Boolean(), True, "1"),
        (WORDS, "Ongoing", "10"),
        (Words(("only",)), "only", ""),
        (PERCENT, 52, "0110100"),
        (Integer(-3, 3), -1, "010"),
        (Integer(0, 4095), 7, "000000000111"),
        (Integer(0, 4096), 7, "00000111"),
        (SHORT, -1, "1" + "00000000"),
        (SHORT, 4000, "0" + "10100000" + "00011111"),
        (Text(), "A", "00000011" + "01000001"),
        (Text(), "", "00000010"),
        (Binary(), b"\xab", "00000001" + "10101011"),
    ],
)
def test_bits_computed_by_hand(kind: Datatype, value: Any, bits: str) -> None:
    writer = BitWriter()
    value_writer(kind, "{u}a")(writer, value)
    assert f"{writer.word:0{writer.count}b}" * bool(writer.count) == bits


@pytest.mark.parametrize("kind", [Boolean(), WORDS, PERCENT, SHORT, Integer(low=0), Text(), Binary()])
@pytest.mark.parametrize("data", [b"", b"\x00", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff\xff"])
def test_a_leaf_that_leaves_the_schema_or_ends_early_is_refused(kind: Datatype, data: bytes) -> None:
    # One octet of zeros holds the shorter leaves whole.
    if data == b"\x00" and kind in {Boolean(), WORDS}:
        assert leaf_reader(kind, "{u}a")(BitReader(data)) in {False, "OK"}
        return
    with pytest.raises(ExiError) as caught:
        leaf_reader(kind, "{u}a")(BitReader(data))
    assert caught.value.bit is not None
    assert 0 <= caught.value.bit <= len(data) * 8


def test_a_number_above_its_bound_is_what_the_peer_said() -> None:
    assert value_reader(PERCENT, "{u}EVRESSSOC")(BitReader(b"\xff")) == 127


def test_a_word_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ExiError, match="no word number 3, only 3, from OK to Ongoing"):
        value_reader(WORDS, "{u}a")(BitReader(b"\xff"))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (PERCENT, 101),
        (PERCENT, True),
        (PERCENT, "1"),
        (WORDS, "ok"),
        (Boolean(), 1),
        (Text(), b"a"),
        (Text(), "\ud800"),
        (Binary(), "a"),
    ],
)
def test_a_value_the_type_does_not_hold_is_not_written(kind: Datatype, value: Any) -> None:
    with pytest.raises(ExiError, match="EVRESSSOC cannot be"):
        value_writer(kind, "{u}EVRESSSOC")(BitWriter(), value)


def test_references_to_earlier_texts_are_understood() -> None:
    # "ab" spelled out for x, then x again (0, one entry: no bits), then y refers to the first of all (1, no bits).
    reader = BitReader(bytes([4, 0x61, 0x62, 0, 1]))
    x, y = value_reader(Text(), "{u}x"), value_reader(Text(), "{u}y")
    assert [x(reader), x(reader), y(reader)] == ["ab", "ab", "ab"]


@pytest.mark.parametrize("data", [b"\x00", b"\x01"])
def test_a_reference_to_nothing_is_refused(data: bytes) -> None:
    with pytest.raises(ExiError, match="x refers to a text that the message has not spelled out"):
        value_reader(Text(), "{u}x")(BitReader(data))


def test_bounds_narrow_one_another() -> None:
    assert Integer(0, 255).within(None, 20) == Integer(0, 20)
    assert Integer(0, 255).within(-4, 300) == Integer(0, 255)
    assert (Integer(0, 4095).span(), Integer(0, 4096).span(), Integer(0).span()) == (4096, None, None)


def test_the_local_part_of_a_name() -> None:
    assert (local("{urn:x}Body"), local("{}Body"), local("Body")) == ("Body", "Body", "Body")
