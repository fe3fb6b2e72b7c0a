"""What is raised when bytes are not what their layer says."""

from __future__ import annotations

from portwatt.errors import PeerError


class V2gError(PeerError):
    """A frame, datagram or stream breaks its layer: says which and how."""
