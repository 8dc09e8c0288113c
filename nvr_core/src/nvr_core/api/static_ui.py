"""Serves the built web UI; any other page address gives its index.html."""

from __future__ import annotations

import asyncio
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from nvr_core.api.gate import GUARDED_PREFIXES
from nvr_sdk.errors import NvrError

_ROOT = Path(__file__).parent.parent / "web" / "static"
_NOT_BUILT = (
    "<!doctype html><meta charset=utf-8><title>nvr</title>"
    "<p>The web UI is not built. Run <code>make web</code> and load this page again."
)
_HASHED = {"cache-control": "public, max-age=31536000, immutable"}
_FRESH = {"cache-control": "no-cache"}


class StaticUi:
    """Finds files below one directory and nowhere else."""

    def __init__(self, root: Path = _ROOT) -> None:
        self._root = root.resolve()

    async def serve(self, request: Request) -> Response:
        """Answer GET and HEAD of any address that is no route."""
        path = request.url.path
        if any(path == prefix or path.startswith(f"{prefix}/") for prefix in GUARDED_PREFIXES):
            raise NvrError("not_found", "There is nothing at this address.")
        return await asyncio.to_thread(self._answer, path)

    def _answer(self, path: str) -> Response:
        found = self._find(path)
        if found is not None:
            hashed = "assets" in found.relative_to(self._root).parts[:-1]
            return FileResponse(found, headers=_HASHED if hashed else _FRESH)
        if path.startswith("/assets/"):
            raise NvrError("not_found", "There is nothing at this address.")
        index = self._root / "index.html"
        if not index.is_file():
            return HTMLResponse(_NOT_BUILT, headers=_FRESH)
        return FileResponse(index, headers=_FRESH)

    def _find(self, path: str) -> Path | None:
        try:
            wanted = (self._root / path.lstrip("/")).resolve()
            inside = wanted.is_relative_to(self._root)
            return wanted if inside and wanted.is_file() else None
        except (OSError, ValueError):
            # A name too long for the file system, or with a NUL in it.
            return None
