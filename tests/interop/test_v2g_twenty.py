"""A session of ISO 15118-20 from bytes to verdict: encoded here, since no capture of one is at hand."""

from __future__ import annotations

from typing import Any

from v2g_frames import FIN, Recorder, Wire

from portwatt.gateways.gbt_tables import load_gbt
from portwatt.gateways.v2g_schemas import load_v2g
from portwatt.interop.examine import examine
from portwatt.interop.finding import Outcome, Side, Verdict
from portwatt.wire.exi.v2g import Dialect, V2gMessage
from portwatt.wire.v2g.v2gtp import build_v2gtp

ID = bytes.fromhex("0102030405060708")
KINDS = {Dialect.SAP: 0x8001, Dialect.ISO20_COMMON: 0x8002, Dialect.ISO20_DC: 0x8004}
COMMON, DC = Dialect.ISO20_COMMON, Dialect.ISO20_DC
OK: dict[str, Any] = {"ResponseCode": "OK"}


def rational(value: int) -> dict[str, int]:
    return {"Exponent": 0, "Value": value}


class Twenty:
    def __init__(self) -> None:
        self.recorder = Recorder()
        self.recorder.slac()
        self.recorder.sdp()
        self.wire = Wire(self.recorder)
        self.wire.open()
        self.codecs = load_v2g()
        namespace = {"ProtocolNamespace": "urn:iso:std:iso:15118:-20:DC", "VersionNumberMajor": 1}
        offer = {**namespace, "VersionNumberMinor": 0, "SchemaID": 1, "Priority": 1}
        chosen = {"ResponseCode": "OK_SuccessfulNegotiation", "SchemaID": 1}
        self.say(Dialect.SAP, "supportedAppProtocol", {"AppProtocol": [offer]}, chosen)

    def say(
        self, dialect: Dialect, name: str, request: dict[str, Any], response: dict[str, Any], *, delay: float = 0.05
    ) -> None:
        for suffix, body, ev, after in (("Req", request, True, 0.1), ("Res", response, False, delay)):
            header = {} if dialect is Dialect.SAP else {"SessionID": ID, "TimeStamp": 1_700_000_000}
            message = V2gMessage(dialect, f"{name}{suffix}", header.get("SessionID", b""), header, body)  # type: ignore[arg-type]
            self.wire.send(build_v2gtp(KINDS[dialect], self.codecs.encode(message)), ev=ev, after=after)

    def begin(self) -> None:
        self.say(COMMON, "SessionSetup", {"EVCCID": "WMIV1234567890ABCDEX"}, {**OK, "EVSEID": "DE*PW1*E1"})
        for word in ("Ongoing", "Finished"):
            self.say(DC, "DC_CableCheck", {}, {**OK, "EVSEProcessing": word})
        volts = {"EVProcessing": "Finished", "EVPresentVoltage": rational(400), "EVTargetVoltage": rational(400)}
        self.say(DC, "DC_PreCharge", volts, {**OK, "EVSEPresentVoltage": rational(400)})
        self.power("Start")

    def power(self, progress: str) -> None:
        self.say(COMMON, "PowerDelivery", {"EVProcessing": "Finished", "ChargeProgress": progress}, OK)

    def loop(self, count: int, status: dict[str, Any] | None = None) -> None:
        wish = {"EVTargetCurrent": rational(100), "EVTargetVoltage": rational(400)}
        request = {
            "MeterInfoRequested": False,
            "EVPresentVoltage": rational(400),
            "Scheduled_DC_CLReqControlMode": wish,
        }
        response = {
            **OK,
            **({"EVSEStatus": status} if status else {}),
            "EVSEPresentCurrent": rational(99),
            "EVSEPresentVoltage": rational(400),
            "EVSEPowerLimitAchieved": False,
            "EVSECurrentLimitAchieved": False,
            "EVSEVoltageLimitAchieved": False,
            "Scheduled_DC_CLResControlMode": {},
        }
        for _ in range(count):
            self.say(DC, "DC_ChargeLoop", request, response)

    def stop(self) -> None:
        self.power("Stop")
        self.say(COMMON, "SessionStop", {"ChargingSession": "Terminate"}, OK)
        self.wire.end(FIN | 16, ev=True)

    def verdict(self) -> Verdict:
        return examine(self.recorder.frames, "twenty", load_gbt(), self.codecs)


def test_session_that_charges_and_stops() -> None:
    session = Twenty()
    session.begin()
    session.loop(30)
    session.stop()
    verdict = session.verdict()
    (attempt,) = verdict.attempts
    assert attempt.protocol == "ISO 15118-20"
    assert verdict.first_finding is None
    assert verdict.outcome is Outcome.STOPPED
    assert [stage.stage for stage in attempt.stages][-5:] == [
        "pre-charge",
        "power on",
        "charging",
        "power off",
        "session stop",
    ]
    assert attempt.curve[-1][1:3] == (400.0, 99.0)
    assert "WMIV1234567890ABCDEX" not in str(attempt)


def test_station_that_asks_to_end_it() -> None:
    session = Twenty()
    session.begin()
    session.loop(10)
    session.loop(1, {"NotificationMaxDelay": 0, "EVSENotification": "Terminate"})
    session.stop()
    verdict = session.verdict()
    assert verdict.first_finding is not None
    assert (verdict.outcome, verdict.first_finding.rule) == (Outcome.STOPPED, "V12")


def test_vehicle_that_leaves_the_loop_without_a_word() -> None:
    session = Twenty()
    session.begin()
    session.loop(10)
    session.wire.end(FIN | 16, ev=True)
    session.recorder.wait(30)
    verdict = session.verdict()
    found = verdict.first_finding
    assert found is not None
    assert (verdict.outcome, found.rule, found.side) == (Outcome.ABNORMAL, "V14", Side.EV)
