"""Signs for a terminal, and for one that knows ASCII only; and words from outside made safe to print."""

from __future__ import annotations

from msgspec import Struct
from rich.text import Text

from portwatt.units import SoC

Line = Text


class Glyphs(Struct, frozen=True):
    """The signs a view draws with. `levels`: a pack from empty to full."""

    full: str = "█"
    rest: str = "░"
    levels: str = "▁▂▃▄▅▆▇█"
    dot: str = " · "
    out: str = "▶"
    into: str = "◀"
    none: str = "–"
    empty: str = "·"
    rule: str = "─"
    warning: str = "▲"


UNICODE = Glyphs()
ASCII = Glyphs("#", ".", "123456789", " | ", ">", "<", "-", "_", "-", "!")


def clean(text: str) -> str:
    """A word from outside with everything a terminal would act on replaced: escapes, newlines, changes of direction.

    It goes into rich's `Text`, which reads no markup.
    """
    return "".join(c if c.isprintable() else "�" for c in text)


def begun(text: str, style: str) -> Line:
    """A line that begins with words in a style; what is appended does not inherit it."""
    return Line().append(text, style=style)


def bar(glyphs: Glyphs, share: float, width: int) -> tuple[str, str]:
    """A bar in two parts: the filled and the rest. What is above nothing shows, what is below full leaves a rest."""
    held = min(1.0, max(0.0, share))
    filled = round(held * width)
    if 0 < held < 1 and width > 1:
        filled = min(width - 1, max(1, filled))
    return glyphs.full * filled, glyphs.rest * (width - filled)


def level(glyphs: Glyphs, soc: SoC) -> str:
    """One character for how full a pack is."""
    last = len(glyphs.levels) - 1
    return glyphs.levels[min(last, soc.bp * len(glyphs.levels) // 10_000)]


def fitted(line: Line, width: int) -> Line:
    """A line cut to a width, with an ellipsis where something is gone."""
    line.truncate(max(1, width), overflow="ellipsis")
    line.no_wrap = True
    return line


def asciified(line: Line) -> Line:
    """A line for a terminal that knows ASCII only: of other characters it shows that they are there."""
    line.plain = "".join(c if c.isascii() else "~" if c == "…" else "?" for c in line.plain)
    return line
