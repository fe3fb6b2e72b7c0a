"""GB/T 27930 frames per CPU-second: decoded field by field, and examined from frames to a verdict.

The frames are those of a session the twin plays (25 minutes of charging): mostly BCL, CCS and the packets of BCS. In
`every payload another` each short frame carries other bytes, so that nothing could be remembered from frame to frame.
Beside it: the least any decoder has to do, which is to look a frame's identifier up and turn its bytes into a number.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from msgspec.structs import replace

from benchmarks.figures import Figure, least_cpu
from portwatt.gateways.gbt_tables import load_gbt
from portwatt.interop.examine_gbt import examine_gbt
from portwatt.interop.twin_gbt import play
from portwatt.interop.twin_sessions import PLAIN
from portwatt.model.capture import Frame
from portwatt.wire.gbt27930.decoder import Decoder
from portwatt.wire.gbt27930.identifier import MANAGEMENT, TRANSFER

TARGET = 200_000
CHARGING_SECONDS = 1_500.0


def measure() -> Iterator[Figure]:
    layouts = load_gbt()
    frames = play(replace(PLAIN, charging=CHARGING_SECONDS, length=2 * CHARGING_SECONDS), layouts)
    known = {layout.table.can_id: layout for layout in layouts.by_code.values()}

    def decode(given: list[Frame]) -> None:
        decoder = Decoder(layouts)
        for frame in given:
            decoder.receive(frame.number, frame.at, frame.can_id or 0, frame.data)

    def look_up() -> None:
        for frame in frames:
            known.get(frame.can_id or 0)
            int.from_bytes(frame.data, "little")

    least = least_cpu(look_up)
    for name, given in (("a session", frames), ("every payload another", scrambled(frames))):
        spent = least_cpu(lambda given=given: decode(given))  # type: ignore[misc]
        yield Figure(
            name=f"GB/T 27930, frames decoded, {name}",
            value=len(given) / spent,
            unit="frames per CPU-second",
            target=TARGET,
            against="looking up the identifier and reading one number",
            ratio=least / spent,
            note=f"{len(given):,} frames",
        )
    spent = least_cpu(lambda: examine_gbt(frames, "played", layouts))
    yield Figure(
        name="GB/T 27930, frames examined, to the verdict",
        value=len(frames) / spent,
        unit="frames per CPU-second",
        note="decoding, attempts, rules",
    )


def scrambled(frames: list[Frame], seed: int = 7) -> list[Frame]:
    """The same frames, each short one with bytes of its own."""
    chance = random.Random(seed)
    return [
        frame
        if (frame.can_id or 0) >> 16 & 0xFF in (MANAGEMENT, TRANSFER)
        else replace(frame, data=chance.randbytes(len(frame.data)))
        for frame in frames
    ]
