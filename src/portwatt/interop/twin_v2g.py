"""Plays a session of CCS2 as a script says, message by message, down to Ethernet frames. Pure.

The vehicle reacts as a real one does: it gives up over failures and late responses, and stops when it is asked to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from datetime import timedelta
from typing import Any, Final

from portwatt.errors import UsageError
from portwatt.interop.finding import Side
from portwatt.interop.twin_script import During
from portwatt.interop.twin_v2g_bodies import TARGET_SOC, Body, Station, Vehicle, offered
from portwatt.interop.twin_v2g_script import (
    Delay,
    Garbled,
    Leaves,
    Link,
    OtherId,
    Resent,
    Skipped,
    Unsaid,
    V2gFault,
    V2gOverride,
    V2gScript,
)
from portwatt.interop.v2g_evidence import find
from portwatt.interop.v2g_limits import CABLE_CHECK, ONGOING, SDP_RETRY, SDP_TRIES, pre_charge_limit, response_limit
from portwatt.model.capture import Bus, Frame
from portwatt.wire.exi.v2g import Dialect, V2gCodecs, V2gMessage
from portwatt.wire.v2g.building import (
    ACK,
    FIN,
    PUSH,
    RST,
    SYN,
    Machine,
    build_sdp_request,
    build_sdp_response,
    build_slac,
    build_tcp,
)
from portwatt.wire.v2g.v2gtp import PayloadType, build_v2gtp

EV: Final = Machine(bytes.fromhex("025057000001"))
STATION: Final = Machine(bytes.fromhex("025057000002"))
RUN_ID: Final = b"PORTWATT"
SESSION_ID: Final = bytes.fromhex("5057000000000001")
_EV_PORT, _SDP_FROM, _LISTENS, _NOBODY = 50_000, 50_001, 61_000, 61_999
_SLAC_STEP: Final = 0.02
_EV_THINKS, _STATION_THINKS = 0.05, 0.03
_RESEND: Final = 0.3
_LOOP: Final = 0.5
"""Seconds between the requests of a loop that waits."""
_STOPS: Final = frozenset(("StopCharging", "EVSE_Shutdown", "EVSE_Malfunction", "EVSE_EmergencyShutdown"))


def play_v2g(script: V2gScript, codecs: V2gCodecs) -> list[Frame]:
    """The frames of a session. Raises ExiError when an override does not fit its schema, UsageError for its path."""
    return _Played(script, codecs).run()


class _GoneError(Exception):
    """The conversation is over; never leaves this module."""


class _Line:
    """Frames in order on a clock of its own, and the numbers of one TCP connection."""

    def __init__(self, script: V2gScript) -> None:
        self.now = 0.0
        self.frames: list[Frame] = []
        self._start = script.start
        self._next = {True: 1000, False: 900_000}

    def put(self, data: bytes, after: float = 0.0) -> None:
        self.now += after
        at = self._start + timedelta(microseconds=round(self.now * 1e6))
        self.frames.append(Frame(len(self.frames) + 1, at, Bus.ETHERNET, data))

    def segment(self, from_ev: bool, flags: int, payload: bytes = b"", port: int = _LISTENS, back: int = 0) -> None:
        """One TCP segment; `back`: so many bytes before the next, for what is sent again."""
        source, target = (EV, STATION) if from_ev else (STATION, EV)
        ends = (EV.at(_EV_PORT), STATION.at(port)) if from_ev else (STATION.at(port), EV.at(_EV_PORT))
        numbers = (self._next[from_ev] - back, self._next[not from_ev] if flags & ACK else 0)
        self.put(build_tcp((source.mac, target.mac), *ends, numbers, flags, payload))
        if not back:
            self._next[from_ev] += len(payload) + bool(flags & (SYN | FIN))

    def open(self) -> None:
        self.now += 0.01
        self.segment(True, SYN)
        self.now += 0.005
        self.segment(False, SYN | ACK)
        self.segment(True, ACK)


class _Played:
    """One session under way."""

    def __init__(self, script: V2gScript, codecs: V2gCodecs) -> None:
        if script.dialect not in (Dialect.DIN, Dialect.ISO2):
            raise UsageError(f"the twin speaks DIN 70121 and ISO 15118-2, not {script.dialect.label}")
        self._script, self._codecs = script, codecs
        self._line = _Line(script)
        self._ev, self._station = Vehicle(script.dialect, script.soc), Station(script.dialect)
        self._first_said: dict[str, float] = {"": 0.0}
        self._session_id = bytes(8)
        self._closed = False

    def run(self) -> list[Frame]:
        """From SLAC to the end of the recording."""
        if self._matched() and self._found():
            self._line.open()
            with suppress(_GoneError):
                self._talk()
            self._close(Side.EV)
        # A neighbour advertisement nobody judges shows that the recorder ran on.
        self._line.put(EV.mac + STATION.mac + b"\x86\xdd" + bytes(6) + b"\x3a\xff" + bytes(32), self._script.watched)
        return self._line.frames

    def _matched(self) -> bool:
        for kind in self._script.matching:
            self._line.put(build_slac(kind, EV, STATION, RUN_ID), _SLAC_STEP)
        self._line.now += 0.5
        return len(self._script.matching) > 0 and self._script.matching[-1].name == "MATCH_CNF"

    def _found(self) -> bool:
        """SDP and the way to the connection; whether it is open for messages."""
        link, line = self._script.link, self._line
        if link is Link.NO_SDP:
            return False
        tls = link is Link.NO_TLS
        for _ in range(SDP_TRIES if link is Link.SDP_UNANSWERED else 1):
            line.put(build_sdp_request(EV, _SDP_FROM, tls=tls), SDP_RETRY.total_seconds())
        if link is Link.SDP_UNANSWERED:
            return False
        line.put(build_sdp_response(STATION, EV, _SDP_FROM, _LISTENS, tls=False), 0.01)
        if link in (Link.OTHER_PORT, Link.REFUSED):
            port = _NOBODY if link is Link.OTHER_PORT else _LISTENS
            line.now += 0.01
            line.segment(True, SYN, port=port)
            line.segment(False, RST | ACK, port=port)
        return link is Link.WELL

    def _talk(self) -> None:
        """All exchanges in their order (v2g_facts). Raises _GoneError when a side leaves."""
        ev, station, script = self._ev, self._station, self._script
        known = script.dialect in script.speaks
        chosen = {"ResponseCode": "OK_SuccessfulNegotiation", "SchemaID": 1}
        self._ask("supportedAppProtocol", offered(script.dialect), chosen if known else {"ResponseCode": _NO_PROTOCOL})
        self._ask("SessionSetup", ev.session_setup(), station.session_setup())
        self._ask("ServiceDiscovery", ev.service_discovery(), station.service_discovery())
        din = script.dialect is Dialect.DIN
        self._ask("ServicePaymentSelection" if din else "PaymentServiceSelection", ev.payment(), station.ok())
        authorise = "ContractAuthentication" if din else "Authorization"
        self._loop(authorise, script.authorising, ONGOING, lambda share: ({}, station.authorised(share >= 1)))
        self._ask("ChargeParameterDiscovery", ev.parameters(), station.parameters())
        self._loop(
            "CableCheck",
            script.cable_check,
            CABLE_CHECK,
            lambda share: (ev.cable_check(), station.cable_check(share >= 1)),
        )
        limit = pre_charge_limit(script.dialect)
        self._loop(
            "PreCharge", script.pre_charge, limit, lambda share: (ev.pre_charge(), station.pre_charge(min(1.0, share)))
        )
        if not self._ask("PowerDelivery", ev.power_delivery(on=True), station.power_delivery()):
            self._charge()
        self._stop()

    def _charge(self) -> None:
        begun, script = self._line.now, self._script
        while (elapsed := self._line.now - begun) < script.charging:
            share = elapsed / script.charging
            self._ev.soc = round(script.soc + (TARGET_SOC - script.soc) * share) if script.complete else script.soc
            if self._ask("CurrentDemand", self._ev.demand(complete=False), self._station.demand(elapsed)):
                return
        if script.complete:
            self._ev.soc = TARGET_SOC
            self._ask("CurrentDemand", self._ev.demand(complete=True), self._station.demand(elapsed))

    def _stop(self) -> None:
        complete = self._script.complete and self._ev.soc >= TARGET_SOC
        self._ask("PowerDelivery", self._ev.power_delivery(on=False, complete=complete), self._station.power_delivery())
        self._ask("SessionStop", self._ev.stop(), self._station.ok())

    def _loop(self, name: str, length: float, limit: timedelta, bodies: Callable[[float], tuple[Body, Body]]) -> None:
        """Ask again until `length` is over; after `limit` the vehicle ends the session."""
        begun = self._line.now
        while True:
            share = (self._line.now - begun) / length if length > 0 else 1.0
            stop = self._ask(name, *bodies(share))
            if stop or self._line.now - begun > limit.total_seconds() * self._script.patience:
                self._stop()
                self._close(Side.EV)
                raise _GoneError
            if share >= 1:
                return
            self._line.now += _LOOP

    def _ask(self, name: str, request: Body, response: Body) -> bool:
        """One exchange; whether the vehicle has to stop over it. Raises _GoneError when a side leaves."""
        if any(fault.exchange == name for fault in self._faults(Skipped)):
            return False
        asked = self._say(f"{name}Req", request, _EV_THINKS)
        sent = self._line.now
        if name == "SessionSetup":
            self._session_id = SESSION_ID
        answer = None if asked is None else self._say(f"{name}Res", response, _STATION_THINKS)
        limit = response_limit(name, self._script.dialect).total_seconds() * self._script.patience
        if answer is None:
            self._line.now = sent + limit + 0.1
            self._leave(Side.EV)
        assert answer is not None
        if self._line.now - sent > limit or not str(answer.get("ResponseCode", "")).startswith("OK"):
            self._leave(Side.EV)
        wishes = {find(answer, key) for key in ("EVSENotification", "EVSEStatusCode")} & _STOPS
        error = find(asked, "EVErrorCode") not in (None, "NO_ERROR")
        return bool(wishes or error or find(answer, "EVSEIsolationStatus") == "Fault")

    def _say(self, message: str, body: Body, thinks: float) -> Body | None:
        """Send a message as far as the faults let it; what was said, None where nothing readable was."""
        from_ev = message.endswith("Req")
        self._first_said.setdefault(message, self._line.now)
        faults = [f for f in self._active() if getattr(f, "message", None) == message]
        if any(isinstance(fault, Unsaid) for fault in faults):
            return None
        body = deepcopy(body)
        session_id = self._session_id
        for fault in faults:
            if isinstance(fault, V2gOverride):
                _put(message, body, fault.path, fault.value)
            elif isinstance(fault, OtherId):
                session_id = fault.session_id
            elif isinstance(fault, Delay):
                thinks += fault.seconds
        self._line.now += thinks
        payload = self._bytes(message, session_id, body)
        garbled = any(isinstance(fault, Garbled) for fault in faults)
        if garbled:
            payload = payload[:8] + b"\xff" * (len(payload) - 8)
        self._line.segment(from_ev, PUSH | ACK, payload)
        for _ in range(sum(fault.times for fault in faults if isinstance(fault, Resent))):
            self._line.now += _RESEND
            self._line.segment(from_ev, PUSH | ACK, payload, back=len(payload))
        for fault in faults:
            if isinstance(fault, Leaves):
                self._line.now += 0.02
                self._leave(fault.side)
        return None if garbled else body

    def _bytes(self, message: str, session_id: bytes, body: Body) -> bytes:
        negotiates = message.startswith("supportedAppProtocol")
        dialect = Dialect.SAP if negotiates else self._script.dialect
        header: Body = {} if negotiates else {"SessionID": session_id}
        return build_v2gtp(PayloadType.EXI, self._codecs.encode(V2gMessage(dialect, message, session_id, header, body)))

    def _active(self) -> Iterator[V2gFault]:
        """The faults whose time it is."""
        for fault in self._script.faults:
            during: During | None = getattr(fault, "during", None)
            since = None if during is None else self._first_said.get(during.since)
            if during is None or (since is not None and during.after <= self._line.now - since + 1e-9 < during.until):
                yield fault

    def _faults(self, kind: type[Skipped]) -> Iterator[Skipped]:
        return (fault for fault in self._script.faults if isinstance(fault, kind))

    def _leave(self, side: Side) -> None:
        self._close(side)
        raise _GoneError

    def _close(self, side: Side) -> None:
        """FIN of this side first, then the other's; nothing where it is closed already."""
        if self._closed:
            return
        self._closed = True
        self._line.now += 0.01
        self._line.segment(side is Side.EV, FIN | ACK)
        self._line.now += 0.01
        self._line.segment(side is not Side.EV, FIN | ACK)


_NO_PROTOCOL: Final = "Failed_NoNegotiation"


def _put(message: str, body: Body, path: str, value: Any) -> None:
    """Replace the value at a path. Raises UsageError where the message has none such."""
    *way, last = path.split(".")
    place: Any = body
    for name in way:
        place = place.get(name) if isinstance(place, dict) else None
    if not isinstance(place, dict) or (way and last not in place):
        raise UsageError(f"{message} has no field {path!r}; fields are named as in the schema, with dots between")
    place[last] = value
