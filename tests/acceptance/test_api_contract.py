"""The API keeps to its own description: requests drawn from it get the answers it promises, and never break it."""

from __future__ import annotations

import asyncio

import pytest
import schemathesis
from conftest import Served
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.schemas import APIOperation

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("acceptance")]

ENDLESS = "/api/stream"
"""Never ends its answer, so there is nothing to validate; it has tests of its own."""


def hammer(url: str) -> int:
    """Try every operation; how many there were."""
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
    operations = [result.ok() for result in schema.exclude(path=ENDLESS).get_all_operations()]
    for operation in operations:
        attempt(operation)
    return len(operations)


def attempt(operation: APIOperation) -> None:
    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy())
    def one(case: schemathesis.Case) -> None:
        case.call_and_validate(excluded_checks=[schemathesis.checks.positive_data_acceptance])

    one()


async def test_requests_drawn_from_the_description_get_the_answers_it_promises(served: Served) -> None:
    assert await asyncio.to_thread(hammer, served.http_url) >= 30
    assert await served.get("/healthz")
