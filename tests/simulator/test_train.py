from itertools import pairwise

from portwatt.events import AnyEvent, TrainArrived, TrainDeparted, TrainForecastReceived
from portwatt.simulator.agenda import Agenda
from portwatt.simulator.demand import demand
from portwatt.simulator.scenario import Scenario
from portwatt.simulator.train import run_trains, words


def test_what_is_said_of_a_train_ends_with_what_happened(small: Scenario) -> None:
    for truth in demand(small, 7).truths:
        said = list(words(truth))
        assert all(at == event.at for at, event in said)
        last = said[-1][1]
        assert isinstance(last, TrainDeparted)
        assert last.departed_at == truth.departure
        arrived = [e for _, e in said if isinstance(e, TrainArrived)]
        assert [e.arrived_at for e in arrived] == [truth.arrival]


def test_an_outbound_train_that_was_in_doubt_is_certain_once_it_stands_at_the_yard(small: Scenario) -> None:
    truths = [t for t in demand(small, 7).truths if t.forecasts and t.cut_off is not None]
    assert truths
    for truth in truths:
        last = [e for _, e in words(truth) if isinstance(e, TrainForecastReceived)][-1]
        assert (last.departure, last.cut_off) == (truth.departure, truth.cut_off)


def test_an_undisturbed_train_is_not_spoken_of_before_it_comes(small: Scenario) -> None:
    for truth in demand(small.undisturbed(), 7).truths:
        assert not [e for _, e in words(truth) if isinstance(e, TrainForecastReceived)]


def test_the_agenda_tells_every_word_in_order(small: Scenario) -> None:
    day = demand(small, 7)
    agenda = Agenda(small.start)
    told: list[AnyEvent] = []
    run_trains(day, agenda, told.append)
    while agenda.next_at is not None:
        agenda.run(agenda.next_at)
    assert len(told) == sum(len(list(words(t))) for t in day.truths)
    assert all(a.at <= b.at for a, b in pairwise(told))
