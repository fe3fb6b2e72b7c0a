"""G01, G02, G05, G17: greeting, recognition, version negotiation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from portwatt.interop.finding import Finding, Side
from portwatt.interop.gbt_stages import GbtStage
from portwatt.interop.rules_gbt.case import Case, finding, seconds
from portwatt.wire.gbt27930.identifier import Address
from portwatt.wire.gbt27930.negotiation import NEGOTIATED, NegotiationResult
from portwatt.wire.gbt27930.tables import Edition

_RECOGNISED: Final = 0xAA
_MANY: Final = 20
"""Greetings in five seconds, at four a second: stands for the time-out in a log without times."""


def no_charger_greeting(case: Case) -> Iterator[Finding]:
    """G01: the charger sends no CHM though the edition has it (2015 clause 9.1)."""
    record = case.record
    first = record.first("BHM") or record.first("CRM")
    if record.has("CHM") or record.retry or first is None or case.guess.edition is Edition.E2011:
        return
    within = not record.from_start
    yield finding(
        "G01",
        (Side.STATION, 0.3 if within else 0.7),
        (first,),
        f"No CHM before {first.code}"
        + (
            "; the recording may begin too late to show it."
            if within
            else ", though the vehicle speaks an edition that has it."
        ),
        "Record from before plugging in."
        if within
        else "Check that the charger greets with CHM (0x1826F456) once auxiliary power is on.",
        quirk=within or case.went_past(GbtStage.IDENTIFICATION),
    )


def no_vehicle_greeting(case: Case) -> Iterator[Finding]:
    """G02: no BHM within 5 s of the first CHM. A vehicle of 2011 has none and is recognised all the same."""
    record = case.record
    greeting, answer = record.first("CHM"), record.first("BHM")
    if greeting is None:
        return
    track = record.tracks["CHM"]
    went_on = record.first("CRM") if answer is None else answer
    waited = case.waited(Side.EV, greeting, went_on, case.limit("CHM_RX"))
    untimed = not case.timed and answer is None and track.count >= _MANY
    if waited is None and not untimed:
        return
    identified = record.first("BRM")
    version = identified.values.get("protocol_version") if identified else None
    old = case.guess.edition is Edition.E2011 or str(version).startswith("1.0")
    how_long = f"for {seconds(waited)}" if waited is not None else f"to {track.count} CHM"
    came = f"BHM came {seconds(waited)} after CHM, later than 5 s." if answer and waited else ""
    yield finding(
        "G02",
        (Side.CONFIGURATION if old else Side.EV, 0.9 if old else 0.8),
        (greeting, answer or track.last),
        came
        or f"No BHM {how_long} after the charger greeted"
        + (": the vehicle speaks the 2011 edition, which has none." if old else "."),
        "Let the charger go on with CRM, as the 2015 edition asks for vehicles of 2011."
        if old
        else "Check that the vehicle wakes on auxiliary power and hears the bus (CC2, 120 Ω, 250 kbit/s).",
        quirk=answer is not None or case.went_past(GbtStage.IDENTIFICATION),
    )


def recognised_without_identification(case: Case) -> Iterator[Finding]:
    """G05: CRM(0xAA) though no BRM had come in whole (2015 clause 9.1.2: 0xAA answers BRM)."""
    record = case.record
    recognised = record.first_with("CRM", "recognition_result", _RECOGNISED)
    identified = record.first("BRM")
    if recognised is None or (identified is not None and identified.number < recognised.number):
        return
    within = not record.from_start and record.first_with("CRM", "recognition_result", 0) is None
    yield finding(
        "G05",
        (Side.STATION, 0.3 if within else 0.85),
        (recognised,),
        "The recording begins with CRM(0xAA); the identification before it is not in it."
        if within
        else "The charger says CRM(0xAA), vehicle recognised, though no BRM had come in whole.",
        "Record from before plugging in."
        if within
        else "Correct the charger's handshake: CRM stays 0x00 until BRM has been received.",
        quirk=within or case.went_past(GbtStage.CONFIGURATION),
    )


def version_negotiation(case: Case) -> Iterator[Finding]:
    """G17: negotiation that failed, was not answered, or fell back to the 2015 handshake (27930.2-2024)."""
    offers = case.record.offers
    if not offers:
        return
    frames = (offers[0].number, offers[-1].number)
    failed = next((o for o in offers if o.result is NegotiationResult.FAIL), None)
    if failed is not None:
        yield Finding(
            "G17",
            Side.CONFIGURATION,
            0.9,
            (offers[0].number, failed.number),
            f"Version negotiation failed: version {offers[0].version} was offered and refused.",
            "Bring both sides to a common version, or let them fall back to 1.1 (the 2015 handshake).",
            failed.at,
            quirk=case.record.has("CHM"),
        )
        return
    speakers = {o.sender for o in offers}
    agreed = next((o for o in offers if o.result is NegotiationResult.SUCCESS), None)
    if len(speakers) == 1:
        silent = next(iter(speakers)).peer
        yield Finding(
            "G17",
            Side.EV if silent is Address.BMS else Side.STATION,
            0.7,
            frames,
            f"Version {offers[0].version} was offered {len(offers)} times and never answered.",
            "Let the offering side fall back to the 2015 handshake after 5 s.",
            offers[0].at,
            quirk=case.record.has("CHM"),
        )
    elif agreed is None or agreed.version != NEGOTIATED:
        yield Finding(
            "G17",
            Side.CONFIGURATION,
            0.6,
            frames,
            f"Version {offers[0].version} was offered and {agreed.version if agreed else 'none'} was agreed.",
            "None is needed: older sides are met with the 2015 handshake.",
            offers[0].at,
            quirk=case.record.has("CHM"),
        )
