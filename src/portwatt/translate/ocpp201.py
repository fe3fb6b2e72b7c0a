"""OCPP 2.0.1: what it shares with 2.1, and nothing more."""

from __future__ import annotations

from portwatt.translate.ocpp2x import HANDLERS
from portwatt.translate.ocpp2x_commands import WORDS

__all__ = ["HANDLERS", "WORDS"]
