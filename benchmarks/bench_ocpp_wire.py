"""OCPP messages per CPU-second: our conversation beside the `ocpp` package (json + jsonschema), same frames, same run.

Each round reads a frame, checks it against the official schema and writes the reply; ours also makes a typed message,
keeps the ledger and checks the reply. The ratio says more than the figures, which depend on the machine.
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

from ocpp import messages as peer

from benchmarks.figures import Figure, least_cpu
from benchmarks.frames import transaction_event
from portwatt.gateways.ocpp_schemas import load_schemas
from portwatt.wire.ocpp import v2x
from portwatt.wire.ocpp.conversation import Conversation, Terms
from portwatt.wire.ocpp.outputs import Request
from portwatt.wire.ocpp.versions import OcppVersion

NOW = datetime(2026, 11, 23, tzinfo=UTC)
FRAMES, THEIR_FRAMES = 10_000, 500


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


def measure() -> Iterator[Figure]:
    texts = [transaction_event(f"m{number}", "t1", number, NOW) for number in range(FRAMES)]
    for serve in (ours, theirs):
        serve(texts[:10])  # the schema caches
    own = FRAMES / least_cpu(lambda: ours(texts), rounds=5)
    other = THEIR_FRAMES / least_cpu(lambda: theirs(texts[:THEIR_FRAMES]))
    yield Figure(
        name="conversation alone",
        value=own,
        unit="TransactionEvents per CPU-second",
        against=f"the ocpp package ({other:,.0f}/s)",
        ratio=own / other,
    )
