"""The store: event log, read model, telemetry and snapshots, on SQLite or PostgreSQL.

`sql_log.SqlStore` is the real one, `memory.MemoryStore` the fake; `jsonl` is a log as a file, `replay` proves a log.
"""
