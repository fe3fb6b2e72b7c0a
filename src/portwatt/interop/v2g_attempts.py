"""Attempts to charge over CCS2, found in a stream of Ethernet frames, each as evidence for the rules.

An attempt begins with SLAC, or, where a capture holds none, with SDP or a connection. It ends where the next begins.
Nothing outlives its attempt, and long loops are thinned, so memory does not grow with the capture.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from portwatt.interop.v2g_conversation import Conversation, Decoder
from portwatt.interop.v2g_evidence import Broken, Connection, SdpSeen, SlacSeen, V2gEvidence
from portwatt.model.capture import Frame
from portwatt.wire.v2g.errors import V2gError
from portwatt.wire.v2g.ethernet import Datagram, Endpoint, HomePlug, Segment, parse_ethernet
from portwatt.wire.v2g.sdp import SdpRequest, SdpResponse, parse_sdp
from portwatt.wire.v2g.slac import Slac, SlacMessage, parse_slac
from portwatt.wire.v2g.tcp import Mark, TcpConnection
from portwatt.wire.v2g.v2gtp import parse_head

_MAX_SEEN = 500
"""SLAC and SDP messages kept of one attempt."""
_NOBODYS = frozenset((Slac.SET_KEY_REQ, Slac.SET_KEY_CNF, Slac.ATTEN_PROFILE_IND))
"""What modems are told by their own hosts: no attempt begins with it."""


class V2gListener:
    """Takes Ethernet frames in the order of the capture, gives attempts as they end."""

    def __init__(self, decoder: Decoder | None) -> None:
        self._decoder = decoder
        self._draft: _Draft | None = None
        self._last: datetime | None = None
        self._remarks: Counter[str] = Counter()

    @property
    def remarks(self) -> tuple[str, ...]:
        """What could not be used, with how often."""
        return tuple(f"{count} × {text}" for text, count in sorted(self._remarks.items()))

    def take(self, frame: Frame) -> Iterator[V2gEvidence]:
        """The attempts that end with this frame: none or one."""
        self._last = frame.at if self._last is None else max(self._last, frame.at)
        mark = Mark(frame.number, frame.at)
        try:
            packet = parse_ethernet(frame.data)
            if isinstance(packet, HomePlug):
                if (message := parse_slac(packet)) is not None:
                    yield from self._slac(message, mark)
            elif isinstance(packet, Datagram):
                if (sdp := parse_sdp(packet)) is not None:
                    yield from self._sdp(sdp, mark)
            elif packet is not None:
                yield from self._segment(packet, mark)
        except V2gError as error:
            self._remarks[f"broken frame left out ({error})" if len(self._remarks) < 20 else "more broken frames"] += 1

    def close(self) -> Iterator[V2gEvidence]:
        """The attempt that was going on when the capture ended."""
        if self._draft is not None and self._last is not None:
            yield self._draft.evidence(self._last)
            self._draft = None

    def _begin(self, mark: Mark) -> Iterator[V2gEvidence]:
        if self._draft is not None:
            yield self._draft.evidence(mark.at)
        self._draft = _Draft(mark, self._decoder)

    def _slac(self, message: SlacMessage, mark: Mark) -> Iterator[V2gEvidence]:
        draft = self._draft
        if draft is not None and draft.foreign(message):
            self._remarks["SLAC message of another vehicle heard over the line, left out"] += 1
            return
        if draft is None or (message.kind is Slac.PARAM_REQ and draft.matching_over):
            if draft is None and message.kind in _NOBODYS:
                return
            yield from self._begin(mark)
        assert self._draft is not None
        if message.kind in _NOBODYS and self._draft.tcp is not None:
            return
        self._draft.slac.append(SlacSeen(mark.number, mark.at, message))
        del self._draft.slac[_MAX_SEEN:]

    def _sdp(self, message: SdpRequest | SdpResponse, mark: Mark) -> Iterator[V2gEvidence]:
        asks = isinstance(message, SdpRequest)
        if self._draft is None or (asks and self._draft.tcp is not None):
            yield from self._begin(mark)
        assert self._draft is not None
        self._draft.sdp.append(SdpSeen(mark.number, mark.at, message))
        del self._draft.sdp[_MAX_SEEN:]

    def _segment(self, segment: Segment, mark: Mark) -> Iterator[V2gEvidence]:
        draft = self._draft
        if draft is None or not draft.knows(segment):
            if not _concerns(segment, draft):
                return
            if draft is None or draft.talk.exchanges or draft.talk.opaque:
                yield from self._begin(mark)
            assert self._draft is not None
            draft = self._draft
            draft.tcp = TcpConnection(segment)
        draft.hear(segment, mark)


class _Draft:
    """An attempt under way."""

    def __init__(self, begin: Mark, decoder: Decoder | None) -> None:
        self.begin = begin
        self.slac: list[SlacSeen] = []
        self.sdp: list[SdpSeen] = []
        self.tcp: TcpConnection | None = None
        self.talk = Conversation(decoder)

    @property
    def ev_mac(self) -> bytes:
        """Of its SLAC, else of its connection; empty where neither shows it."""
        for seen in self.slac:
            if seen.message.kind.from_ev:
                return seen.message.source
        return self.tcp.side(self._ev()).mac if self.tcp else b""

    def foreign(self, message: SlacMessage) -> bool:
        """Whether another vehicle's SLAC is heard while this one's connection is open."""
        if self.tcp is None or not message.kind.from_ev or not self.slac:
            return False
        return message.source != self.ev_mac and self.open

    @property
    def matching_over(self) -> bool:
        """Whether a CM_SLAC_PARAM.REQ now begins another attempt, rather than repeating an unanswered request.

        Run ids do not tell: some vehicles use the same in every run.
        """
        if self.sdp or self.tcp is not None:
            return True
        return any(seen.message.kind not in (Slac.PARAM_REQ, Slac.PARAM_CNF, *_NOBODYS) for seen in self.slac)

    def knows(self, segment: Segment) -> bool:
        """Whether the segment belongs to the connection of this attempt."""
        if self.tcp is None:
            return False
        ends = {side.endpoint for side in self.tcp.sides}
        return ends == {segment.source, segment.target} and not self.tcp.begins_anew(segment)

    def hear(self, segment: Segment, mark: Mark) -> None:
        assert self.tcp is not None
        for message in self.tcp.receive(segment, mark.number, mark.at):
            self.talk.hear(message, segment.source == self._ev())

    @property
    def open(self) -> bool:
        """Whether its connection is there and neither side has closed it."""
        return self.tcp is not None and not any(side.finished or side.reset for side in self.tcp.sides)

    def _ev(self) -> Endpoint:
        """The vehicle's end: who opened, else who is not where SDP said the station is, else who spoke first."""
        assert self.tcp is not None
        if self.tcp.client is not None:
            return self.tcp.client
        stations = {seen.message.endpoint for seen in self.sdp if isinstance(seen.message, SdpResponse)}
        first, second = (side.endpoint for side in self.tcp.sides)
        return second if first in stations else first

    def evidence(self, end: datetime) -> V2gEvidence:
        """Everything seen, for the rules; `end`: until when it was watched."""
        return V2gEvidence(
            begin=self.begin,
            end=end,
            slac=tuple(self.slac),
            sdp=tuple(self.sdp),
            connection=self._connection() if self.tcp else None,
            exchanges=tuple(self.talk.exchanges),
            broken=(*self.talk.broken, *self._faults()),
            counts=dict(self.talk.counts),
            curve=tuple(self.talk.curve),
            ev_mac=self.ev_mac,
            opaque=self.talk.opaque,
        )

    def _connection(self) -> Connection:
        assert self.tcp is not None
        endpoint = self._ev()
        ev = self.tcp.side(endpoint)
        station = self.tcp.sides[0] if ev is self.tcp.sides[1] else self.tcp.sides[1]
        talked = ev.segments + station.segments
        return Connection(
            ev=endpoint,
            station=station.endpoint,
            opened=ev.opened,
            accepted=station.accepted,
            refused=station.reset if not talked and station.accepted is None else None,
            ev_finished=ev.finished,
            ev_reset=ev.reset,
            station_finished=station.finished,
            station_reset=station.reset,
            ev_repeats=tuple(ev.repeated),
            station_repeats=tuple(station.repeated),
            segments=talked,
            holes=(*ev.holes, *station.holes),
            tls=self.tcp.tls,
            last=self.tcp.last,
        )

    def _faults(self) -> Iterator[Broken]:
        for side in self.tcp.sides if self.tcp else ():
            for fault in side.faults:
                if "missing in the capture" not in fault.text:
                    yield Broken(fault.number, fault.at, side.endpoint == self._ev(), fault.text)


def _concerns(segment: Segment, draft: _Draft | None) -> bool:
    """Whether a connection not yet known is one of V2G: it opens where SDP pointed, or speaks V2GTP.

    While a conversation goes on, vehicles knock at other ports of the station too, for services beside charging.
    """
    stations = {seen.message.endpoint for seen in (draft.sdp if draft else ()) if isinstance(seen.message, SdpResponse)}
    if segment.syn and not segment.ack and draft is not None:
        if draft.talk.exchanges or draft.talk.opaque:
            return segment.target in stations
        return segment.target.address in {endpoint.address for endpoint in stations}
    if draft is not None and draft.tcp is not None and draft.open:
        return False  # a word of an earlier connection, still being repeated
    try:
        parse_head(segment.payload)
    except V2gError:
        return False
    return True
