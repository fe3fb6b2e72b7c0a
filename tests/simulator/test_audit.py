from datetime import UTC, datetime

from portwatt.simulator.audit import Audit, WrongKind


def test_every_wrong_is_counted_and_the_first_two_hundred_are_kept() -> None:
    audit = Audit()
    for n in range(250):
        audit.wrong(datetime(2026, 11, 24, tzinfo=UTC), WrongKind.SOC, f"truck {n}")
    assert audit.count == 250
    assert [w.message for w in audit.kept] == [f"truck {n}" for n in range(200)]
