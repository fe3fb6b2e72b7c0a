"""The command line: serve, demo, plan, simulate, replay."""

from portwatt.cli.main import app

__all__ = ["app"]
