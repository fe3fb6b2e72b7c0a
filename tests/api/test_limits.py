"""A body too long is refused before it fills the memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2

from portwatt.api.limits import MAX_BODY_BYTES


async def test_a_body_too_long_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/hubs/test/grid-limit", content=b"x" * (MAX_BODY_BYTES + 1))
    assert answer.status_code == 413
    assert "in parts" in answer.json()["detail"]


async def test_so_is_one_whose_length_was_not_announced(client: httpx2.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 10 * MAX_BODY_BYTES:
            sent += 65_536
            yield b"x" * 65_536

    answer = await client.post(
        "/api/hubs/test/grid-limit", content=endless(), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 413


async def test_a_body_that_fits_is_taken(client: httpx2.AsyncClient) -> None:
    padded = b'{"limit_kw": 1' + b" " * 1_000_000 + b"}"
    answer = await client.post(
        "/api/hubs/test/grid-limit", content=padded, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 200
