"""Quirk profiles: who gets them, and what they repair."""

from portwatt.wire.ocpp.frames import Call, Unreadable, parse
from portwatt.wire.ocpp.quirks import PROFILES, STANDARD, profile_for

BENY = (
    '[2,"1","MeterValues",{"connectorId":1,"meterValue":'
    '[{"timestamp":"2026-11-23T00:00:00Z","sampledValue":[,{"value":"7"}]}]}]'
)
AEFA = '[2,"1","MeterValues",{"connectorId":1,"transactionId":,"meterValue":[]}]'


def test_profiles_are_found_by_vendor_and_model() -> None:
    assert profile_for("ZJ BENY", "BCP-A2N-L").name == "zj-beny"
    assert profile_for("AEFA", "Home OCPP").name == "aefa"
    assert profile_for("Beilun Power", "BP-360") is STANDARD


def test_the_empty_first_element_is_repaired() -> None:
    assert isinstance(parse(BENY), Unreadable)
    frame = parse(PROFILES["zj-beny"].repair(BENY))
    assert isinstance(frame, Call)
    assert frame.payload["meterValue"] == [{"timestamp": "2026-11-23T00:00:00Z", "sampledValue": [{"value": "7"}]}]


def test_the_empty_transaction_id_is_left_out() -> None:
    assert isinstance(parse(AEFA), Unreadable)
    frame = parse(PROFILES["aefa"].repair(AEFA))
    assert isinstance(frame, Call)
    assert frame.payload == {"connectorId": 1, "meterValue": []}


def test_the_standard_profile_repairs_nothing() -> None:
    assert STANDARD.repair(BENY) == BENY
