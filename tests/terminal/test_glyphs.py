from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from portwatt.terminal.glyphs import ASCII, UNICODE, bar, begun, clean, fitted, level
from portwatt.units import SoC


@given(st.text())
def test_nothing_a_terminal_acts_on_is_left(text: str) -> None:
    shown = clean(text)
    assert len(shown) == len(text)
    assert all(c.isprintable() for c in shown)


def test_words_of_any_script_stay() -> None:
    assert clean("北仑港 [bold]") == "北仑港 [bold]"
    assert clean("a\x1b[2Jb\n\u202ec") == "a�[2Jb��c"


@given(st.floats(-1, 3), st.integers(2, 60))
def test_a_bar_has_its_width_and_is_full_only_when_full(share: float, width: int) -> None:
    filled, rest = bar(UNICODE, share, width)
    assert len(filled) + len(rest) == width
    assert (not rest) == (share >= 1)
    assert (not filled) == (share <= 0)


def test_levels_rise_with_the_charge() -> None:
    for glyphs in (UNICODE, ASCII):
        shown = [glyphs.levels.index(level(glyphs, SoC.percent(p))) for p in range(101)]
        assert shown == sorted(shown)
        assert (shown[0], shown[-1]) == (0, len(glyphs.levels) - 1)


def test_ascii_signs_are_ascii() -> None:
    assert all(getattr(ASCII, name).isascii() for name in ASCII.__struct_fields__)


def test_a_line_is_cut_with_an_ellipsis() -> None:
    assert fitted(Text("abcdef"), 4).plain == "abc…"
    assert fitted(Text("abcd"), 4).plain == "abcd"


def test_what_follows_the_beginning_has_its_own_style() -> None:
    line = begun("load ", "dim").append("5")
    assert [(span.start, span.end, span.style) for span in line.spans] == [(0, 5, "dim")]
