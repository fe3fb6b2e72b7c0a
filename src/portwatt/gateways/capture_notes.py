"""What a reader notes while it goes through a capture."""

from __future__ import annotations


class UnreadableError(Exception):
    """From here on the file makes no sense. Told as a remark, never let out of the readers."""


class CaptureNotes:
    """Frames read, lines left out and why it ended before the end of the file."""

    def __init__(self) -> None:
        self.frames = 0
        self._left_out: dict[str, tuple[int, int]] = {}
        self._said: list[str] = []

    def next_number(self) -> int:
        """Number of the next frame, from 1."""
        self.frames += 1
        return self.frames

    def say(self, remark: str) -> None:
        """Something a reader of the verdict has to know; said once."""
        if remark not in self._said:
            self._said.append(remark)

    def leave_out(self, what: str, where: int) -> None:
        """One more line or block of a kind that is left out; the first place is kept."""
        first, count = self._left_out.get(what, (where, 0))
        self._left_out[what] = (first, count + 1)

    def stopped(self, reason: str) -> None:
        """Reading ended before the end of the file."""
        self.say(f"read up to frame {self.frames}, then: {reason}")

    def lines(self) -> tuple[str, ...]:
        left_out = (
            f"left out {count} × {what}, first at {first}" for what, (first, count) in sorted(self._left_out.items())
        )
        return (*self._said, *left_out)
