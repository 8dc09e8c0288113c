"""Passes requests to the routes that a plugin serves in its worker.

The plugin sees neither cookie nor token of the caller, only the name; and what it answers cannot
set cookies or loosen the page policies of this server.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import httpx
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from nvr_sdk.errors import NvrError

_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_NOT_TO_PLUGIN = _HOP_BY_HOP | {"cookie", "authorization", "host", "expect"}
_NOT_TO_CALLER = _HOP_BY_HOP | {
    "clear-site-data",
    "content-security-policy",
    "content-security-policy-report-only",
    "date",
    "server",
    "service-worker-allowed",
    "set-cookie",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
}
_FOREIGN_PREFIXES = ("access-control-", "cross-origin-")
# A page of a plugin has this server's origin: without this, its scripts could act as the user.
_PAGE_POLICY = "sandbox; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'"
_TIMEOUT = httpx.Timeout(60.0, connect=5.0)


async def forward(request: Request, socket: Path, path: str, username: str) -> Response:
    """Send a request to the plugin and give its answer, both streamed.

    Raises `NvrError` ``route_not_found``, ``unavailable`` or ``timeout``.
    """
    # Without TLS: a context for it would cost more than the request.
    transport = httpx.AsyncHTTPTransport(uds=str(socket), verify=False, trust_env=False)
    try:
        answer = await transport.handle_async_request(_outgoing(request, path, username))
    except httpx.TimeoutException:
        await transport.aclose()
        raise NvrError("timeout", "The plugin did not answer in time.") from None
    except httpx.TransportError:
        await transport.aclose()
        raise NvrError("unavailable", "The plugin's worker is not running.") from None
    except BaseException:
        await transport.aclose()
        raise
    response = StreamingResponse(_body(answer, transport), answer.status_code)
    response.raw_headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in answer.headers.multi_items()
        if _may_pass(name.lower(), _NOT_TO_CALLER)
    ]
    response.headers["content-security-policy"] = _PAGE_POLICY
    return response


def _outgoing(request: Request, path: str, username: str) -> httpx.Request:
    headers = [
        (name, value)
        for name, value in request.headers.items()
        if _may_pass(name, _NOT_TO_PLUGIN) and not name.startswith("x-nvr-")
    ]
    headers.append(("host", "plugin"))
    # Names may hold any letter, header values may not.
    headers.append(("x-nvr-user", quote(username)))
    sends_body = "content-length" in request.headers or "transfer-encoding" in request.headers
    return httpx.Request(
        request.method,
        httpx.URL(
            scheme="http",
            host="plugin",
            raw_path=_target(path).encode() + _query(request.scope["query_string"]),
        ),
        headers=headers,
        stream=_RequestBody(request) if sends_body else None,
        extensions={"timeout": _TIMEOUT.as_dict()},
    )


def _target(path: str) -> str:
    """Give the path in one spelling; what could leave the plugin's routes is not found."""
    parts = path.split("/")
    if "\\" in path or "\0" in path or any(part in (".", "..") for part in parts):
        raise NvrError("route_not_found", "There is nothing at this address.")
    return "/" + quote("/".join(part for part in parts if part), safe="/:@!$&'()*+,;=~")


def _query(query: bytes) -> bytes:
    return b"?" + query if query else b""


def _may_pass(name: str, refused: frozenset[str]) -> bool:
    return name not in refused and not name.startswith(_FOREIGN_PREFIXES)


class _RequestBody(httpx.AsyncByteStream):
    def __init__(self, request: Request) -> None:
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._request.stream():
            if chunk:
                yield chunk


async def _body(
    answer: httpx.Response, transport: httpx.AsyncHTTPTransport
) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    finally:
        await answer.aclose()
        await transport.aclose()
