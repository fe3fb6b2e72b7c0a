"""`python -m portwatt.cli`."""

from portwatt.cli import app

app()
