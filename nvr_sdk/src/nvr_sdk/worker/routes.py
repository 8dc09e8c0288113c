"""A plugin's API routes, served by uvicorn on a unix socket."""

from __future__ import annotations

import asyncio
import logging
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from nvr_sdk.components import ApiRoutes
from nvr_sdk.errors import NvrError

if TYPE_CHECKING:
    import uvicorn

log = logging.getLogger("nvr.routes")


class RoutesServer:
    """Serves one `ApiRoutes` on the plugin loop; an `Attachment` of its component."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, component: ApiRoutes) -> None:
        """Listen; raises `NvrError` ``missing_dependency`` without uvicorn."""
        try:
            import uvicorn
        except ImportError:
            raise NvrError(
                "missing_dependency", "API routes need uvicorn: depend on nvr-sdk[routes]."
            ) from None
        config = uvicorn.Config(
            component.app(),
            interface="asgi3",
            ws="none",
            log_config=None,
            log_level=logging.WARNING,
            access_log=False,
            proxy_headers=False,
            server_header=False,
        )
        self._server = uvicorn.Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listen(self._path)]))
        self._task.add_done_callback(_report)
        while not self._server.started:
            if self._task.done():
                raise NvrError("routes_failed", "The routes' server could not start.")
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Finish the requests under way, for a second at most, and stop listening."""
        if self._server is None or self._task is None:
            return
        self._server.should_exit = True
        done, _ = await asyncio.wait({self._task}, timeout=1.0)
        if not done:
            self._server.force_exit = True
            self._task.cancel()
        self._server = self._task = None
        self._path.unlink(missing_ok=True)


def listen(path: Path) -> socket.socket:
    """Bind a listening unix socket of mode 0600, in place of one left by a dead process."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen(64)
    listener.setblocking(False)
    return listener


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("the routes' server failed", exc_info=error)
