"""TransactionEvents per CPU-second from the frame to the new state and back to the answer, without store and socket.

    python benchmarks/bench_transaction_events.py [--profile]

Each round takes reports of running transactions (three samples each, about 600 bytes) through the conversation (schema
at the door), the translation, the step of the hub (fold and rules) and the checked answer. Compare, do not assert:
figures depend on the machine. `--profile` shows where the time goes instead.
"""

import cProfile
import json
import pstats
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

import small_hub as small

from portwatt import translate
from portwatt.gateways.ocpp_schemas import load_schemas
from portwatt.runtime.step import step
from portwatt.state import HubState
from portwatt.wire.ocpp.conversation import Conversation, Terms
from portwatt.wire.ocpp.outputs import Request
from portwatt.wire.ocpp.versions import OcppVersion

ROUNDS = 5
EVENTS = 5_000
EVSES = (1, 2)


def frame(number: int, kind: str, evse: int, seq: int, at: datetime) -> str:
    """Return one TransactionEvent of the transaction at an EVSE."""
    stamp = at.isoformat().replace("+00:00", "Z")
    samples = [
        {
            "value": 123_456_000 + 50 * seq,
            "measurand": "Energy.Active.Import.Register",
            "unitOfMeasure": {"unit": "Wh"},
        },
        {"value": 248_000 + seq % 7, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "W"}},
        {"value": min(100, 20 + seq / 100), "measurand": "SoC", "location": "EV", "unitOfMeasure": {"unit": "Percent"}},
    ]
    payload = {
        "eventType": kind,
        "timestamp": stamp,
        "triggerReason": "MeterValuePeriodic",
        "seqNo": seq,
        "transactionInfo": {"transactionId": f"f2a9c1d0-55aa-4a1e-9f0b-7a1d2c3e4f5{evse}", "chargingState": "Charging"},
        "evse": {"id": evse, "connectorId": 1},
        "meterValue": [{"timestamp": stamp, "sampledValue": samples}],
    }
    if kind == "Started":
        token = small.token(small.T1 if evse == 1 else small.T2)
        payload["idToken"] = {"idToken": token, "type": "ISO14443"}
    return json.dumps([2, f"m{number}", "TransactionEvent", payload], separators=(",", ":"))


def frames() -> list[tuple[str, datetime]]:
    """Return a start at each EVSE and then reports in turn, ten seconds apart, with their times."""
    found = []
    for number in range(EVENTS):
        seq, evse = divmod(number, len(EVSES))
        at = small.START + timedelta(seconds=10 * seq)
        found.append((frame(number, "Started" if seq == 0 else "Updated", EVSES[evse], seq, at), at))
    return found


def serve(texts: list[tuple[str, datetime]], state: HubState) -> HubState:
    """Take the frames in, one after another, as the hub does."""
    conversation = Conversation(Terms(OcppVersion.V21), load_schemas()[OcppVersion.V21])
    for text, at in texts:
        for output in conversation.receive(text, at):
            assert isinstance(output, Request)
            handled = translate.handle(OcppVersion.V21, state, small.CCS, output.message, at)
            state = step(state, handled.events).state
            conversation.answer(output.message_id, handled.response)
    return state


def main() -> None:
    """Print the best rate of several rounds, or a profile."""
    state, texts = small.in_the_morning(), frames()
    serve(texts[:10], state)
    if "--profile" in sys.argv:
        with cProfile.Profile() as profile:
            serve(texts, state)
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)
        return
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        after = serve(texts, state)
        best = min(best, time.process_time() - start)
    energy = sum(t.energy.as_kwh for t in after.transactions.values())
    print(f"{EVENTS / best:,.0f} TransactionEvents per CPU-second ({after.seq} events folded, {energy:,.1f} kWh)")


if __name__ == "__main__":
    main()
