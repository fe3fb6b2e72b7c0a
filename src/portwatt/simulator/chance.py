"""Chance in the world: one seeded stream per concern, so that a change to one does not shuffle the others."""

from __future__ import annotations

import random
from datetime import timedelta


class Chance:
    """Streams of one seed, by name. The same seed and name give the same draws on every machine."""

    def __init__(self, seed: int, world: str) -> None:
        self._root = f"{seed}/{world}"
        self._streams: dict[str, random.Random] = {}

    def stream(self, *concern: str) -> random.Random:
        """The stream of a concern, for example ("drive", truck)."""
        name = "/".join(concern)
        known = self._streams.get(name)
        if known is None:
            known = self._streams[name] = random.Random(f"{self._root}/{name}")
        return known

    def spread(self, sigma: float, *concern: str) -> float:
        """A factor around 1 with this standard deviation, kept within three of them and above a tenth."""
        drawn = self.stream(*concern).gauss(1.0, sigma)
        return max(0.1, 1 - 3 * sigma, min(1 + 3 * sigma, drawn))

    def happens(self, probability: float, *concern: str) -> bool:
        """Whether something with this probability happens this time."""
        return self.stream(*concern).random() < probability

    def minutes(self, least: float, most: float, *concern: str) -> timedelta:
        """A duration between two numbers of minutes, to the second."""
        return timedelta(seconds=round(60 * self.stream(*concern).uniform(least, most)))
