"""Plans: the problem as a value, a planner, an independent checker, a score, and what changed between two plans.

The interface of every planner: `plan(problem, budget, seed) -> Plan`, `check(problem, plan) -> violations`,
`score(problem, plan) -> Score`.
"""

from portwatt.planning.checker import check
from portwatt.planning.faults import faults
from portwatt.planning.greedy import plan
from portwatt.planning.problem import PlanningProblem
from portwatt.planning.score import Score, score
from portwatt.planning.violations import Violation, ViolationKind

__all__ = ["PlanningProblem", "Score", "Violation", "ViolationKind", "check", "faults", "plan", "score"]
