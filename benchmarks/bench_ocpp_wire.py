"""OCPP messages per CPU-second: our conversation beside the `ocpp` package (json + jsonschema), same frames, same run.

    python benchmarks/bench_ocpp_wire.py

Each round reads a frame, checks it against the official schema and writes the reply; ours also makes a typed message,
keeps the ledger and checks the reply. The ratio says more than the figures, which depend on the machine.
"""

import asyncio
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime

from ocpp import messages as peer

from portwatt.gateways.ocpp_schemas import load_schemas
from portwatt.wire.ocpp import v2x
from portwatt.wire.ocpp.conversation import Conversation, Terms
from portwatt.wire.ocpp.outputs import Request
from portwatt.wire.ocpp.versions import OcppVersion

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ROUNDS = 5
SAMPLES = [
    {"value": 123456.5, "measurand": "Energy.Active.Import.Register", "unitOfMeasure": {"unit": "Wh"}},
    {"value": 248000, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "W"}},
    {"value": 61.5, "measurand": "SoC", "location": "EV", "unitOfMeasure": {"unit": "Percent"}},
]


def transaction_event(number: int) -> str:
    """Return a TransactionEvent of a charging truck with three samples, about 600 bytes."""
    payload = {
        "eventType": "Updated",
        "timestamp": "2026-11-23T06:05:17.250Z",
        "triggerReason": "MeterValuePeriodic",
        "seqNo": number,
        "transactionInfo": {"transactionId": "f2a9c1d0-55aa-4a1e-9f0b-7a1d2c3e4f50", "chargingState": "Charging"},
        "evse": {"id": 2, "connectorId": 1},
        "meterValue": [{"timestamp": "2026-11-23T06:05:17Z", "sampledValue": SAMPLES}],
    }
    return json.dumps([2, f"m{number}", "TransactionEvent", payload], separators=(",", ":"))


def ours(texts: list[str]) -> None:
    """Serve the frames with a conversation."""
    conversation = Conversation(Terms(OcppVersion.V21), load_schemas()[OcppVersion.V21])
    response = v2x.TransactionEventResponse()
    for text in texts:
        for output in conversation.receive(text, NOW):
            assert isinstance(output, Request)
            conversation.answer(output.message_id, response)


def theirs(texts: list[str]) -> None:
    """Serve the frames with the message functions of the `ocpp` package, without its router."""

    async def serve() -> None:
        for text in texts:
            call = peer.unpack(text)
            await peer.validate_payload(call, "2.1")
            result = call.create_call_result({})
            await peer.validate_payload(result, "2.1")
            result.to_json()

    peer.ASYNC_VALIDATION = False
    asyncio.run(serve())


def rate(serve: Callable[[list[str]], None], texts: list[str]) -> float:
    """Return frames per CPU-second: the best of several rounds, after one that warms the schema caches."""
    serve(texts[:10])
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        serve(texts)
        best = min(best, time.process_time() - start)
    return len(texts) / best


def main() -> None:
    """Print both rates and their ratio."""
    own = rate(ours, [transaction_event(number) for number in range(10_000)])
    other = rate(theirs, [transaction_event(number) for number in range(500)])
    print(f"conversation      {own:>10,.0f} TransactionEvents per CPU-second")
    print(f"ocpp package      {other:>10,.0f} TransactionEvents per CPU-second")
    print(f"ratio             {own / other:>10.1f}")


if __name__ == "__main__":
    main()
