"""TransactionEvents per CPU-second from the frame to the new state and back to the answer, without store and socket.

    python -m benchmarks transaction_events
    python -m benchmarks.bench_transaction_events      # where the time goes instead

Reports of fifty running transactions (three samples each, about 600 bytes) go through the conversation (schema at the
door), the translation, the step of the hub (fold and rules) and the checked answer. Beside it the `ocpp` package on the
same frames, which only reads, checks and answers them.
"""

import cProfile
import pstats
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.bench_ocpp_wire import theirs
from benchmarks.figures import Figure, least_cpu
from benchmarks.frames import transaction_event
from portwatt import translate
from portwatt.config.hub import load_hub
from portwatt.events import HubOpened
from portwatt.gateways.ocpp_schemas import load_schemas
from portwatt.ids import StationId
from portwatt.runtime.step import step
from portwatt.state import HubState, opened
from portwatt.wire.ocpp.conversation import Conversation, Terms
from portwatt.wire.ocpp.outputs import Request
from portwatt.wire.ocpp.versions import OcppVersion

TARGET = 10_000
REPORTS = 100
START = datetime(2026, 11, 23, tzinfo=UTC)
HUB = load_hub(Path(__file__).parent / "fifty.toml")
Said = tuple[StationId, str, datetime]


def frames() -> list[Said]:
    """A start at each station and then reports in turn, ten seconds apart, with their times."""
    found = []
    for seq in range(REPORTS):
        at = START + timedelta(seconds=10 * seq)
        for number, station in enumerate(HUB.stations, 1):
            kind, token = ("Started", f"TOKEN{number:02}") if seq == 0 else ("Updated", "")
            found.append((station.id, transaction_event(f"m{seq}", "t1", seq, at, kind=kind, token=token), at))
    return found


def serve(said: list[Said]) -> HubState:
    """Take the frames in, one after another, as the hub does."""
    state = opened(HubOpened(at=START, hub=HUB))
    schemas = load_schemas()[OcppVersion.V21]
    talks = {station.id: Conversation(Terms(OcppVersion.V21), schemas) for station in HUB.stations}
    for station, text, at in said:
        for output in talks[station].receive(text, at):
            assert isinstance(output, Request)
            handled = translate.handle(OcppVersion.V21, state, station, output.message, at)
            state = step(state, handled.events).state
            talks[station].answer(output.message_id, handled.response)
    return state


def measure() -> Iterator[Figure]:
    said = frames()
    after = serve(said)
    assert len(after.transactions) == len(HUB.stations)
    own = len(said) / least_cpu(lambda: serve(said), rounds=5)
    texts = [text for _, text, _ in said[:500]]
    theirs(texts[:10])
    other = len(texts) / least_cpu(lambda: theirs(texts))
    yield Figure(
        name="frame to state to answer, no store",
        value=own,
        unit="TransactionEvents per CPU-second",
        target=TARGET,
        against=f"the ocpp package, which keeps no state ({other:,.0f}/s)",
        ratio=own / other,
        note=f"{after.seq:,} events folded",
    )


if __name__ == "__main__":
    said = frames()
    serve(said)
    with cProfile.Profile() as profile:
        serve(said)
    pstats.Stats(profile).sort_stats("tottime").print_stats(30)
