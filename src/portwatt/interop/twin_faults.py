"""What the faults of a script make of a message of GB/T 27930 before it goes on the bus."""

from __future__ import annotations

from portwatt.interop.twin_script import (
    During,
    Extra,
    LostPacket,
    NotCleared,
    Override,
    Reshape,
    Script,
    Silence,
    ZeroSpare,
)
from portwatt.wire.gbt27930.codec import Layout, Values
from portwatt.wire.gbt27930.decoder import Layouts
from portwatt.wire.gbt27930.identifier import Address


class Faults:
    """The faults of one session, with what of them is used up. Times in seconds from its start."""

    def __init__(self, script: Script, layouts: Layouts) -> None:
        self._script, self._layouts = script, layouts
        self._first_said: dict[str, float] = {"": 0.0}
        self._uncleared = {f.code: f.times for f in script.faults if isinstance(f, NotCleared)}
        self._losses = {(f.code, f.packet): f.times for f in script.faults if isinstance(f, LostPacket)}
        self._extra: dict[str, float] = {}

    def note(self, code: str, now: float) -> None:
        """A message was said; stretches of time may begin with it."""
        self._first_said.setdefault(code, now)

    def payload(self, sender: Address, code: str, values: Values, now: float) -> bytes | None:
        """What is sent of a message; None: nothing. Raises GbtValueError when an override does not fit its field."""
        faults = [f for f in self._script.faults if f.code == code]
        if any(isinstance(f, Silence) and self.holds(f.during, now) for f in faults):
            return None
        changed = {f.field: f.value for f in faults if isinstance(f, Override) and self.holds(f.during, now)}
        layout = self._layouts.by_code[code]
        edition = self._script.vehicle_speaks if sender is Address.BMS else self._script.edition
        lengths = self._layouts.tables.lengths(code, edition)
        length = lengths[0] if lengths else None
        kept = {n: v for n, v in values.items() if length is None or _fits(layout, n, length)}
        payload = layout.write({**kept, **changed}, length)
        for fault in faults:
            if isinstance(fault, Reshape):
                payload = payload[: fault.length].ljust(fault.length, b"\xff")
            elif isinstance(fault, ZeroSpare):
                raw = int.from_bytes(payload, "little") & ~layout.spare_bits(len(payload))
                payload = raw.to_bytes(len(payload), "little")
        return payload

    def out_of_turn(self, sender: Address, now: float) -> list[tuple[str, Values]]:
        """Messages the script sends though it is not their time."""
        found = []
        for fault in self._script.faults:
            if not isinstance(fault, Extra) or self._layouts.by_code[fault.code].table.sender is not sender:
                continue
            if self.holds(fault.during, now) and now >= self._extra.get(fault.code, now) - 1e-9:
                self._extra[fault.code] = now + fault.period
                found.append((fault.code, fault.values))
        return found

    def holds(self, during: During, now: float) -> bool:
        """Whether it is the time of a fault."""
        since = self._first_said.get(during.since)
        return since is not None and during.after <= now - since + 1e-9 < during.until

    def uncleared(self, code: str) -> bool:
        """Whether the receiver leaves this announcement without an answer; once each."""
        left = self._uncleared.get(code, 0)
        if left > 0:
            self._uncleared[code] = left - 1
        return left > 0

    def lost(self, code: str, packet: int) -> bool:
        """Whether this packet is lost; once each."""
        left = self._losses.get((code, packet), 0)
        if left > 0:
            self._losses[code, packet] = left - 1
        return left > 0


def _fits(layout: Layout, name: str, length: int) -> bool:
    field = layout.table.field(name)
    return field.start + field.bits <= length * 8
