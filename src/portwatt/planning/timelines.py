"""What is taken when, in whole seconds from the horizon's start: bays, lanes, vehicles as stretches; power as slots."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

FOREVER = 1 << 40
"""Later than any moment of any plan, in seconds."""


class Busy:
    """Stretches of time in which one thing is taken; they never overlap."""

    __slots__ = ("ends", "starts")

    def __init__(self, stretches: Sequence[tuple[int, int]] = ()) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []
        for start, end in sorted(stretches):
            if self.ends and start <= self.ends[-1]:
                self.ends[-1] = max(self.ends[-1], end)
            elif start < end:
                self.starts.append(start)
                self.ends.append(end)

    def earliest(self, moment: int, duration: int) -> int:
        """First moment from `moment` on at which it is free for `duration`."""
        ends = self.ends
        index = bisect_right(ends, moment)
        for start in self.starts[index:]:
            if moment + duration <= start:
                return moment
            moment = max(moment, ends[index])
            index += 1
        return moment

    def free_until(self, moment: int) -> int:
        """When the free stretch that holds `moment` ends."""
        index = bisect_right(self.starts, moment)
        return self.starts[index] if index < len(self.starts) else FOREVER

    def take(self, start: int, end: int) -> None:
        """Mark a free stretch as taken."""
        index = bisect_left(self.starts, start)
        self.starts.insert(index, start)
        self.ends.insert(index, end)

    def cover(self, start: int, end: int) -> None:
        """Mark a stretch as taken, whatever of it is taken already."""
        merged = Busy([*zip(self.starts, self.ends, strict=True), (start, end)])
        self.starts, self.ends = merged.starts, merged.ends


class PowerSlots:
    """Watts left in each slot. A load takes its highest power for the whole slot, so every instant holds too."""

    __slots__ = ("free", "length")

    def __init__(self, free: list[int], length: int) -> None:
        self.free = free
        self.length = length

    def take(self, stretches: Sequence[tuple[int, int, int]]) -> None:
        """Take the power of (start, end, watts) stretches of one load."""
        most: dict[int, int] = {}
        for start, end, watts in stretches:
            for slot in range(max(0, start) // self.length, -(-end // self.length)):
                if watts > most.get(slot, 0):
                    most[slot] = watts
        for slot, watts in most.items():
            if slot < len(self.free):
                self.free[slot] -= watts

    def least(self, start: int, end: int) -> int:
        """Least power free throughout a stretch."""
        return min(self.free[max(0, start) // self.length : -(-end // self.length)], default=0)
