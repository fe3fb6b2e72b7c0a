"""How good a plan is: terms in strict order, and what it costs, item by item."""

from __future__ import annotations

from functools import total_ordering

from msgspec import Struct

from portwatt.model.plan import Plan
from portwatt.model.tariff import BandName
from portwatt.planning.problem import PlanningProblem
from portwatt.units import Distance, Money


class CostItem(Struct, frozen=True):
    """One line of the bill; `band` only for energy."""

    name: str
    amount: Money
    band: BandName | None = None


@total_ordering
class Score(Struct, frozen=True, eq=False):
    """Less is better; compared by `key`: strictly in the order of the fields, or by `weighted` when weights are set."""

    missed: int
    late_s: int
    rebooked: int
    diesel: Distance
    third_party_swaps: int
    trucks_used: int
    cost: Money
    items: tuple[CostItem, ...] = ()
    weighted: Money | None = None

    @property
    def key(self) -> tuple[int, ...]:
        if self.weighted is not None:
            return (self.weighted.cents,)
        return (
            self.missed,
            self.late_s,
            self.rebooked,
            self.diesel.m,
            self.third_party_swaps,
            self.trucks_used,
            self.cost.cents,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Score) and self.key == other.key

    def __lt__(self, other: Score) -> bool:
        return self.key < other.key

    def __hash__(self) -> int:
        return hash(self.key)
