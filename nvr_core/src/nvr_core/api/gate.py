"""The gate before every route and socket: who is it, and may a page of theirs ask at all.

It stands before routing, so that no route, mount or mistyped address can be reached around it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from nvr_core.api.error_handlers import error_response
from nvr_core.security.logins import Caller
from nvr_sdk.errors import NvrError

COOKIE = "nvr_session"
OPEN_TO_ALL = frozenset(
    {
        ("GET", "/healthz"),
        ("HEAD", "/healthz"),
        ("GET", "/api/v1/setup"),
        ("POST", "/api/v1/setup"),
        ("POST", "/api/v1/auth/login"),
    }
)
"""What an anonymous caller may reach, besides the files of the web UI."""
GUARDED_PREFIXES = ("/api", "/ws", "/metrics", "/healthz")
"""Everything below these needs a login; any other address is a file or a page of the web UI."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class LoginFinder(Protocol):
    """Finds who a cookie or token belongs to; blocks."""

    def find_session(self, token: str) -> Caller | None:
        """Give the caller of a session cookie."""
        ...

    def find_token(self, text: str) -> Caller | None:
        """Give the caller of an API token."""
        ...


class Gate:
    """ASGI middleware; puts the `Caller` into ``scope["nvr_caller"]``."""

    def __init__(self, app: ASGIApp, logins: LoginFinder) -> None:
        self._app = app
        self._logins = logins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it with 401 or 403."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        try:
            _check_origin(connection)
            scope["nvr_caller"] = await self._identify(connection)
            if scope["nvr_caller"] is None and not is_open(scope):
                raise NvrError("not_authenticated", "Log in first.")
        except NvrError as error:
            await _refuse(error, scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _identify(self, connection: HTTPConnection) -> Caller | None:
        token = _bearer(connection.headers)
        if token is not None:
            return await asyncio.to_thread(self._logins.find_token, token)
        cookie = connection.cookies.get(COOKIE)
        if cookie:
            return await asyncio.to_thread(self._logins.find_session, cookie)
        return None


def is_open(scope: Scope) -> bool:
    """Tell whether an anonymous caller may make this request."""
    path = scope["path"]
    if scope["type"] == "websocket":
        return False
    if (scope["method"], path) in OPEN_TO_ALL:
        return True
    guarded = any(path == prefix or path.startswith(f"{prefix}/") for prefix in GUARDED_PREFIXES)
    return not guarded and scope["method"] in ("GET", "HEAD")


def _check_origin(connection: HTTPConnection) -> None:
    """Refuse what another site's page sends with the user's cookie."""
    scope, headers = connection.scope, connection.headers
    if scope["type"] == "http" and scope["method"] in _SAFE:
        return
    if _bearer(headers) is not None:
        # A page cannot have a token sent for it, and beside one the cookie counts for nothing.
        return
    if not _same_site(headers):
        raise NvrError("foreign_origin", "The request comes from a page of another site.")


def _bearer(headers: Mapping[str, str]) -> str | None:
    scheme, _, text = headers.get("authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None


def _same_site(headers: Mapping[str, str]) -> bool:
    origin = headers.get("origin")
    if origin is None:
        # Browsers send Origin with every unsafe request and socket: this is a program.
        return headers.get("sec-fetch-site", "none") in ("none", "same-origin")
    return urlsplit(origin).netloc.lower() == headers.get("host", "").lower() != ""


async def _refuse(error: NvrError, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        headers = {"WWW-Authenticate": "Bearer"} if error.code == "not_authenticated" else {}
        response = error_response(error, scope.get("nvr_request_id", ""), headers)
        await response(scope, receive, send)
        return
    # Browsers cannot read a refused handshake; a close code of our own they can.
    await receive()
    await send({"type": "websocket.accept"})
    code = 4401 if error.code == "not_authenticated" else 4403
    await send({"type": "websocket.close", "code": code, "reason": error.code})
