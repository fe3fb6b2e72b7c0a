"""Refusals as HTTP answers: whose fault it is decides the status, and every fault is said at once."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from portwatt.errors import NotFoundError, PortwattError, StoreError, UsageError

Place = tuple[str | int, ...]


class FaultyBodyError(UsageError):
    """Facts that contradict what the hub knows; `faults` has the place of each within the body."""

    def __init__(self, faults: Sequence[tuple[Place, str]]) -> None:
        super().__init__("; ".join(message for _, message in faults))
        self.faults = tuple(faults)


def _body(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, FaultyBodyError)
    detail = [{"type": "value_error", "loc": ["body", *place], "msg": message} for place, message in error.faults]
    return JSONResponse({"detail": detail}, status_code=422)


def _usage(request: Request, error: Exception) -> JSONResponse:
    status = 404 if isinstance(error, NotFoundError) else 422
    return JSONResponse({"detail": [{"type": "value_error", "loc": ["body"], "msg": str(error)}]}, status_code=status)


def _store(request: Request, error: Exception) -> JSONResponse:
    words = f"nothing can be acknowledged now: {error}; see /healthz, send it again when the store is back"
    return JSONResponse({"detail": words}, status_code=503, headers={"Retry-After": "5"})


def _ours(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, status_code=500)


def install(app: FastAPI) -> None:
    """Teach an application these answers."""
    app.add_exception_handler(FaultyBodyError, _body)
    app.add_exception_handler(UsageError, _usage)
    app.add_exception_handler(StoreError, _store)
    app.add_exception_handler(PortwattError, _ours)
