"""Long messages as an observer of the bus puts them together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portwatt.errors import UsageError
from portwatt.wire.gbt27930.identifier import Address
from portwatt.wire.gbt27930.transport import (
    Lapse,
    LapsedMessage,
    LongMessage,
    Observer,
    abort,
    acknowledge,
    clear,
    management_id,
    packet_id,
    packets,
    request,
)

START = datetime(2026, 11, 23, tzinfo=UTC)
BMS, CHARGER = Address.BMS, Address.CHARGER
PAYLOAD = bytes(range(1, 50))


class Bus:
    """Feeds an observer, one frame after another."""

    def __init__(self) -> None:
        self.observer = Observer()
        self.number = 0
        self.whole: list[LongMessage] = []
        self.lapsed: list[LapsedMessage] = []

    def manage(self, source: Address, data: bytes) -> None:
        self.number += 1
        lapsed = self.observer.management(source, data, self.number, self._at)
        self.lapsed += [lapsed] if lapsed else []

    def packet(self, source: Address, data: bytes) -> None:
        self.number += 1
        whole = self.observer.packet(source, data, self.number, self._at)
        self.whole += [whole] if whole else []

    def send(self, source: Address, pf: int, payload: bytes, lost: set[int] = frozenset()) -> None:  # type: ignore[assignment]
        self.manage(source, request(pf, len(payload)))
        self.manage(source.peer, clear(pf, len(packets(payload))))
        for packet in packets(payload):
            if packet[0] not in lost:
                self.packet(source, packet)

    @property
    def _at(self) -> datetime:
        return START + timedelta(milliseconds=self.number)


def test_frames_as_cars_and_chargers_send_them() -> None:
    assert request(0x02, 49).hex() == "10310007ff000200"
    assert clear(0x02, 7).hex() == "110701ffff000200"
    assert acknowledge(0x02, 49).hex() == "13310007ff000200"
    assert (management_id(BMS), packet_id(BMS)) == (0x1CEC56F4, 0x1CEB56F4)
    assert (management_id(CHARGER), packet_id(CHARGER)) == (0x1CECF456, 0x1CEBF456)


@given(st.binary(min_size=9, max_size=1785))
def test_a_message_comes_back_whole(payload: bytes) -> None:
    bus = Bus()
    bus.send(BMS, 0x02, payload)
    bus.manage(CHARGER, acknowledge(0x02, len(payload)))
    assert [w.payload for w in bus.whole] == [payload]
    assert bus.lapsed == bus.observer.finish() == []


@pytest.mark.parametrize("size", [8, 1786])
def test_what_is_no_long_message_is_refused(size: int) -> None:
    with pytest.raises(UsageError, match="9 to 1785"):
        packets(bytes(size))


def test_both_directions_at_once() -> None:
    bus = Bus()
    other = bytes(20)
    bus.manage(BMS, request(0x02, 49))
    bus.manage(CHARGER, request(0x30, 20))
    bus.manage(CHARGER, clear(0x02, 7))
    bus.manage(BMS, clear(0x30, 3))
    for ours, theirs in zip(packets(PAYLOAD), [*packets(other), *[None] * 4], strict=True):
        bus.packet(BMS, ours)
        if theirs is not None:
            bus.packet(CHARGER, theirs)
    assert {(w.sender, w.pf, w.payload) for w in bus.whole} == {(BMS, 0x02, PAYLOAD), (CHARGER, 0x30, other)}


@given(st.permutations(range(7)))
def test_order_of_packets_does_not_matter(order: list[int]) -> None:
    bus = Bus()
    bus.manage(BMS, request(0x02, 49))
    for index in order:
        bus.packet(BMS, packets(PAYLOAD)[index])
    assert bus.whole[0].payload == PAYLOAD


def test_a_lost_packet_is_sent_again() -> None:
    bus = Bus()
    bus.send(BMS, 0x02, PAYLOAD, lost={3})
    assert bus.whole == []
    bus.manage(CHARGER, clear(0x02, 1, 3))
    bus.packet(BMS, packets(PAYLOAD)[2])
    bus.packet(BMS, packets(PAYLOAD)[2])
    assert (bus.whole[0].payload, bus.whole[0].clears) == (PAYLOAD, 2)


def test_unanswered_then_answered() -> None:
    bus = Bus()
    bus.manage(BMS, request(0x02, 49))
    bus.send(BMS, 0x02, PAYLOAD)
    assert [(x.lapse, x.first, x.missing) for x in bus.lapsed] == [(Lapse.UNANSWERED, 1, (1, 2, 3, 4, 5, 6, 7))]
    assert len(bus.whole) == 1


def test_incomplete_when_acknowledged_or_over() -> None:
    bus = Bus()
    bus.send(BMS, 0x02, PAYLOAD, lost={2, 6})
    bus.manage(CHARGER, acknowledge(0x02, 49))
    bus.send(BMS, 0x02, PAYLOAD, lost={7})
    lapsed = [*bus.lapsed, *bus.observer.finish()]
    assert [(x.lapse, x.missing) for x in lapsed] == [(Lapse.INCOMPLETE, (2, 6)), (Lapse.INCOMPLETE, (7,))]


@pytest.mark.parametrize("by", [BMS, CHARGER])
def test_aborted(by: Address) -> None:
    bus = Bus()
    bus.manage(BMS, request(0x02, 49))
    bus.manage(by, abort(0x02, 3))
    assert [(x.lapse, x.by, x.reason) for x in bus.lapsed] == [(Lapse.ABORTED, by, 3)]
    bus.packet(BMS, packets(PAYLOAD)[0])
    assert bus.whole == bus.observer.finish() == []


def test_never_acknowledged() -> None:
    bus = Bus()
    bus.send(BMS, 0x02, PAYLOAD)
    bus.send(BMS, 0x02, PAYLOAD)
    assert [x.lapse for x in bus.lapsed] == [Lapse.UNACKNOWLEDGED]


def test_an_announcement_that_contradicts_itself() -> None:
    bus = Bus()
    bus.manage(BMS, bytes.fromhex("10310003FF000200"))
    bus.manage(BMS, bytes.fromhex("10000000FF000200"))
    assert [x.lapse for x in bus.lapsed] == [Lapse.MALFORMED, Lapse.MALFORMED]


def test_a_broadcast_needs_no_clearance() -> None:
    bus = Bus()
    bus.manage(BMS, b"\x20" + request(0x02, 49)[1:])
    for packet in packets(PAYLOAD):
        bus.packet(BMS, packet)
    assert bus.whole[0].payload == PAYLOAD
    assert bus.observer.finish() == []


def test_words_of_nobody_say_nothing() -> None:
    bus = Bus()
    bus.manage(CHARGER, clear(0x02, 7))
    bus.manage(CHARGER, acknowledge(0x02, 49))
    bus.manage(CHARGER, abort(0x02))
    bus.manage(CHARGER, b"\x10")
    bus.packet(BMS, b"\x01\x02")
    assert (bus.whole, bus.lapsed, bus.observer.finish()) == ([], [], [])


FRAMES = st.lists(
    st.tuples(
        st.booleans(),
        st.sampled_from([BMS, CHARGER]),
        st.sampled_from([0x10, 0x11, 0x13, 0x20, 0xFF, 1, 2]),
        st.binary(max_size=7),
    ),
    max_size=60,
)


@given(FRAMES)
def test_nothing_on_the_bus_raises(frames: list[tuple[bool, Address, int, bytes]]) -> None:
    bus = Bus()
    for manages, source, first, rest in frames:
        data = bytes((first, *rest))
        if manages:
            bus.manage(source, data)
        else:
            bus.packet(source, data)
    assert all(w.payload for w in bus.whole)
