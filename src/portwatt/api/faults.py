"""Refusals as HTTP answers: whose fault it is decides the status, and every fault is said at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from portwatt.errors import NotFoundError, PortwattError, StoreError, UsageError

Place = tuple[str | int, ...]


class Said(BaseModel):
    """One sentence on what is wrong."""

    detail: str


NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Said, "description": "There is no such thing"}}
STORE_DOWN: dict[int | str, dict[str, Any]] = {503: {"model": Said, "description": "Nothing can be acknowledged now"}}


class FaultyBodyError(UsageError):
    """Facts that contradict what the hub knows; `faults` has the place of each within the body."""

    def __init__(self, faults: Sequence[tuple[Place, str]]) -> None:
        super().__init__("; ".join(message for _, message in faults))
        self.faults = tuple(faults)


def _body(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, FaultyBodyError)
    detail = [{"type": "value_error", "loc": ["body", *place], "msg": message} for place, message in error.faults]
    return JSONResponse({"detail": detail}, status_code=422)


def _shape(request: Request, error: Exception) -> JSONResponse:
    """As FastAPI's own, without the input: it may be not a number, which JSON cannot say, and nobody needs it back."""
    assert isinstance(error, RequestValidationError)
    detail = [{"type": e["type"], "loc": list(e["loc"]), "msg": e["msg"]} for e in error.errors()]
    return JSONResponse({"detail": detail}, status_code=422)


def _usage(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, NotFoundError):
        return JSONResponse({"detail": str(error)}, status_code=404)
    return JSONResponse({"detail": [{"type": "value_error", "loc": ["body"], "msg": str(error)}]}, status_code=422)


def _store(request: Request, error: Exception) -> JSONResponse:
    words = f"nothing can be acknowledged now: {error}; see /healthz, send it again when the store is back"
    return JSONResponse({"detail": words}, status_code=503, headers={"Retry-After": "5"})


def _ours(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, status_code=500)


def install(app: FastAPI) -> None:
    """Teach an application these answers."""
    app.add_exception_handler(RequestValidationError, _shape)
    app.add_exception_handler(FaultyBodyError, _body)
    app.add_exception_handler(UsageError, _usage)
    app.add_exception_handler(StoreError, _store)
    app.add_exception_handler(PortwattError, _ours)
