"""The quickest ways over the legs of a hub file, so that a file lists roads and a plan finds every pair of places."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from datetime import timedelta

from portwatt.ids import PlaceId
from portwatt.model.place import Leg
from portwatt.units import Distance


def completed(legs: Iterable[Leg]) -> tuple[Leg, ...]:
    """The given legs, unchanged, and for every other pair of places one leg along the quickest way, if there is one."""
    given = {(leg.origin, leg.destination): leg for leg in legs}
    roads: dict[PlaceId, list[Leg]] = {}
    for leg in given.values():
        roads.setdefault(leg.origin, []).append(leg)
        roads.setdefault(leg.destination, [])
    made = [leg for origin in roads for leg in _from(origin, roads) if (leg.origin, leg.destination) not in given]
    return (*given.values(), *made)


def reached(start: str, ways: Iterable[tuple[str, str]]) -> set[str]:
    """Places that can be driven to from `start`, itself included."""
    roads: dict[str, list[str]] = {}
    for origin, destination in ways:
        roads.setdefault(origin, []).append(destination)
    found, waiting = {start}, [start]
    while waiting:
        for place in roads.get(waiting.pop(), []):
            if place not in found:
                found.add(place)
                waiting.append(place)
    return found


def _from(origin: PlaceId, roads: dict[PlaceId, list[Leg]]) -> Iterator[Leg]:
    """Quickest ways from one place to all others (Dijkstra); of two as quick the shorter, so the result is one."""
    queue: list[tuple[timedelta, int, PlaceId]] = [(timedelta(0), 0, origin)]
    done: set[PlaceId] = set()
    while queue:
        duration, metres, place = heapq.heappop(queue)
        if place in done:
            continue
        done.add(place)
        if place != origin:
            yield Leg(origin, place, Distance(metres), duration)
        for leg in roads[place]:
            heapq.heappush(queue, (duration + leg.duration, metres + leg.distance.m, leg.destination))
