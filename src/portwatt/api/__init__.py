"""The HTTP door: read what the hub believes, tell it facts, follow it live."""
