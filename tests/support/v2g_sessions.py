"""Decoded sessions of CCS2 put together message by message, for tests of the rules: no bytes needed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace
from v2g_frames import EV, START, STATION

from portwatt.interop.v2g_evidence import Connection, Exchange, Said, SdpSeen, SlacSeen, V2gEvidence
from portwatt.wire.exi.v2g import Dialect, V2gMessage
from portwatt.wire.v2g.ethernet import Endpoint
from portwatt.wire.v2g.sdp import SdpRequest, SdpResponse
from portwatt.wire.v2g.slac import Slac, SlacMessage
from portwatt.wire.v2g.tcp import Mark

ID = bytes.fromhex("0102030405060708")
EV_MAC, STATION_MAC = b"\2\0\0\0\0\1", b"\2\0\0\0\0\2"
READY = {"DC_EVSEStatus": {"EVSEStatusCode": "EVSE_Ready", "EVSENotification": "None", "EVSEIsolationStatus": "Valid"}}
FINE = {"DC_EVStatus": {"EVReady": True, "EVErrorCode": "NO_ERROR", "EVRESSSOC": 50}}
WELL = {"ResponseCode": "OK"}
MATCHED = (Slac.PARAM_REQ, Slac.PARAM_CNF, Slac.START_ATTEN_CHAR_IND, Slac.SOUND_IND, Slac.ATTEN_CHAR_IND,
           Slac.ATTEN_CHAR_RSP, Slac.MATCH_REQ, Slac.MATCH_CNF)  # fmt: skip


def value(number: float, unit: str = "V") -> dict[str, Any]:
    return {"Multiplier": 0, "Unit": unit, "Value": number}


class Session:
    """Grows message by message on a clock of its own; `evidence` is what the rules see."""

    def __init__(self, dialect: Dialect = Dialect.ISO2) -> None:
        self.dialect = dialect
        self.at = START
        self.number = 0
        self.exchanges: list[Exchange] = []
        self.slac: list[SlacSeen] = []
        self.sdp: list[SdpSeen] = []
        self.connection: Connection | None = None
        self.id = b""

    def wait(self, seconds: float) -> datetime:
        self.at += timedelta(seconds=seconds)
        return self.at

    def mark(self, after: float = 0.01) -> Mark:
        self.number += 1
        return Mark(self.number, self.wait(after))

    def match(self, *kinds: Slac) -> None:
        for kind in kinds or MATCHED:
            mark = self.mark()
            source, target = (EV_MAC, STATION_MAC) if kind.from_ev else (STATION_MAC, EV_MAC)
            self.slac.append(SlacSeen(mark.number, mark.at, SlacMessage(kind, source, target, b"12345678")))

    def find(
        self, *, tls: bool = False, offered: bool = False, port: int = STATION.port, answered: bool = True
    ) -> None:
        mark = self.mark()
        self.sdp.append(SdpSeen(mark.number, mark.at, SdpRequest(tls)))
        if answered:
            mark = self.mark()
            self.sdp.append(SdpSeen(mark.number, mark.at, SdpResponse(Endpoint(STATION.address, port), offered)))

    def connect(self) -> None:
        opened, accepted = self.mark(), self.mark()
        self.connection = Connection(EV, STATION, opened, accepted, last=accepted)

    def close(self, *, by: str = "station", after: float = 0.05) -> None:
        assert self.connection is not None
        mark = self.mark(after)
        self.connection = replace(self.connection, **{f"{by}_finished": mark})

    def say(
        self,
        name: str,
        request: dict[str, Any] | None = None,
        response: dict[str, Any] | None = None,
        *,
        after: float = 0.1,
        delay: float = 0.05,
    ) -> None:
        """One exchange; `response` is added to OK, `request` and `response` of None are empty."""
        self.exchanges.append(Exchange(name, self._said(f"{name}Req", request or {}, after), None))
        if name == "SessionSetup":
            self.id = ID
        self.exchanges[-1] = replace(
            self.exchanges[-1], response=self._said(f"{name}Res", {**WELL, **(response or {})}, delay)
        )

    def ask(self, name: str, request: dict[str, Any] | None = None, *, after: float = 0.1) -> None:
        """A request without a response."""
        self.exchanges.append(Exchange(name, self._said(f"{name}Req", request or {}, after), None))

    def _said(self, name: str, body: dict[str, Any], after: float) -> Said:
        mark = self.mark(after)
        dialect = Dialect.SAP if name.startswith("supported") else self.dialect
        message = V2gMessage(dialect, name, self.id, {"SessionID": self.id}, body)
        return Said(message, name.endswith("Req"), mark.number, mark.number, mark.at)

    def evidence(self, *, watched: float = 70, **changes: Any) -> V2gEvidence:
        """What was seen, watched for this long after its last frame."""
        connection = self.connection
        if connection is not None and connection.segments == 0:
            connection = replace(connection, segments=2 * len(self.exchanges))
        evidence = V2gEvidence(
            begin=Mark(1, START),
            end=self.at + timedelta(seconds=watched),
            slac=tuple(self.slac),
            sdp=tuple(self.sdp),
            connection=connection,
            exchanges=tuple(self.exchanges),
            ev_mac=EV_MAC,
        )
        return replace(evidence, **changes)


def talking(dialect: Dialect = Dialect.ISO2, **sdp: bool) -> Session:
    """Matched, found, connected."""
    session = Session(dialect)
    session.match()
    session.find(**sdp)
    session.connect()
    return session


def agreed(*, mode: str = "DC_extended", offers: tuple[str, ...] = ("DC_extended",)) -> Session:
    """As far as the charge parameters of an ISO 15118-2 session."""
    session = talking()
    offer = {"ProtocolNamespace": Dialect.ISO2.value, "SchemaID": 1, "Priority": 1}
    session.say(
        "supportedAppProtocol",
        {"AppProtocol": [offer]},
        {"ResponseCode": "OK_SuccessfulNegotiation", "SchemaID": 1},
    )
    session.say("SessionSetup", {"EVCCID": EV_MAC}, {"ResponseCode": "OK_NewSessionEstablished", "EVSEID": "DE*PW1"})
    modes = {"ChargeService": {"SupportedEnergyTransferMode": {"EnergyTransferMode": list(offers)}}}
    session.say("ServiceDiscovery", {}, {"PaymentOptionList": {"PaymentOption": ["ExternalPayment"]}, **modes})
    session.say("PaymentServiceSelection", {"SelectedPaymentOption": "ExternalPayment"})
    session.say("Authorization", {}, {"EVSEProcessing": "Finished"})
    ev = {**FINE, "EVMaximumVoltageLimit": value(450), "EVMaximumCurrentLimit": value(200, "A"), "FullSOC": 100}
    station = {**READY, "EVSEMinimumVoltageLimit": value(150), "EVSEMaximumVoltageLimit": value(920)}
    session.say(
        "ChargeParameterDiscovery",
        {"RequestedEnergyTransferMode": mode, "DC_EVChargeParameter": ev},
        {"EVSEProcessing": "Finished", "DC_EVSEChargeParameter": station},
    )
    return session


def checked(*, cable_check: float = 10, pre_charge: float = 2) -> Session:
    """As far as pre-charge; the loops take this many seconds."""
    session = agreed()
    steps = 20
    for step in range(steps):
        word = "Finished" if step == steps - 1 else "Ongoing"
        session.say("CableCheck", FINE, {"EVSEProcessing": word, **READY}, after=cable_check / (steps - 1) - 0.05)
    for _ in range(4):
        session.say("PreCharge", FINE, {"EVSEPresentVoltage": value(400), **READY}, after=pre_charge / 3 - 0.05)
    return session


def charging(count: int = 20, *, delay: float = 0.05) -> Session:
    """As far as energy flowing."""
    session = checked()
    session.say("PowerDelivery", {"ChargeProgress": "Start", **FINE}, READY)
    for _ in range(count):
        demand(session, delay=delay)
    return session


def demand(
    session: Session, *, delay: float = 0.05, ev: dict[str, Any] = FINE, station: dict[str, Any] = READY
) -> None:
    """One more CurrentDemand."""
    shown = {"EVSEPresentVoltage": value(400), "EVSEPresentCurrent": value(100, "A"), **station}
    session.say("CurrentDemand", {**ev, "ChargingComplete": False}, shown, delay=delay)


def stopping(session: Session, *, complete: bool = False, code: str = "OK", ev: dict[str, Any] = FINE) -> Session:
    """Power off, session stop, connection closed."""
    off = {"ChargeProgress": "Stop", "DC_EVPowerDeliveryParameter": {**ev, "ChargingComplete": complete}}
    session.say("PowerDelivery", off, READY)
    session.say("SessionStop", {"ChargingSession": "Terminate"}, {"ResponseCode": code})
    session.close(by="station")
    return session
