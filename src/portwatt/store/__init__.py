"""The store: event log, read model, telemetry and snapshots, on SQLite or PostgreSQL."""

from portwatt.store.memory import MemoryStore
from portwatt.store.replay import ReplayReport, replay_file, replay_hub
from portwatt.store.sql_log import SqlStore

__all__ = ["MemoryStore", "ReplayReport", "SqlStore", "replay_file", "replay_hub"]
