from __future__ import annotations

from datetime import timedelta

import pytest

from portwatt.gateways.plan_tables import minutes, money, table
from portwatt.units import Money


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (None, "–"),
        (timedelta(0), "0 min"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(minutes=65), "1 h 05"),
        (timedelta(minutes=-12), "−12 min"),
        (timedelta(hours=-26), "−26 h 00"),
    ],
)
def test_durations_are_said_as_people_say_them(duration: timedelta | None, words: str) -> None:
    assert minutes(duration) == words


def test_money_names_its_currency() -> None:
    assert money(Money(1_234_567)) == "12\u202f345.67 CNY"
    assert money(Money(-5, "EUR")) == "-0.05 EUR"


def test_an_empty_table_is_a_sentence() -> None:
    assert table(("a",), [], "Nothing <here>.") == '<p class="none">Nothing &lt;here&gt;.</p>'


def test_cells_are_escaped_and_figures_set_right() -> None:
    made = table(("move", "cost"), [("<i>", 5)], "")
    assert "<td>&lt;i&gt;</td>" in made
    assert '<td class="n">5</td>' in made
