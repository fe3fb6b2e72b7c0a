from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from portwatt.gateways.plan_charts import slack_strip
from portwatt.planning.outlook import Delivery

T0 = datetime(2026, 11, 24, tzinfo=UTC)


def marks(*minutes: int) -> list[tuple[float, str]]:
    drawn = slack_strip([Delivery("M", T0, timedelta(minutes=m)) for m in minutes])
    found = re.findall(r'<line x1="([\d.]+)%"[^>]*class="(early|late)"', drawn)
    return [(float(x), css) for x, css in found]


def test_early_is_left_of_the_cut_off_and_late_right_of_it() -> None:
    line = 100 / 1.15
    (early, first), (late, second) = marks(90, -30)
    assert early < line < late
    assert (first, second) == ("early", "late")


def test_what_is_far_off_stays_in_the_drawing() -> None:
    assert all(0 <= x <= 100 for x, _ in marks(100_000, -100_000))
    assert marks() == []
