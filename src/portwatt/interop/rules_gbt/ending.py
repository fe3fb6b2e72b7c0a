"""G11, G12, G13, G20: what the battery warned of, who stopped and why, errors told, the order of the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from portwatt.interop.finding import Finding, Side
from portwatt.interop.gbt_stages import GbtStage
from portwatt.interop.rules_gbt.case import Case, earliest, finding, seconds
from portwatt.wire.gbt27930.codec import Message
from portwatt.wire.gbt27930.tables import Field

_WARNINGS: Final = ("cell_voltage_state", "soc_state", "overcurrent", "overtemperature", "insulation", "connector")
_SIDES: Final[Mapping[str, Side]] = {
    # What the vehicle reports (BST, SPN 3512 and 3513).
    "BST.f_insulation": Side.EV,
    "BST.f_connector_overtemp": Side.LINK,
    "BST.f_bms_component_overtemp": Side.EV,
    "BST.f_connector": Side.LINK,
    "BST.f_pack_overtemp": Side.EV,
    "BST.f_hv_relay": Side.EV,
    "BST.f_detect_point2": Side.LINK,
    "BST.f_other": Side.EV,
    "BST.e_overcurrent": Side.STATION,
    "BST.e_voltage": Side.STATION,
    # What the charger reports (CST, SPN 3522 and 3523).
    "CST.f_charger_overtemp": Side.STATION,
    "CST.f_connector": Side.LINK,
    "CST.f_internal_overtemp": Side.STATION,
    "CST.f_energy_not_transferable": Side.STATION,
    "CST.f_emergency_stop": Side.USER,
    "CST.f_other": Side.STATION,
    "CST.e_current_mismatch": Side.STATION,
    "CST.e_voltage": Side.STATION,
    "CST.fault_stop": Side.STATION,
}
"""Whose matter a stop reason is, when nothing else in the attempt explains it."""

_GOALS: Final = ("target_soc_reached", "total_voltage_reached", "cell_voltage_reached", "condition_reached")
_SET: Final = 1


def battery_warns(case: Case) -> Iterator[Finding]:
    """G11: BSM with something abnormal (the charger stops), or all normal and charging forbidden (it pauses)."""
    track = case.record.tracks.get("BSM")
    if track is None:
        return
    messages = sorted(track.variants.values(), key=lambda m: m.number)
    for message in messages:
        wrong = [name for name in _WARNINGS if message.values.get(name)]
        if wrong:
            said = ", ".join(_label(case, message, name) for name in wrong)
            untrusted = all(message.values.get(name) != _SET for name in wrong)
            yield finding(
                "G11",
                (Side.EV, 0.5 if untrusted else 0.9),
                (message,),
                f"The battery reports {said} (BSM).",
                "Have the battery looked at; the charger is right to stop.",
                quirk=case.broke_off is None or (ended_well(case) and untrusted),
            )
            break
    forbidden = next((m for m in messages if m.values.get("charge_permitted") == 0 and not _warned(m)), None)
    if forbidden is not None:
        at_last = track.last.values.get("charge_permitted") == 0
        yield finding(
            "G11",
            (Side.EV, 0.6),
            (forbidden,),
            "The battery forbids charging though all is normal (BSM)"
            + (", and never allows it again." if at_last else "; it allows it again later."),
            "Look into the vehicle's reason; the charger has to pause, and to stop after 10 min.",
            quirk=not at_last or ended_well(case) or stopped_by_hand(case) is not None,
        )


def _warned(message: Message) -> bool:
    return any(message.values.get(name) for name in _WARNINGS)


def stop_reason(case: Case) -> Iterator[Finding]:
    """G12: why charging was stopped, unless the battery was full or the set goal reached (BST, CST)."""
    by_hand = stopped_by_hand(case)
    for message in _stops(case):
        for field in case.tables.message(message.code).fields:
            side = _SIDES.get(f"{message.code}.{field.name}")
            if side is None or message.values.get(field.name) != _SET or _said_better(message, field):
                continue
            who = "vehicle" if message.code == "BST" else "charger"
            yield finding(
                "G12",
                (side, 0.8),
                (message,),
                f"The {who} stopped: {_words(field)} ({message.code}).",
                f"Look into the {who}'s log for {_words(field)} at this time.",
            )
    if by_hand is not None:
        yield finding(
            "G12",
            (Side.USER, 0.95),
            (by_hand,),
            "Charging was stopped by hand at the charger (CST).",
            "None is needed.",
        )


def _stops(case: Case) -> list[Message]:
    """Every content of BST and CST in the order of the log."""
    tracks = (case.record.tracks.get(code) for code in ("BST", "CST"))
    return sorted((m for t in tracks if t is not None for m in t.variants.values()), key=lambda m: m.number)


def _said_better(message: Message, field: Field) -> bool:
    """fault_stop only says that one of the fault bits is set; those are told one by one."""
    if field.name != "fault_stop":
        return False
    return any(message.values.get(n) == _SET for n in message.values if n.startswith(("f_", "e_")))


def _words(field: Field) -> str:
    return _NAMES.get(field.name, field.name.removeprefix("f_").removeprefix("e_").replace("_", " "))


_NAMES: Final = {
    "f_insulation": "insulation fault",
    "f_connector_overtemp": "connector too hot",
    "f_bms_component_overtemp": "a component of the battery management too hot",
    "f_connector": "connector fault",
    "f_pack_overtemp": "battery too hot",
    "f_hv_relay": "fault of a high-voltage relay",
    "f_detect_point2": "voltage at detection point 2 wrong (plug not seated, CC2)",
    "f_other": "another fault",
    "e_overcurrent": "more current than asked for",
    "e_voltage": "voltage out of order",
    "f_charger_overtemp": "charger too hot",
    "f_internal_overtemp": "charger too hot inside",
    "f_energy_not_transferable": "energy cannot be transferred",
    "f_emergency_stop": "emergency stop pressed",
    "e_current_mismatch": "current does not match the demand",
    "fault_stop": "a fault it does not name",
}


def _label(case: Case, message: Message, name: str) -> str:
    value = message.values.get(name)
    labels = case.tables.message(message.code).field(name).labels
    said = labels.get(value, "reserved value") if isinstance(value, int) else "?"
    return f"{name.removesuffix('_state').replace('_', ' ')} {said}"


def ended_well(case: Case) -> bool:
    """Whether the first stop says that a goal was reached."""
    return any(message.values.get(name) == _SET for message in _stops(case)[:2] for name in _GOALS)


def stopped_by_hand(case: Case) -> Message | None:
    """The charger's word that a person stopped it."""
    return earliest(m for m in _stops(case) if m.values.get("manual_stop") == _SET)


_STAGE_MISSED: Final[Mapping[str, GbtStage]] = {
    **dict.fromkeys(("to_CRM_00", "to_CRM_AA", "to_BRM", "to_BCP"), GbtStage.HANDSHAKE),
    **dict.fromkeys(("to_CML_CTS", "to_CRO", "to_BRO"), GbtStage.CONFIGURATION),
    **dict.fromkeys(("to_BCS", "to_BCL"), GbtStage.CONFIGURATION),
    "to_CCS": GbtStage.CHARGING,
    **dict.fromkeys(("to_CST", "to_CSD", "to_BST", "to_BSD"), GbtStage.CHARGING),
}
"""The stage a side has to have reached to miss a message; told earlier in a retry, it is left over from before."""


def errors_told(case: Case) -> Iterator[Finding]:
    """G13: BEM and CEM, bit by bit: what the side that sends it waited for in vain (2015 clause 9.5)."""
    for code, other in (("BEM", Side.STATION), ("CEM", Side.EV)):
        track = case.record.tracks.get(code)
        told: set[str] = set()
        for message in () if track is None else track.variants.values():
            for name, value in message.values.items():
                if value != _SET or not name.startswith("to_") or name in told:
                    continue
                told.add(name)
                missed = name.removeprefix("to_").replace("_", " or ", 1 if name == "to_CML_CTS" else 0)
                missed = missed.replace("CRM_00", "CRM(0x00)").replace("CRM_AA", "CRM(0xAA)")
                by, of = ("vehicle", "charger") if code == "BEM" else ("charger", "vehicle")
                before = case.record.first("CCS")
                overcome = case.charged and before is not None and message.number < before.number
                left_over = case.record.retry and not case.record.reached(_STAGE_MISSED[name])
                yield finding(
                    "G13",
                    (other, 0.7),
                    (message,),
                    f"The {by} reports that {missed} did not come in time ({code}).",
                    f"Find out why the {of} did not send {missed}, or why it was not heard.",
                    quirk=overcome or left_over,
                )
        if track is not None and not told:
            yield finding(
                "G13",
                (Side.EV if code == "BEM" else Side.STATION, 0.4),
                (track.first,),
                f"{code} names no time-out ({track.first.payload.hex(' ')}).",
                "Ask the maker of that side what it means.",
            )


def stop_order(case: Case) -> Iterator[Finding]:
    """G20: the end out of order: an unanswered stop, no statistics, demands after the stop (2015 clauses 9.3, 9.4).

    Energy is off by then, so it never makes a failure of a session that charged.
    """
    record = case.record
    vehicle, charger = record.first("BST"), record.first("CST")
    first = earliest((vehicle, charger))
    if first is None:
        return
    answer, answered_by = (charger, Side.STATION) if first.code == "BST" else (vehicle, Side.EV)
    remedy = "Correct the order of the end in that side's software."
    waited = _since(case, first, answer, "STOP_RX")
    if waited or (answer is None and not record.cut_off):
        name = "CST" if first.code == "BST" else "BST"
        yield finding(
            "G20",
            (answered_by, 0.6),
            (first,),
            f"{first.code} was not answered with {name} in time{waited}.",
            remedy,
            quirk=True,
        )
    for code, side in (("BSD", Side.EV), ("CSD", Side.STATION)):
        statistic = record.first(code)
        waited = _since(case, first, statistic, "STAT_RX")
        if waited or (statistic is None and not record.cut_off):
            yield finding(
                "G20",
                (side, 0.5),
                (first,),
                f"{code} did not come in time after {first.code}{waited}.",
                remedy,
                quirk=True,
            )
    late = record.tracks.get("BCL")
    if vehicle is not None and late is not None and late.first_after_stop is not None:
        yield finding(
            "G20",
            (Side.EV, 0.5),
            (vehicle, late.first_after_stop),
            f"{late.after_stop} BCL came after the vehicle's own BST.",
            remedy,
            quirk=True,
        )
    said = record.first_with("BST", "charger_stopped", _SET)
    if first.code == "CST" and vehicle is not None and said is None:
        yield finding(
            "G20",
            (Side.EV, 0.4),
            (first, vehicle),
            "BST follows CST without saying that CST was received.",
            remedy,
            quirk=True,
        )


def _since(case: Case, first: Message, message: Message | None, limit: str) -> str:
    """In words how long was waited beyond a limit; empty when in time or unknown."""
    if not case.timed:
        return ""
    wait = (case.record.end if message is None else message.at) - first.at
    return f" ({seconds(wait)})" if wait > case.limit(limit) else ""
