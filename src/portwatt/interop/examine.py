"""A capture to a verdict, whichever bus it was recorded on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from portwatt.interop.examine_gbt import examine_gbt
from portwatt.interop.examine_v2g import V2gExaminer
from portwatt.interop.finding import Verdict, deciding_outcome
from portwatt.interop.gbt_outcome import masked
from portwatt.interop.v2g_conversation import Decoder
from portwatt.model.capture import Bus, Frame
from portwatt.wire.gbt27930.decoder import Layouts


def examine(
    frames: Iterable[Frame],
    file: str,
    layouts: Layouts,
    decoder: Decoder | None = None,
    mask: Callable[[str], str] = masked,
) -> Verdict:
    """Read the frames once and say what each attempt came to. Raises nothing, whatever the frames hold.

    `layouts`: tables of GB/T 27930 (gateways/gbt_tables.py); `decoder`: EXI codecs of CCS2 (gateways/v2g_schemas.py),
    None where their schemas are not installed; `mask` turns a vehicle's identifier into what may be shown.
    """
    v2g = V2gExaminer(decoder, mask)
    can = examine_gbt(_can_only(frames, v2g), file, layouts, mask)
    attempts, remarks = v2g.close()
    if not attempts:
        return replace(can, remarks=(*can.remarks, *remarks))
    together = (*can.attempts, *attempts)
    return Verdict(file, deciding_outcome(together), together, (*can.remarks, *remarks))


def _can_only(frames: Iterable[Frame], v2g: V2gExaminer) -> Iterator[Frame]:
    """The CAN frames; the others go to the examiner of CCS2 on the way."""
    for frame in frames:
        if frame.bus is Bus.ETHERNET:
            v2g.take(frame)
        else:
            yield frame
