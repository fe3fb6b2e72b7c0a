"""Errors say whose fault it is, so that the door they reach knows what to answer.

An outcome that is expected (refused, timed out, not found in a search) is a value, never an error.
"""


class PortwattError(Exception):
    """Root of every error the project raises on purpose."""


class UsageError(PortwattError):
    """The person or file that asked is wrong: says what, where, and what to do. HTTP 422, CLI exit status 2."""


class NotFoundError(UsageError):
    """What was named does not exist. HTTP 404."""


class PeerError(PortwattError):
    """A station, truck or platform broke its protocol. Answered in that protocol; never ends the process."""


class StoreError(PortwattError):
    """The log cannot be written or read. Nothing is acknowledged until it can; shown in /healthz."""


class TamperedLogError(StoreError):
    """The chain of hashes of a log is broken: names the sequence number where."""


class BugError(PortwattError):
    """Our own fault: a contract inside the house is broken."""
