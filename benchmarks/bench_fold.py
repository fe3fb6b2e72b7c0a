"""Events per CPU-second through the fold: a virtual day at Ningbo as the simulator lived it, and a made-up busy one.

Beside it, on the same events: reading them from the bytes of the log (msgspec), and the least any fold could do, which
is to keep the last event of each kind and thing in a mutable dict.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from benchmarks.day import made_up
from benchmarks.figures import Figure, least_cpu
from portwatt.events import AnyEvent
from portwatt.simulator.scenario import load_scenario
from portwatt.simulator.virtual import simulate_hub
from portwatt.state import fold
from portwatt.store.jsonl import read_log

TARGET = 100_000
BUSY = 100_000
SCENARIO = Path(__file__).parents[1] / "scenarios" / "ningbo.toml"
THINGS = ("transaction", "evse", "truck", "move", "train", "station", "id")


def lived(hours: float = 24, seed: int = 7) -> list[AnyEvent]:
    """The log of a virtual day: every kind of event, in the order and mix the simulator brings them."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "day.jsonl"
        simulate_hub(load_scenario(SCENARIO), hours, seed, log=log)
        return [record.event for record in read_log(log)]


def overwrite(events: Sequence[AnyEvent]) -> dict[type, dict[object, AnyEvent]]:
    """Keep the last event of each kind and thing: no history, no snapshot, no rule could be built on it."""
    kept: dict[type, dict[object, AnyEvent]] = {}
    for event in events:
        kind = type(event)
        for name in THINGS:
            thing = getattr(event, name, None)
            if thing is not None:
                kept.setdefault(kind, {})[thing] = event
                break
    return kept


def rate(events: Sequence[AnyEvent]) -> float:
    return len(events) / least_cpu(lambda: fold(events), rounds=5)


def measure() -> Iterator[Figure]:
    day = lived()
    bodies = [msgspec.json.encode(event) for event in day]
    decoder = msgspec.json.Decoder(AnyEvent)
    folded = rate(day)
    decoded = len(day) / least_cpu(lambda: [decoder.decode(body) for body in bodies], rounds=5)
    kept = len(day) / least_cpu(lambda: overwrite(day), rounds=5)
    yield Figure(
        name="fold, a virtual day",
        value=folded,
        unit="events per CPU-second",
        target=TARGET,
        against=f"reading the same from the log ({decoded:,.0f}/s)",
        ratio=folded / decoded,
        note=f"{len(day):,} events of {len({type(e) for e in day})} kinds",
    )
    yield Figure(
        name="fold, a virtual day",
        value=folded,
        unit="events per CPU-second",
        against=f"last event of each thing in mutable dicts ({kept:,.0f}/s)",
        ratio=folded / kept,
    )
    busy = made_up(BUSY)
    yield Figure(
        name="fold, a made-up busy day",
        value=rate(busy),
        unit="events per CPU-second",
        target=TARGET,
        note=f"{BUSY:,} events, half of them meter reports",
    )
