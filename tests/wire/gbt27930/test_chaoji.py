"""The ChaoJi draft profile: only for who asks for it, and labelled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portwatt.gateways.gbt_tables import chaoji_draft, load_gbt
from portwatt.wire.gbt27930.chaoji import ChaojiDraft, DraftFormat
from portwatt.wire.gbt27930.identifier import Address, Identifier
from portwatt.wire.gbt27930.tables import Edition, GbtTableError


def can_id(form: DraftFormat, sender: Address = Address.CHARGER) -> int:
    return Identifier(6, form, sender.peer, sender).can_id


def test_a_short_message_is_labelled_draft() -> None:
    message = chaoji_draft().receive(3, can_id(DraftFormat.UNRELIABLE), bytes.fromhex("73881303E803FFFF"))
    assert message is not None
    assert (message.pgi, message.name, message.status) == (0x73, "vehicle demand V,I,mode", "draft")
    assert message.sender is Address.CHARGER


def test_a_long_message_is_put_together() -> None:
    draft, form = chaoji_draft(), can_id(DraftFormat.LONG)
    payload = bytes((0x42, *range(16)))
    frames = [bytes((0, 4, 17, 0)), *(bytes((i + 1, *payload[i * 7 : i * 7 + 7])) for i in range(3))]
    messages = [draft.receive(number, form, data) for number, data in enumerate(frames)]
    assert messages[:3] == [None, None, None]
    assert messages[3] is not None
    assert (messages[3].payload, messages[3].name) == (payload, "scheduling")


def test_it_is_never_guessed() -> None:
    """Its PDU formats are those of CRM and BRM: the decoder of the editions in force does not know the draft."""
    assert Edition.CHAOJI_DRAFT not in load_gbt().tables.editions


def test_facts_that_cannot_be_read() -> None:
    with pytest.raises(GbtTableError, match=r"chaoji_draft.json"):
        ChaojiDraft('{"status":"draft","pgi":{"often":"x"},"timers":{}}')


@given(
    st.lists(st.tuples(st.sampled_from([*map(can_id, DraftFormat), 0x1812F456]), st.binary(max_size=8)), max_size=40)
)
def test_nothing_on_the_bus_raises(frames: list[tuple[int, bytes]]) -> None:
    draft = chaoji_draft()
    for number, (identifier, data) in enumerate(frames):
        draft.receive(number, identifier, data)
