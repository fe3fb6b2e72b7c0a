"""Messages to events, commands to messages: the only place that knows both sides."""

from portwatt.translate.handled import Handled
from portwatt.translate.ocpp import handle, request
from portwatt.translate.outcomes import outcome
from portwatt.translate.words import CannotSay

__all__ = ["CannotSay", "Handled", "handle", "outcome", "request"]
