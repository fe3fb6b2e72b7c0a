from __future__ import annotations

from typing import Any

import pytest
from v2g_frames import START
from v2g_sessions import FINE, READY, Session, agreed, charging, demand, stopping, talking, value

from portwatt.interop.finding import Side
from portwatt.interop.rules_v2g import V2G_RULES
from portwatt.interop.v2g_evidence import Broken, V2gEvidence
from portwatt.wire.exi.v2g import Dialect


def findings(rule: str, evidence: V2gEvidence) -> list[tuple[Side, float]]:
    return [(finding.side, finding.confidence) for finding in V2G_RULES[rule](evidence)]


def negotiated(response: dict[str, Any]) -> Session:
    session = talking()
    offer = {"ProtocolNamespace": Dialect.DIN.value, "SchemaID": 4, "Priority": 1}
    session.say("supportedAppProtocol", {"AppProtocol": [offer]}, response)
    return session


def test_v06_names_what_the_vehicle_offers() -> None:
    evidence = negotiated({"ResponseCode": "Failed_NoNegotiation"}).evidence()
    assert findings("V06", evidence) == [(Side.CONFIGURATION, 0.95)]
    (finding,) = V2G_RULES["V06"](evidence)
    assert "DIN 70121" in finding.text


def test_v06_station_chooses_what_was_not_offered() -> None:
    evidence = negotiated({"ResponseCode": "OK_SuccessfulNegotiation", "SchemaID": 9}).evidence()
    assert findings("V06", evidence) == [(Side.STATION, 0.8)]


def test_v06_spares_a_minor_deviation() -> None:
    response = {"ResponseCode": "OK_SuccessfulNegotiationWithMinorDeviation", "SchemaID": 4}
    assert findings("V06", negotiated(response).evidence()) == []


def test_v07_vehicle_changes_the_id() -> None:
    session = agreed()
    session.id = b"\x09" * 8
    session.ask("CableCheck", FINE)
    assert findings("V07", session.evidence()) == [(Side.EV, 0.8)]


def test_v07_station_forgets_the_session() -> None:
    session = agreed()
    session.say("CableCheck", FINE, {"ResponseCode": "FAILED_UnknownSession"})
    assert findings("V07", session.evidence()) == [(Side.STATION, 0.8)]


def test_v07_spares_an_id_filled_up_with_zeros() -> None:
    session = agreed()
    session.id = session.id + b"\0\0"
    session.say("CableCheck", FINE, READY)
    assert findings("V07", session.evidence()) == []


@pytest.mark.parametrize(
    ("code", "side"),
    [
        ("FAILED", Side.STATION),
        ("FAILED_PowerDeliveryNotApplied", Side.STATION),
        ("FAILED_WrongChargeParameter", Side.EV),
        ("FAILED_CertificateExpired", Side.CONFIGURATION),
    ],
)
def test_v08_failure_and_whose_it_is(code: str, side: Side) -> None:
    session = agreed()
    session.say("CableCheck", FINE, {"ResponseCode": code})
    assert findings("V08", session.evidence()) == [(side, 0.85)]


def test_v08_failure_at_session_stop_after_energy_is_a_quirk() -> None:
    (finding,) = V2G_RULES["V08"](stopping(charging(), code="FAILED").evidence())
    assert finding.quirk


@pytest.mark.parametrize("code", ["OK", "FAILED_SequenceError", "FAILED_UnknownSession"])
def test_v08_spares_what_other_rules_explain(code: str) -> None:
    session = agreed()
    session.say("CableCheck", FINE, {"ResponseCode": code})
    assert findings("V08", session.evidence()) == []


def test_v09_station_rejects_a_legal_request() -> None:
    session = charging(0)
    session.say("SessionStop", {}, {"ResponseCode": "FAILED_SequenceError"})
    evidence = session.evidence()
    assert findings("V09", evidence) == [(Side.STATION, 0.9)]
    (finding,) = V2G_RULES["V09"](evidence)
    assert "SessionStop after PowerDelivery" in finding.text


def test_v09_vehicle_skips_a_step() -> None:
    session = agreed()
    session.say("PreCharge", FINE, {"ResponseCode": "FAILED_SequenceError"})
    evidence = session.evidence()
    assert findings("V09", evidence) == [(Side.EV, 0.8)]
    (finding,) = V2G_RULES["V09"](evidence)
    assert "PreCharge after ChargeParameterDiscovery" in finding.text


def test_v09_spares_an_odd_order_the_station_accepts() -> None:
    session = agreed()
    session.say("PreCharge", FINE, READY)
    assert findings("V09", session.evidence()) == []


def test_v15_other_transfer_type_than_offered() -> None:
    evidence = agreed(mode="DC_extended", offers=("AC_three_phase_core",)).evidence()
    assert findings("V15", evidence) == [(Side.CONFIGURATION, 0.9)]


def test_v15_vehicle_leaves_when_it_sees_the_offer() -> None:
    session = talking()
    modes = {"ChargeService": {"SupportedEnergyTransferMode": {"EnergyTransferMode": ["AC_three_phase_core"]}}}
    session.say("SessionSetup")
    session.say("ServiceDiscovery", {}, modes)
    session.say("PaymentServiceSelection")
    assert findings("V15", session.evidence(watched=1)) == []
    session.close(by="ev")
    evidence = session.evidence()
    assert findings("V15", evidence) == [(Side.CONFIGURATION, 0.7)]
    (finding,) = V2G_RULES["V15"](evidence)
    assert "most likely it wants DC" in finding.text


def test_v15_spares_another_kind_of_dc() -> None:
    assert findings("V15", agreed(mode="DC_core", offers=("DC_extended",)).evidence()) == []


def paying(chosen: str, code: str = "OK") -> V2gEvidence:
    session = talking()
    session.say("ServiceDiscovery", {}, {"PaymentOptionList": {"PaymentOption": ["ExternalPayment"]}})
    session.say("PaymentServiceSelection", {"SelectedPaymentOption": chosen}, {"ResponseCode": code})
    return session.evidence()


def test_v16_payment_not_offered() -> None:
    assert findings("V16", paying("Contract")) == [(Side.CONFIGURATION, 0.9)]
    assert findings("V16", paying("ExternalPayment", "FAILED_PaymentSelectionInvalid")) == [(Side.CONFIGURATION, 0.9)]


def test_v16_spares_what_is_offered() -> None:
    assert findings("V16", paying("ExternalPayment")) == []


def test_v17_unreadable_message_that_ends_it() -> None:
    session = charging()
    broken = Broken(99, session.wait(1), True, "bit 40: no such event")
    assert findings("V17", session.evidence(broken=(broken,))) == [(Side.EV, 0.8)]


def test_v17_unreadable_message_in_the_middle_is_a_quirk() -> None:
    session = stopping(charging())
    broken = Broken(20, START, False, "bit 40: no such event")
    (finding,) = V2G_RULES["V17"](session.evidence(broken=(broken,)))
    assert (finding.side, finding.quirk) == (Side.STATION, True)


def test_v17_impossible_charge() -> None:
    session = charging()
    demand(session, ev={"DC_EVStatus": {"EVErrorCode": "NO_ERROR", "EVRESSSOC": 101}})
    assert findings("V17", session.evidence()) == [(Side.EV, 0.4)]
    assert findings("V17", charging().evidence()) == []


def test_v17_station_reports_fifty_times_its_limit() -> None:
    session = charging()
    limit = {"EVSEMaximumCurrentLimit": value(30, "A")}
    demand(session, station={**READY, **limit, "EVSEPresentCurrent": value(1503, "A")})
    (finding,) = V2G_RULES["V17"](session.evidence())
    assert (finding.side, finding.quirk) == (Side.STATION, True)
    assert "1503 A" in finding.text
    session = charging()
    demand(session, station={**READY, **limit, "EVSEPresentCurrent": value(31, "A")})
    assert findings("V17", session.evidence()) == []
