from __future__ import annotations

from pathlib import Path

import gbt
import pytest
import v2g_sessions
from msgspec.structs import replace

from portwatt.gateways.captures import open_capture
from portwatt.gateways.v2g_schemas import load_v2g
from portwatt.interop.diff import Comparison, Turn, compare, diff, turns_of
from portwatt.interop.twin_script import Silence
from portwatt.interop.twin_sessions import PLAIN
from portwatt.wire.gbt27930.tables import Edition

DATA = Path(__file__).with_name("data")


def held(good: v2g_sessions.Session, bad: v2g_sessions.Session) -> Comparison:
    return compare(turns_of(good.evidence()), turns_of(bad.evidence()))


def turn(name: str, **fields: str | float) -> Turn:
    made = Turn(name, 1, 1)
    made.add(fields.items(), 1)
    return made


def test_a_session_does_not_differ_from_itself() -> None:
    assert held(v2g_sessions.charging(), v2g_sessions.charging()).same
    assert diff(gbt.frames(), gbt.frames(), gbt.LAYOUTS, None).same
    assert compare([], []).same


def test_loops_of_different_length_are_the_same_turn() -> None:
    assert held(v2g_sessions.charging(20), v2g_sessions.charging(90)).same


def test_the_first_divergence_names_the_field_and_both_values() -> None:
    other = v2g_sessions.agreed(mode="AC_three_phase_core")
    found = held(v2g_sessions.agreed(), other)
    assert found.parting is None
    (only,) = found.differences
    assert (only.turn, only.field) == ("ChargeParameterDiscoveryReq", "RequestedEnergyTransferMode")
    assert (only.good, only.bad) == ("DC_extended", "AC_three_phase_core")
    assert only.good_frame == only.bad_frame > 0


def test_a_status_only_the_bad_one_had_is_told_beside_those_of_the_good() -> None:
    bad = v2g_sessions.charging(5)
    station = {"DC_EVSEStatus": {**v2g_sessions.READY["DC_EVSEStatus"], "EVSEStatusCode": "EVSE_Shutdown"}}
    v2g_sessions.demand(bad, station=station)
    (only,) = held(v2g_sessions.charging(5), bad).differences
    assert (only.field, only.good) == ("DC_EVSEStatus/EVSEStatusCode", "EVSE_Ready")
    assert only.bad == "EVSE_Ready, EVSE_Shutdown"


def test_where_one_ends_the_other_goes_on() -> None:
    found = held(v2g_sessions.charging(), v2g_sessions.checked())
    assert found.differences == ()
    assert found.parting is not None
    assert (found.parting.after, found.parting.good, found.parting.bad) == ("PreChargeRes", "PowerDeliveryReq", None)
    assert found.parting.bad_frame is None


@pytest.mark.parametrize(
    ("good", "bad", "differ"),
    [
        ([400.0, 410.0], [405.0], False),
        ([400.0, 410.0], [411.0, 420.0], True),
        ([1.0], [1.0], False),
        ([1.0], [2.0], True),
        ([1.0], [], True),
    ],
)
def test_numbers_differ_where_their_ranges_never_meet(good: list[float], bad: list[float], differ: bool) -> None:
    sides = []
    for values in (good, bad):
        side = turn("X", word="same")
        for value in values:
            side.add([("volts", value)], 2)
        sides.append([side])
    found = compare(*sides)
    assert bool(found.differences) is differ
    if differ:
        assert found.differences[0].good == ("400 to 410" if len(good) > 1 else "1")
        assert found.differences[0].bad == {0: "absent", 1: "2", 2: "411 to 420"}[len(bad)]


def test_a_turn_of_another_name_is_where_they_part() -> None:
    found = compare([turn("A"), turn("B", x="1")], [turn("A"), turn("C", x="2")])
    assert found.differences == ()
    assert found.parting is not None
    assert (found.parting.after, found.parting.good, found.parting.bad) == ("A", "B", "C")


def test_what_tells_who_it_was_is_left_out() -> None:
    for found in (
        diff(gbt.frames(), gbt.frames(script=replace(PLAIN, edition=Edition.E2011)), gbt.LAYOUTS, None),
        diff(*(open_capture(path) for path in sorted(DATA.glob("*.pcap"))[:2]), gbt.LAYOUTS, load_v2g()),
    ):
        assert not found.same
        assert not {"vin", "EVCCID", "SessionID"} & {difference.field for difference in found.differences}


def test_gbt_sessions_are_held_against_one_another() -> None:
    found = diff(gbt.frames(), gbt.frames(Silence("BCP")), gbt.LAYOUTS, None)
    assert found.parting is not None
    assert (found.parting.after, found.parting.good) == ("BRM", "BCP")


def test_captures_of_different_protocols_part_at_the_first_message_only_one_has() -> None:
    din = open_capture(next(DATA.glob("Opel*din.pcap")))
    iso = open_capture(next(DATA.glob("MG*iso-2-DC.pcap")))
    found = diff(iso, din, gbt.LAYOUTS, load_v2g())
    told = {difference.field: (difference.good, difference.bad) for difference in found.differences}
    assert told["protocol"] == ("ISO 15118-2", "DIN 70121")
    assert found.parting is not None
    assert found.parting.good == "PaymentServiceSelectionReq"
    assert found.parting.bad == "ServicePaymentSelectionReq"
