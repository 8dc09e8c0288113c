"""A file with byte ranges, in the API's own error shape."""

from __future__ import annotations

import re
from pathlib import Path

from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

from nvr_core.api.error_handlers import error_response
from nvr_sdk.errors import NvrError

_RANGE = re.compile(rb"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class RangedFile(FileResponse):
    """Sends a whole file, or one range of it; what is no single range is ignored (RFC 9110)."""

    chunk_size = 512 * 1024

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer (the framework calls this)."""
        asked = _asked_range(scope)
        if asked is None:
            headers = [pair for pair in scope["headers"] if pair[0] != b"range"]
            await super().__call__({**scope, "headers": headers}, receive, send)
            return
        size = _size(self)
        first, last = asked
        start = max(0, size - (last or 0)) if first is None else first
        end = size - 1 if first is None or last is None else min(last, size - 1)
        if start > end:
            error = NvrError("range_not_satisfiable", "The file does not have these bytes.")
            where = {"Content-Range": f"bytes */{size}"}
            refusal = error_response(error, scope.get("nvr_request_id", ""), where)
            await refusal(scope, receive, send)
            return
        await super().__call__(scope, receive, send)


def _asked_range(scope: Scope) -> tuple[int | None, int | None] | None:
    values = [value for name, value in scope["headers"] if name == b"range"]
    found = _RANGE.fullmatch(values[0].strip()) if len(values) == 1 else None
    if found is None or not (found[1] or found[2]):
        return None
    first, last = (int(part) if part else None for part in found.groups())
    if first is not None and last is not None and last < first:
        return None
    return first, last


def _size(response: FileResponse) -> int:
    return Path(response.path).stat().st_size
