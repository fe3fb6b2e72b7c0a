"""The application describes itself; every endpoint says what it is for."""

from __future__ import annotations

from fastapi import FastAPI


def test_every_endpoint_is_described(app: FastAPI) -> None:
    described = app.openapi()["paths"]
    assert "/api/hubs/{hub}/moves" in described
    silent = [(path, verb) for path, verbs in described.items() for verb, op in verbs.items() if not op["description"]]
    assert silent == []


def test_it_says_that_there_is_no_log_in_yet(app: FastAPI) -> None:
    assert "No log-in yet" in app.openapi()["info"]["description"]
