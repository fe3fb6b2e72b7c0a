"""How much anybody may send: a body is refused as soon as it is too long, not after it has filled the memory."""

from __future__ import annotations

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 8 * 1024 * 1024
"""Five thousand moves, the most one request may bring, are about 2 MB."""


class BodyLimit:
    """Answers 413 to a body longer than the limit, whether its length was announced or not."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            return {"type": "http.disconnect"} if read > self._limit else message

        async def unless_too_long(message: Message) -> None:
            if read <= self._limit:
                await send(message)

        await self._app(scope, counted, unless_too_long)
        if read > self._limit:
            words = f"the body is longer than {self._limit} bytes; send it in parts"
            await JSONResponse({"detail": words}, status_code=413, headers={"Connection": "close"})(
                scope, receive, send
            )
