"""Asks the API over HTTP whether it is up; a few lines instead of an HTTP library to load."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

_MAX_ANSWER = 1 << 16


async def get_json(port: int, path: str, host: str = "127.0.0.1") -> object | None:
    """Give the JSON that the API answers with status 200; None on any other outcome."""
    try:
        async with asyncio.timeout(5):
            return await _get(host, port, path)
    except (OSError, ValueError, TimeoutError):
        return None


async def _get(host: str, port: int, path: str) -> object | None:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode())
        answer = await reader.read(_MAX_ANSWER)
        while more := await reader.read(_MAX_ANSWER):
            answer += more
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n")[0] + b" ":
        return None
    document: object = json.loads(body)
    return document
