"""The stages of a CCS2 attempt as a timeline, with how long each may take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from portwatt.interop.finding import StageSpan
from portwatt.interop.v2g_evidence import Exchange, V2gEvidence
from portwatt.interop.v2g_limits import CABLE_CHECK, ONGOING, SDP, SET_UP, SLAC, pre_charge_limit
from portwatt.wire.exi.v2g import Dialect
from portwatt.wire.v2g.sdp import SdpResponse
from portwatt.wire.v2g.slac import Slac

_STAGES: Mapping[str, str] = {
    "supportedAppProtocol": "protocol",
    "SessionSetup": "session set-up",
    "ServiceDiscovery": "services",
    "ServiceDetail": "services",
    "ServiceSelection": "services",
    "ServicePaymentSelection": "services",
    "PaymentServiceSelection": "services",
    "CertificateInstallation": "authorisation",
    "CertificateUpdate": "authorisation",
    "PaymentDetails": "authorisation",
    "AuthorizationSetup": "authorisation",
    "Authorization": "authorisation",
    "ContractAuthentication": "authorisation",
    "ChargeParameterDiscovery": "charge parameters",
    "DC_ChargeParameterDiscovery": "charge parameters",
    "AC_ChargeParameterDiscovery": "charge parameters",
    "ScheduleExchange": "charge parameters",
    "CableCheck": "cable check",
    "DC_CableCheck": "cable check",
    "PreCharge": "pre-charge",
    "DC_PreCharge": "pre-charge",
    "CurrentDemand": "charging",
    "ChargingStatus": "charging",
    "DC_ChargeLoop": "charging",
    "AC_ChargeLoop": "charging",
    "MeteringReceipt": "charging",
    "WeldingDetection": "welding detection",
    "DC_WeldingDetection": "welding detection",
    "SessionStop": "session stop",
}
_LAST = "session stop"


def stages(evidence: V2gEvidence) -> tuple[StageSpan, ...]:
    """SLAC, SDP, connection, then the stages of the conversation in the order they came. The last one is completed
    only where the session was stopped and the station agreed."""
    spans = [*_below(evidence), *_talk(evidence)]
    return tuple(spans)


def _below(evidence: V2gEvidence) -> Iterator[StageSpan]:
    spoken = [seen for seen in evidence.slac if seen.message.kind not in (Slac.SET_KEY_REQ, Slac.SET_KEY_CNF)]
    if spoken:
        matched = [seen for seen in spoken if seen.message.kind is Slac.MATCH_CNF]
        last = matched[-1] if matched else spoken[-1]
        frames = (spoken[0].number, last.number)
        yield StageSpan("SLAC", spoken[0].at, last.at, frames, SLAC, bool(matched))
    if evidence.sdp:
        first, last_sdp = evidence.sdp[0], evidence.sdp[-1]
        answered = any(isinstance(seen.message, SdpResponse) for seen in evidence.sdp)
        yield StageSpan("SDP", first.at, last_sdp.at, (first.number, last_sdp.number), SDP, answered)
    connection = evidence.connection
    if connection is not None and connection.opened is not None:
        end = connection.accepted or connection.refused or connection.opened
        frames = (connection.opened.number, end.number)
        yield StageSpan("connection", connection.opened.at, end.at, frames, SET_UP, connection.accepted is not None)


def _talk(evidence: V2gEvidence) -> Iterator[StageSpan]:
    runs: list[tuple[str, list[Exchange]]] = []
    for exchange in evidence.exchanges:
        name = stage_of(exchange)
        if not runs or runs[-1][0] != name:
            runs.append((name, []))
        runs[-1][1].append(exchange)
    for i, (name, run) in enumerate(runs):
        left = i + 1 < len(runs)
        done = left if name != _LAST else run[-1].code.startswith("OK")
        start, end = run[0].at, run[-1].end
        frames = (run[0].frames[0], run[-1].frames[-1])
        yield StageSpan(name, start, end, frames, _limit(name, evidence.dialect), done)


def stage_of(exchange: Exchange) -> str:
    """The stage an exchange belongs to."""
    if exchange.name == "PowerDelivery":
        begins = exchange.asked("ReadyToChargeState") is True or exchange.asked("ChargeProgress") == "Start"
        return "power on" if begins else "power off"
    return _STAGES.get(exchange.name, exchange.name)


def _limit(stage: str, dialect: Dialect | None) -> timedelta | None:
    limits = {
        "cable check": CABLE_CHECK,
        "pre-charge": pre_charge_limit(dialect),
        "authorisation": ONGOING,
        "charge parameters": ONGOING,
    }
    return limits.get(stage)
