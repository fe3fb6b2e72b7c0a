"""A verdict as a PDF that needs nothing else; its library is an extra."""

from __future__ import annotations

from importlib.util import find_spec

from portwatt.errors import UsageError
from portwatt.interop.finding import Verdict


def verdict_pdf(verdict: Verdict) -> bytes:
    """The whole report, the same bytes for the same verdict. Raises UsageError where reportlab is not installed."""
    if find_spec("reportlab") is None:
        raise UsageError(
            "Reports in PDF are written with the package reportlab, which is not installed; "
            "install it with: pip install 'portwatt[interop]'"
        )
    from portwatt.gateways.interop_pages import pages  # noqa: PLC0415 - imports the extra

    return pages(verdict)
