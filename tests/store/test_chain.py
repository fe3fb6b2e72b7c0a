"""The chain: links, and what is said where one is broken."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portwatt.errors import StoreError, TamperedLogError
from portwatt.events import AnyEvent
from portwatt.ids import HubId
from portwatt.store.chain import Head, check_link, decode_event, extend, genesis, link, not_in_log

HUB = HubId("ningbo")


def test_a_link_can_be_recomputed_by_hand() -> None:
    before = genesis(HUB).digest
    assert link(before, b"{}") == sha256(f"{before}\n{{}}".encode()).hexdigest()


def test_each_hub_has_its_own_genesis() -> None:
    assert genesis(HUB) == Head(0, sha256(b"portwatt log 1 ningbo").hexdigest())
    assert genesis(HubId("qingdao")) != genesis(HUB)


@given(body=st.binary(min_size=1, max_size=200), place=st.integers(0, 199), change=st.integers(1, 255))
def test_any_changed_byte_is_named(body: bytes, place: int, change: int) -> None:
    head = genesis(HUB)
    digest = link(head.digest, body)
    assert check_link(HUB, head, 1, body, digest) == Head(1, digest)
    changed = bytearray(body)
    changed[place % len(body)] ^= change
    with pytest.raises(TamperedLogError, match="hub ningbo is broken at record 1: its bytes"):
        check_link(HUB, head, 1, bytes(changed), digest)


def test_a_gap_is_named() -> None:
    with pytest.raises(TamperedLogError, match=r"broken at record 5: it is missing, record 7 comes instead.*up to 4"):
        check_link(HUB, Head(4, "0" * 64), 7, b"{}", "")


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"[]", b'{"type":"Nothing"}', b'{"type":"ClockTicked","at":"yesterday"}']
)
def test_what_is_no_event_is_named(body: bytes) -> None:
    with pytest.raises(TamperedLogError, match="record 3: it holds no event"):
        decode_event(HUB, 3, body)


def test_events_come_back_from_their_stored_bytes(story: Callable[[int], list[AnyEvent]]) -> None:
    events = story(1)
    records = extend(genesis(HUB), events)
    assert [decode_event(HUB, r.seq, r.body) for r in records] == events


def test_what_of_a_batch_is_missing(story: Callable[[int], list[AnyEvent]]) -> None:
    records = extend(genesis(HUB), story(1))
    start = genesis(HUB)
    assert not_in_log(HUB, start, start, records) == records
    for number, record in enumerate(records, start=1):
        assert not_in_log(HUB, start, Head(record.seq, record.digest), records) == records[number:]
    with pytest.raises(StoreError, match="goes on to record 2, which is not what is being written"):
        not_in_log(HUB, start, Head(2, "0" * 64), records)
