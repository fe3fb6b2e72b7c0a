"""Plays a session of GB/T 27930 as a script says, frame by frame. Pure: the same script, the same frames.

A bus that lives by ticks of 10 ms: each tick both sides say what is due, faults are applied, short messages are heard
at once, long ones go packet by packet as J1939-21 says.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from portwatt.interop.twin_faults import Faults
from portwatt.interop.twin_script import Script, VersionAnswer
from portwatt.interop.twin_sides import Charger, Phase, Vehicle
from portwatt.model.capture import Bus, Frame
from portwatt.wire.gbt27930.codec import Layout, Values
from portwatt.wire.gbt27930.decoder import Layouts
from portwatt.wire.gbt27930.identifier import VERSION, Address, identifier
from portwatt.wire.gbt27930.negotiation import NEGOTIATED, NegotiationResult, write_offer
from portwatt.wire.gbt27930.transport import (
    SHORTEST,
    abort,
    acknowledge,
    clear,
    management_id,
    packet_id,
    packets,
    request,
)

_TICK: Final = 0.01
_FRAME_TIME: Final = timedelta(microseconds=540)
"""What an extended frame of eight bytes takes at 250 kbit/s."""
_TRIES: Final = 3
_REST: Final = 1.0
"""Seconds of silence after both sides are done."""


def play(script: Script, layouts: Layouts) -> list[Frame]:
    """The frames of a session. Raises GbtValueError or GbtTableError when an override does not fit its field."""
    return _Played(script, layouts).run()


class _Transfer(Struct):
    """A long message on its way."""

    layout: Layout
    payload: bytes
    state: str = "announce"
    since: float = 0.0
    tries: int = 0
    left: deque[bytes] = deque()
    lost: list[int] = []


class _Played:
    """One session under way."""

    def __init__(self, script: Script, layouts: Layouts) -> None:
        self._script, self._layouts = script, layouts
        self._sides: dict[Address, Charger | Vehicle] = {
            Address.CHARGER: Charger(script, layouts.tables),
            Address.BMS: Vehicle(script, layouts.tables),
        }
        self._frames: list[Frame] = []
        self._faults = Faults(script, layouts)
        self._queues: dict[Address, deque[_Transfer]] = {side: deque() for side in Address}
        self._free = script.start
        """When the bus is free again."""
        self._offered = -1.0

    def run(self) -> list[Frame]:
        """Tick until both are done, or the script's length is over."""
        over: float | None = None
        for tick in range(round(self._script.length / _TICK)):
            now = tick * _TICK
            self._negotiate(now)
            for address, side in self._sides.items():
                for code, values in side.due(now):
                    self._say(address, code, values, now)
                for code, values in self._faults.out_of_turn(address, now):
                    self._say(address, code, values, now)
                self._move(address, now)
            done = all(side.phase in (Phase.OVER, Phase.WAIT) for side in self._sides.values())
            over = (now if over is None else over) if done else None
            if over is not None and now - over > _REST:
                break
        return self._frames

    def _say(self, sender: Address, code: str, values: Values, now: float) -> None:
        """Send a message, as far as the faults let it."""
        self._faults.note(code, now)
        payload = self._faults.payload(sender, code, values, now)
        if payload is None:
            return
        layout = self._layouts.by_code[code]
        if len(payload) >= SHORTEST:
            queue = self._queues[sender]
            if all(waiting.layout is not layout for waiting in queue):
                queue.append(_Transfer(layout, payload, since=now, left=deque(), lost=[]))
        else:
            self._put(layout.table.can_id, payload, now)
            self._hear(sender, layout, payload, now)

    def _hear(self, sender: Address, layout: Layout, payload: bytes, now: float) -> None:
        self._sides[sender.peer].hear(layout.code, layout.read(payload), now)

    def _put(self, can_id: int, data: bytes, now: float) -> None:
        at = max(self._script.start + timedelta(seconds=now), self._free)
        self._free = at + _FRAME_TIME
        self._frames.append(Frame(len(self._frames) + 1, at, Bus.CAN, data, can_id, channel="can0"))

    def _move(self, sender: Address, now: float) -> None:
        """One step of the long message `sender` has under way."""
        queue = self._queues[sender]
        if not queue:
            return
        transfer = queue[0]
        if transfer.state == "announce":
            self._announce(sender, transfer, now)
        elif transfer.state == "wait":
            self._give_up(sender, transfer, now)
        elif transfer.left:
            self._packet(sender, transfer, now)
        else:
            self._conclude(sender, transfer, now)

    def _announce(self, sender: Address, transfer: _Transfer, now: float) -> None:
        code, pf = transfer.layout.code, transfer.layout.table.pf
        self._put(management_id(sender), request(pf, len(transfer.payload)), now)
        transfer.tries += 1
        transfer.since = now
        if self._faults.uncleared(code):
            transfer.state = "wait"
            return
        transfer.left = deque(packets(transfer.payload))
        self._put(management_id(sender.peer), clear(pf, len(transfer.left)), now)
        transfer.state = "send"

    def _give_up(self, sender: Address, transfer: _Transfer, now: float) -> None:
        """T3 without an answer: announce it again, and abort after the last try."""
        if now - transfer.since < self._layouts.tables.transport["T3"].total_seconds():
            return
        if transfer.tries < _TRIES:
            transfer.state = "announce"
            return
        self._put(management_id(sender), abort(transfer.layout.table.pf), now)
        self._queues[sender].popleft()

    def _packet(self, sender: Address, transfer: _Transfer, now: float) -> None:
        packet = transfer.left.popleft()
        if self._faults.lost(transfer.layout.code, packet[0]):
            transfer.lost.append(packet[0])
            return
        self._put(packet_id(sender), packet, now)

    def _conclude(self, sender: Address, transfer: _Transfer, now: float) -> None:
        """All was sent: ask for what is missing, or acknowledge."""
        pf = transfer.layout.table.pf
        if transfer.lost:
            number = transfer.lost.pop(0)
            self._put(management_id(sender.peer), clear(pf, 1, number), now)
            transfer.left = deque([packets(transfer.payload)[number - 1]])
            return
        self._put(management_id(sender.peer), acknowledge(pf, len(transfer.payload)), now)
        self._queues[sender].popleft()
        self._hear(sender, transfer.layout, transfer.payload, now)

    def _negotiate(self, now: float) -> None:
        """Version offers ahead of the greeting: the charger's, and the vehicle's answer."""
        charger = self._sides[Address.CHARGER]
        if charger.phase is not Phase.NEGOTIATE or now < self._offered:
            return
        self._offered = now + 0.05
        offer = write_offer(NegotiationResult.CONTINUE, NEGOTIATED)
        self._put(identifier(VERSION, Address.CHARGER, 3), offer, now)
        answer = self._script.version_answer
        if answer is VersionAnswer.SILENT or now < _ANSWER_AFTER:
            return
        self._put(identifier(VERSION, Address.BMS, 3), write_offer(*_ANSWERS[answer]), now)
        charger.enter(Phase.OVER if answer is VersionAnswer.REFUSES else Phase.GREET, now)


_ANSWER_AFTER: Final = 0.2
_ANSWERS: Final = {
    VersionAnswer.ACCEPTS: (NegotiationResult.SUCCESS, NEGOTIATED),
    VersionAnswer.OLDER: (NegotiationResult.CONTINUE, "1.1"),
    VersionAnswer.REFUSES: (NegotiationResult.FAIL, NEGOTIATED),
}


def without_times(frames: Iterable[Frame]) -> Iterator[Frame]:
    """As a recorder writes that knows no times: all alike."""
    first: datetime | None = None
    for frame in frames:
        first = first or frame.at
        yield replace(frame, at=first)


def begun_at(frames: Iterable[Frame], number: int) -> Iterator[Frame]:
    """As a recorder writes that was switched on late: without the frames before `number`, numbered anew."""
    kept = (frame for frame in frames if frame.number >= number)
    return (replace(frame, number=position) for position, frame in enumerate(kept, start=1))


def with_foreign(frames: Iterable[Frame], can_id: int = 0x0070F4B5, every: int = 20) -> Iterator[Frame]:
    """With frames of another speaker between them."""
    number = 0
    for position, frame in enumerate(frames):
        if position % every == 0:
            number += 1
            yield replace(frame, number=number, can_id=can_id, data=b"\x00\x00\xb5")
        number += 1
        yield replace(frame, number=number)


def candump(frames: Iterable[Frame]) -> Iterator[str]:
    """Lines as the candump tool of can-utils writes them: "(seconds) channel IDENTIFIER#DATA"."""
    for frame in frames:
        can_id = frame.can_id or 0
        name = f"{can_id:08X}" if frame.extended else f"{can_id:03X}"
        yield f"({frame.at.timestamp():.6f}) {frame.channel or 'can0'} {name}#{frame.data.hex().upper()}"
