"""What the hub believes: a fold of its events. One noun, one file; `apply` is the only way a state changes."""

from portwatt.state.fold import apply, fold, opened
from portwatt.state.hub_state import HubState

__all__ = ["HubState", "apply", "fold", "opened"]
