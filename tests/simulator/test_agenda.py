from datetime import UTC, datetime, timedelta

from portwatt.simulator.agenda import Agenda

START = datetime(2026, 11, 24, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_things_happen_in_order_of_time_and_then_of_entry() -> None:
    agenda = Agenda(START)
    seen: list[str] = []
    agenda.after(2 * MINUTE, lambda: seen.append("second"))
    agenda.after(MINUTE, lambda: seen.append("first"))
    agenda.after(2 * MINUTE, lambda: seen.append("third"))
    agenda.run(START + 2 * MINUTE)
    assert seen == ["first", "second", "third"]
    assert agenda.next_at is None


def test_what_follows_at_once_happens_in_the_same_run_and_what_lies_ahead_does_not() -> None:
    agenda = Agenda(START)
    seen: list[datetime] = []
    agenda.after(MINUTE, lambda: agenda.after(timedelta(0), lambda: seen.append(agenda.now)))
    agenda.after(5 * MINUTE, lambda: seen.append(agenda.now))
    agenda.run(START + 2 * MINUTE)
    assert seen == [START + MINUTE]
    assert agenda.now == START + 2 * MINUTE
    assert agenda.next_at == START + 5 * MINUTE


def test_what_is_past_happens_now_and_never_turns_time_back() -> None:
    agenda = Agenda(START)
    seen: list[datetime] = []
    agenda.at(START - MINUTE, lambda: seen.append(agenda.now))
    agenda.run(START)
    assert seen == [START]
