"""The terminal: what a hub controller sees of every hub, alive (docs/why/010-terminal-room.md)."""
