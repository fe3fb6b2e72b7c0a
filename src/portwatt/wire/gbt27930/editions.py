"""Which edition is spoken: evidence for and against each, and the one that fits best. Nothing is guessed silently.

Source: facts.json `editions`. The 2015 edition and the A-class of 2023 share the version number 1.1, and cars of 2015
send what became the fixed lengths of 2023, so a capture may fit both; then both are named.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from portwatt.wire.gbt27930.negotiation import NEGOTIATED, NegotiationResult, VersionOffer
from portwatt.wire.gbt27930.tables import Edition

_DECISIVE: Final = 20
"""Weighs more than all else together."""
_OLD: Final = frozenset({Edition.E2011})
_CLASSIC: Final = frozenset({Edition.E2015, Edition.E2023A})
_WITH_HANDSHAKE: Final = frozenset({Edition.E2015, Edition.E2023A, Edition.E2024})


class Evidence(Struct, frozen=True):
    """One observation and the editions it fits."""

    text: str
    fits: frozenset[Edition]
    weight: int = 1


class EditionGuess(Struct, frozen=True):
    """`edition` fits best; `also` fits as well; `confidence` 0 to 1 (0: nothing to go by)."""

    edition: Edition
    also: tuple[Edition, ...]
    evidence: tuple[str, ...]
    confidence: float


class Traits(Struct, frozen=True):
    """What a session shows of its edition. Lengths in bytes, of the first message of the kind; None: not seen."""

    codes: frozenset[str] = frozenset()
    lengths: dict[str, int] = {}
    vehicle_version: str | None = None
    """As BRM says."""
    charger_version: str | None = None
    """As CHM says."""
    offers: tuple[VersionOffer, ...] = ()
    from_start: bool = True
    """The recording holds what came before the first message of the session."""


def detect(traits: Traits) -> EditionGuess:
    """The edition that most of the evidence fits; 2015, with no confidence, when there is none."""
    found = tuple(_evidence(traits))
    scores = {edition: sum(e.weight for e in found if edition in e.fits) for edition in _ORDER}
    best = max(scores.values())
    total = sum(e.weight for e in found)
    if not total:
        return EditionGuess(Edition.E2015, (), ("nothing in the session tells the edition",), 0.0)
    winners = [edition for edition in _ORDER if scores[edition] == best]
    return EditionGuess(
        winners[0], tuple(winners[1:]), tuple(e.text for e in found), round(best / total / len(winners), 2)
    )


_ORDER: Final = (Edition.E2015, Edition.E2023A, Edition.E2011, Edition.E2024)
"""Ties go to the first: the 2015 edition is what most of the field speaks."""


def _evidence(traits: Traits) -> Iterable[Evidence]:
    yield from _of_versions(traits)
    yield from _of_handshake(traits)
    yield from _of_lengths(traits)


def _of_versions(traits: Traits) -> Iterable[Evidence]:
    agreed = [o for o in traits.offers if o.result is NegotiationResult.SUCCESS]
    if agreed and agreed[-1].version == NEGOTIATED:
        yield Evidence("version 2.0 was agreed before the handshake", frozenset({Edition.E2024}), _DECISIVE)
    elif traits.offers:
        yield Evidence("a version was offered before the handshake, and 2.0 was not agreed", _CLASSIC)
    if traits.vehicle_version is not None and traits.vehicle_version.startswith("1.0"):
        yield Evidence(f"the vehicle says version {traits.vehicle_version} (BRM)", _OLD, 3)
    elif traits.vehicle_version == "1.1":
        yield Evidence("the vehicle says version 1.1 (BRM)", _CLASSIC, 3)
    if traits.charger_version == "1.1":
        yield Evidence("the charger says version 1.1 (CHM)", _CLASSIC)


def _of_handshake(traits: Traits) -> Iterable[Evidence]:
    if {"CHM", "BHM"} <= traits.codes:
        yield Evidence("both sides greet each other (CHM, BHM)", _WITH_HANDSHAKE)
    elif "CRM" in traits.codes and "CHM" not in traits.codes and traits.from_start:
        yield Evidence("the handshake begins with CRM, without CHM", _OLD)


def _of_lengths(traits: Traits) -> Iterable[Evidence]:
    for code, length, fits in _LENGTHS:
        if traits.lengths.get(code) == length:
            yield Evidence(f"{code} has {length} bytes", fits)


_LENGTHS: Final = (
    ("BRM", 41, frozenset({Edition.E2011, Edition.E2015})),
    ("BRM", 49, _CLASSIC),
    ("CML", 6, _OLD),
    ("CML", 8, _CLASSIC),
    ("CCS", 6, _OLD),
    ("CCS", 7, _CLASSIC),
    ("CCS", 8, frozenset({Edition.E2015})),
    ("CSD", 5, _OLD),
    ("CSD", 8, _CLASSIC),
)
