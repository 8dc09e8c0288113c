"""Refuses request bodies that are too large, before they fill the memory of this process."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nvr_core.api.error_handlers import error_response
from nvr_sdk.errors import NvrError

MOST_BYTES = 8 << 20
"""The largest body is a configuration to be imported, at most 4,000,000 characters."""
_STREAMED_PREFIX, _STREAMED_PART = "/api/v1/plugins/", "/api/"


class BodyLimit:
    """ASGI middleware. Bodies for a plugin's own routes pass: they are streamed, never held."""

    def __init__(self, app: ASGIApp, most_bytes: int = MOST_BYTES) -> None:
        self._app = app
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 at once to a body announced as too large, else count what comes."""
        if scope["type"] != "http" or _is_streamed(scope["path"]):
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        # Digits past 18 are no length of this world; int() refuses to read thousands of them.
        if announced.isdecimal() and int(announced[:18]) > self._most_bytes:
            error = NvrError("body_too_large", "The request is too large.")
            refusal = error_response(error, scope.get("nvr_request_id", ""), {})
            await refusal(scope, receive, send)
            return
        left = self._most_bytes

        async def receive_counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                # Of this kind, because the framework turns all others into "cannot be read".
                raise HTTPException(413)
            return message

        await self._app(scope, receive_counted, send)


def _is_streamed(path: str) -> bool:
    _, found, rest = path.partition(_STREAMED_PREFIX)
    return bool(found) and path.startswith(_STREAMED_PREFIX) and _STREAMED_PART in rest
