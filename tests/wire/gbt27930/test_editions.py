"""Which edition is spoken, with evidence."""

from __future__ import annotations

from datetime import UTC, datetime

from portwatt.wire.gbt27930.editions import Traits, detect
from portwatt.wire.gbt27930.identifier import Address
from portwatt.wire.gbt27930.negotiation import NegotiationResult, read_offer, write_offer
from portwatt.wire.gbt27930.tables import Edition

AT = datetime(2026, 11, 23, tzinfo=UTC)
GREETED = frozenset({"CHM", "BHM", "CRM", "BRM"})


def test_nothing_to_go_by() -> None:
    guess = detect(Traits())
    assert (guess.edition, guess.confidence) == (Edition.E2015, 0.0)


def test_2011_has_no_greeting_and_shorter_messages() -> None:
    guess = detect(Traits(frozenset({"CRM", "BRM"}), {"BRM": 41, "CCS": 6, "CML": 6, "CSD": 5}, "1.0"))
    assert guess.edition is Edition.E2011
    assert guess.confidence > 0.9
    assert "the vehicle says version 1.0 (BRM)" in guess.evidence


def test_2015_by_the_length_of_ccs() -> None:
    guess = detect(Traits(GREETED, {"BRM": 49, "CCS": 8}, "1.1", "1.1"))
    assert (guess.edition, guess.also) == (Edition.E2015, ())


def test_a_vehicle_of_2015_may_look_like_2023() -> None:
    """49 bytes of BRM and 7 of CCS are what 2023 fixed and 2015 cars send: both are named."""
    guess = detect(Traits(GREETED, {"BRM": 49, "CCS": 7}, "1.1", "1.1"))
    assert (guess.edition, guess.also) == (Edition.E2015, (Edition.E2023A,))


def test_2024_is_agreed_on() -> None:
    offers = tuple(
        offer
        for sender, result in ((Address.CHARGER, NegotiationResult.CONTINUE), (Address.BMS, NegotiationResult.SUCCESS))
        if (offer := read_offer(sender, write_offer(result, "2.0"), 1, AT))
    )
    assert detect(Traits(GREETED, {"BRM": 49}, "1.1", "1.1", offers)).edition is Edition.E2024
    assert detect(Traits(GREETED, {"BRM": 49}, "1.1", "1.1", offers[:1])).edition is Edition.E2015


def test_a_late_recording_is_no_evidence_for_2011() -> None:
    codes = frozenset({"CRM", "BRM"})
    assert detect(Traits(codes)).edition is Edition.E2011
    assert detect(Traits(codes, from_start=False)).confidence == 0.0
