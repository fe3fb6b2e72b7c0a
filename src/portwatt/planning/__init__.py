"""Plans: the problem as a value, a planner, an independent checker, a score, and what changed between two plans."""
