"""Frames of a bus to messages, in the shapes real vehicles and chargers give them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portwatt.gateways.gbt_tables import load_gbt
from portwatt.wire.gbt27930.codec import Message
from portwatt.wire.gbt27930.decoder import MAX_FOREIGN, Decoder, Item
from portwatt.wire.gbt27930.negotiation import NegotiationResult, VersionOffer, write_offer
from portwatt.wire.gbt27930.transport import LapsedMessage, acknowledge, packets, request

START = datetime(2026, 11, 23, tzinfo=UTC)
LAYOUTS = load_gbt()


def decoded(*frames: tuple[int, str]) -> tuple[list[Item], Decoder]:
    decoder = Decoder(LAYOUTS)
    items = [
        decoder.receive(number, START + timedelta(milliseconds=number), can_id, bytes.fromhex(data))
        for number, (can_id, data) in enumerate(frames, start=1)
    ]
    return [item for item in items if item is not None], decoder


def test_a_single_frame_is_a_message() -> None:
    (item,), _ = decoded((0x1826F456, "010100"))
    assert item == Message("CHM", b"\x01\x01\x00", {"protocol_version": "1.1"}, 1, START + timedelta(milliseconds=1), 1)


def test_a_long_message_ends_with_its_last_packet() -> None:
    items, _ = decoded(
        (0x1CEC56F4, "10090002FF001100"),
        (0x1CECF456, "110201FFFF001100"),
        (0x1CEB56F4, "01FE0E5A0E51414D"),
        (0x181056F4, "A510580E02"),
        (0x1CEB56F4, "022B00FFFFFFFFFF"),
        (0x1CECF456, "13090002FF001100"),
    )
    assert [(item.code, item.first, item.number) for item in items if isinstance(item, Message)] == [
        ("BCL", 4, 4),
        ("BCS", 1, 5),
    ]


def test_priority_does_not_matter_and_direction_does() -> None:
    items, decoder = decoded((0x001826F456 & 0x03FFFFFF, "010100"), (0x182656F4, "010100"))
    assert len(items) == 1
    assert decoder.foreign == {0x182656F4: 1}


def test_an_offer_of_a_version() -> None:
    (item,), _ = decoded((0x0C3CF456, write_offer(NegotiationResult.CONTINUE, "2.0").hex()))
    assert isinstance(item, VersionOffer)


def test_a_failed_long_message_names_what_it_was() -> None:
    decoder = Decoder(LAYOUTS)
    for pf in (0x02, 0x77):
        decoder.receive(1, START, 0x1CEC56F4, request(pf, 49))
        (lapsed,) = decoder.finish()
        assert isinstance(lapsed, LapsedMessage)
        assert decoder.code_of(lapsed) == {0x02: "BRM", 0x77: "0x77"}[pf]


def test_an_unknown_long_message_is_left_alone() -> None:
    frames = [(0x1CEC56F4, request(0x77, 9).hex()), *((0x1CEB56F4, p.hex()) for p in packets(bytes(9)))]
    items, _ = decoded(*frames, (0x1CECF456, acknowledge(0x77, 9).hex()))
    assert items == []


def test_foreign_identifiers_are_counted_up_to_a_bound() -> None:
    _, decoder = decoded(*((can_id, "") for can_id in range(2 * MAX_FOREIGN)), (5, ""))
    assert decoder.foreign[5] == 2
    assert decoder.foreign[-1] == MAX_FOREIGN
    assert len(decoder.foreign) == MAX_FOREIGN + 1


IDS = st.one_of(
    st.sampled_from([layout.table.can_id for layout in LAYOUTS.by_code.values()]),
    st.sampled_from([0x1CEC56F4, 0x1CECF456, 0x1CEB56F4, 0x1CEBF456, 0x0C3CF456, 0x0C3C56F4]),
    st.integers(0, (1 << 29) - 1),
)


@given(st.lists(st.tuples(IDS, st.binary(max_size=8)), max_size=80))
def test_nothing_on_the_bus_raises(frames: list[tuple[int, bytes]]) -> None:
    decoder = Decoder(LAYOUTS)
    for number, (can_id, data) in enumerate(frames):
        decoder.receive(number, START, can_id, data)
    decoder.finish()
