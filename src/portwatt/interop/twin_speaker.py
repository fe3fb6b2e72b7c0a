"""One side of GB/T 27930 on a live bus: hears frames, says frames, long messages and version offers among them.

Sans-I/O: whoever owns the bus hands on what it receives and sends what is due, every 10 ms or so. Times in seconds
from the start of the session. Faults of the script act on what this side says, and on what it clears for the other.
"""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

from portwatt.interop.twin_faults import Faults
from portwatt.interop.twin_script import Script, VersionAnswer
from portwatt.interop.twin_sides import Charger, Phase, Side, Vehicle
from portwatt.wire.gbt27930.codec import Layout, Message, Values
from portwatt.wire.gbt27930.decoder import Decoder, Layouts
from portwatt.wire.gbt27930.identifier import VERSION, WITHOUT_PRIORITY, Address, identifier
from portwatt.wire.gbt27930.negotiation import NEGOTIATED, NegotiationResult, VersionOffer, write_offer
from portwatt.wire.gbt27930.transport import (
    SHORTEST,
    Control,
    abort,
    acknowledge,
    clear,
    management_id,
    packet_id,
    packets,
    request,
)

TICK: Final = timedelta(milliseconds=10)
"""How often a side is asked what is due: the shortest period of the tables is five of them."""
_TRIES: Final = 3
_OFFER_EVERY: Final = 0.05
_ANSWERS: Final = {
    VersionAnswer.ACCEPTS: (NegotiationResult.SUCCESS, NEGOTIATED),
    VersionAnswer.OLDER: (NegotiationResult.CONTINUE, "1.1"),
    VersionAnswer.REFUSES: (NegotiationResult.FAIL, NEGOTIATED),
}

Wire = tuple[int, bytes]
"""29-bit identifier and payload of one frame."""


class _Outgoing(Struct):
    """A long message this side has under way."""

    layout: Layout
    payload: bytes
    announced: float = -1.0
    tries: int = 0
    left: deque[bytes] = deque()
    sent: bool = False


class Speaker:
    """The vehicle (BMS) or the charger of a script, against whoever is on the other end."""

    def __init__(self, role: Address, script: Script, layouts: Layouts) -> None:
        self.role = role
        self._script, self._layouts = script, layouts
        self.side: Side = (
            Charger(script, layouts.tables) if role is Address.CHARGER else Vehicle(script, layouts.tables)
        )
        self._faults = Faults(script, layouts)
        self._decoder = Decoder(layouts)
        self._queue: deque[_Outgoing] = deque()
        self._out: list[Wire] = []
        self._heard = 0
        self._offered = -1.0
        self._management = management_id(role.peer) & WITHOUT_PRIORITY

    @property
    def over(self) -> bool:
        """Whether this side is done and has nothing under way."""
        return self.side.phase is Phase.OVER and not self._queue

    def hear(self, can_id: int, data: bytes, now: float) -> None:
        """Take a frame of the bus. Never raises, whatever it holds."""
        self._heard += 1
        item = self._decoder.receive(self._heard, _CLOCK + timedelta(seconds=now), can_id, data)
        if can_id & WITHOUT_PRIORITY == self._management and len(data) >= _FRAME:
            self._managed(data)
        elif isinstance(item, Message) and self._layouts.by_code[item.code].table.sender is self.role.peer:
            self._taken(item, now)
        elif isinstance(item, VersionOffer):
            self._negotiated(item, now)

    def due(self, now: float) -> list[Wire]:
        """The frames to send at this instant. Raises GbtValueError when an override does not fit its field."""
        self._offer(now)
        side = self.side
        assert isinstance(side, Charger | Vehicle)
        for code, values in [*side.due(now), *self._faults.out_of_turn(self.role, now)]:
            self._say(code, values, now)
        self._move(now)
        out, self._out = self._out, []
        return out

    def _taken(self, message: Message, now: float) -> None:
        table = self._layouts.by_code[message.code].table
        self._faults.note(message.code, now)
        if len(message.payload) >= SHORTEST:
            self._out.append((management_id(self.role), acknowledge(table.pf, len(message.payload))))
        side = self.side
        assert isinstance(side, Charger | Vehicle)
        side.hear(message.code, message.values, now)

    def _say(self, code: str, values: Values, now: float) -> None:
        self._faults.note(code, now)
        payload = self._faults.payload(self.role, code, values, now)
        if payload is None:
            return
        layout = self._layouts.by_code[code]
        if len(payload) < SHORTEST:
            self._out.append((layout.table.can_id, payload))
        elif all(waiting.layout is not layout for waiting in self._queue):
            self._queue.append(_Outgoing(layout, payload, left=deque()))

    def _move(self, now: float) -> None:
        """One step of the long message under way: announce, send what is cleared, or give up."""
        if not self._queue:
            return
        transfer = self._queue[0]
        if transfer.left:
            packet = transfer.left.popleft()
            if not self._faults.lost(transfer.layout.code, packet[0]):
                self._out.append((packet_id(self.role), packet))
            transfer.announced = now
            return
        if transfer.announced >= 0 and now - transfer.announced < self._layouts.tables.transport["T3"].total_seconds():
            return
        pf = transfer.layout.table.pf
        if transfer.tries >= _TRIES or transfer.sent:
            self._out.append((management_id(self.role), abort(pf)))
            self._queue.popleft()
            return
        transfer.announced, transfer.tries = now, transfer.tries + 1
        self._out.append((management_id(self.role), request(pf, len(transfer.payload))))

    def _managed(self, data: bytes) -> None:
        """A management frame of the other side: an announcement, or its word on what this side announced."""
        control, pf = data[0], data[6]
        if control == Control.REQUEST:
            layout = self._layouts.by_format.get((pf, self.role.peer))
            if layout is not None and not self._faults.uncleared(layout.code):
                self._out.append((management_id(self.role), clear(pf, data[3])))
            return
        if not self._queue or self._queue[0].layout.table.pf != pf:
            return
        transfer = self._queue[0]
        if control == Control.CLEAR:
            wanted = packets(transfer.payload)[max(0, data[2] - 1) :][: data[1]]
            transfer.left, transfer.sent = deque(wanted), transfer.sent or bool(wanted)
        elif control in (Control.ACKNOWLEDGE, Control.ABORT):
            self._queue.popleft()

    def _offer(self, now: float) -> None:
        """The charger's version offers, ahead of the greeting."""
        if self.role is Address.CHARGER and self.side.phase is Phase.NEGOTIATE and now >= self._offered:
            self._offered = now + _OFFER_EVERY
            offer = write_offer(NegotiationResult.CONTINUE, NEGOTIATED)
            self._out.append((identifier(VERSION, self.role, 3), offer))

    def _negotiated(self, offer: VersionOffer, now: float) -> None:
        if offer.sender is self.role:
            return
        if self.role is Address.BMS:
            answer = self._script.version_answer
            if answer is not VersionAnswer.SILENT:
                self._out.append((identifier(VERSION, self.role, 3), write_offer(*_ANSWERS[answer])))
        elif self.side.phase is Phase.NEGOTIATE:
            self.side.enter(Phase.OVER if offer.result is NegotiationResult.FAIL else Phase.GREET, now)


_FRAME: Final = 8
_CLOCK: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""The decoder wants instants; only the distance between them counts here."""
