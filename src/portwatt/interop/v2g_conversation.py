"""The messages of one connection: decoded in the dialect that was negotiated, paired, long loops thinned."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Protocol

from portwatt.interop.v2g_evidence import Broken, Exchange, Said, Sample, quantity
from portwatt.interop.v2g_limits import response_limit
from portwatt.wire.exi.bits import ExiError
from portwatt.wire.exi.v2g import Dialect, V2gMessage, dialect_of
from portwatt.wire.v2g.stream import StreamMessage
from portwatt.wire.v2g.v2gtp import PayloadType

_TWENTY = "urn:iso:std:iso:15118:-20:"
_BY_TYPE = {
    PayloadType.MAIN_20: Dialect.ISO20_COMMON,
    PayloadType.AC_20: Dialect.ISO20_AC,
    PayloadType.DC_20: Dialect.ISO20_DC,
}
_KEPT_AT_ENDS = 100
"""Exchanges kept at either end of a loop; in between only what is out of the ordinary."""
_MAX_ODD = 1000
_MAX_SAMPLES = 2000
_SAMPLED = frozenset({"CableCheck", "PreCharge", "CurrentDemand", "DC_CableCheck", "DC_PreCharge", "DC_ChargeLoop"})
_STATES = ("EVErrorCode", "EVSEStatusCode", "EVSENotification", "EVSEIsolationStatus", "EVReady", "EVSEProcessing")


class Decoder(Protocol):
    """What turns payloads into messages: `portwatt.wire.exi.v2g.V2gCodecs`."""

    def decode(self, dialect: Dialect, data: bytes) -> V2gMessage:
        """Raises ExiError."""
        ...

    def recognise(self, data: bytes) -> Dialect | None:
        """Which dialect a payload begins like, for captures that begin after the negotiation."""
        ...


class Conversation:
    """Takes messages in the order they were seen."""

    def __init__(self, decoder: Decoder | None) -> None:
        self.exchanges: list[Exchange] = []
        self.broken: list[Broken] = []
        self.counts: Counter[str] = Counter()
        self.curve: list[Sample] = []
        self.opaque = 0
        """Payloads that could not be decoded because their schema is not known here."""
        self._decoder = decoder
        self._dialect: Dialect | None = None
        self._foreign = False
        """A protocol was agreed whose schema nobody here has."""
        self._offered: dict[int, str] = {}
        self._stride = 1
        self._run = 0
        self._odd = 0

    def hear(self, message: StreamMessage, from_ev: bool) -> None:
        """One V2GTP message; `from_ev` as TCP has it, which a decoded name overrules."""
        dialect = self._dialect_for(message)
        if self._decoder is None or dialect is None:
            self.opaque += 1
            return
        try:
            decoded = self._decoder.decode(dialect, message.payload)
        except ExiError as error:
            text = f"no message of {dialect.label} can be read: {error}"
            self._note(Broken(message.last, message.at, from_ev, text))
            return
        self._negotiate(decoded)
        said = Said(decoded, decoded.name.endswith("Req"), message.first, message.last, message.at)
        self._pair(said)

    def _note(self, broken: Broken) -> None:
        if len(self.broken) < _MAX_ODD:
            self.broken.append(broken)

    def _dialect_for(self, message: StreamMessage) -> Dialect | None:
        if message.kind != PayloadType.EXI:
            return _BY_TYPE.get(PayloadType(message.kind)) if message.kind in _BY_TYPE else None
        if self._decoder is None or self._foreign:
            return None
        if self._dialect is None:
            found = self._decoder.recognise(message.payload)
            if found is not Dialect.SAP:
                self._dialect = found
            return found
        return self._dialect

    def _negotiate(self, message: V2gMessage) -> None:
        """Remember what the vehicle offers, and take what the station chooses (ISO 15118-2 clause 8.2)."""
        if message.name == "supportedAppProtocolReq":
            self._offered = {
                offer["SchemaID"]: offer["ProtocolNamespace"] for offer in message.body.get("AppProtocol", ())
            }
        elif message.name == "supportedAppProtocolRes":
            chosen = self._offered.get(message.body.get("SchemaID", -1), "")
            self._dialect = dialect_of(chosen)
            self._foreign = bool(chosen) and self._dialect is None and not chosen.startswith(_TWENTY)

    def _pair(self, said: Said) -> None:
        name = said.message.name
        base = name.removesuffix("Req").removesuffix("Res")
        last = self.exchanges[-1] if self.exchanges else None
        if not said.from_ev and last is not None and last.name == base and last.response is None:
            self.exchanges[-1] = exchange = Exchange(base, last.request, said)
            self._sample(exchange)
            return
        self._thin(base)
        self.exchanges.append(Exchange(base, said, None) if said.from_ev else Exchange(base, None, said))
        self.counts[base] += 1

    def _thin(self, coming: str) -> None:
        """Drop one ordinary exchange from the middle of a long run of the same kind."""
        if not self.exchanges or self.exchanges[-1].name != coming:
            self._run = 0
        self._run += 1
        if self._run <= 2 * _KEPT_AT_ENDS:
            return
        middle, before = self.exchanges[-_KEPT_AT_ENDS], self.exchanges[-_KEPT_AT_ENDS - 1]
        if not _ordinary(middle, before):
            self._odd += 1
            if self._odd <= _MAX_ODD:
                return
        del self.exchanges[-_KEPT_AT_ENDS]

    def _sample(self, exchange: Exchange) -> None:
        if exchange.name not in _SAMPLED or self.counts["samples"] % self._stride:
            self.counts["samples"] += exchange.name in _SAMPLED
            return
        self.counts["samples"] += 1
        self.curve.append(_sample(exchange))
        if len(self.curve) > _MAX_SAMPLES:
            del self.curve[1::2]
            self._stride *= 2


def _ordinary(exchange: Exchange, before: Exchange) -> bool:
    """Answered in time, without failure, and with the same states as the one before."""
    if exchange.request is None or exchange.response is None or not exchange.code.startswith("OK"):
        return False
    delay = exchange.delay
    if delay is None or delay > response_limit(exchange.name, exchange.request.message.dialect):
        return False
    return all(
        exchange.asked(key) == before.asked(key) and exchange.answered(key) == before.answered(key) for key in _STATES
    )


def _sample(exchange: Exchange) -> Sample:
    at: datetime = exchange.end
    soc = exchange.asked("EVRESSSOC")
    if soc is None:
        soc = exchange.asked("PresentSOC")
    volts, amperes = (
        quantity(exchange.answered("EVSEPresentVoltage")),
        quantity(exchange.answered("EVSEPresentCurrent")),
    )
    return at, volts, amperes, float(soc) if isinstance(soc, int) else None
