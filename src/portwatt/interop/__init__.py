"""Why a truck and a charger did not shake hands: attempts, stages, rules, findings, verdicts."""
