"""Figures people are held to, reckoned from the state; definitions from the facts (kpi_definitions.json)."""
