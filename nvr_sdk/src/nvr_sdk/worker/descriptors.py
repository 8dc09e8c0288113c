"""File descriptors of rings, passed between processes over a small socket of their own.

They cannot travel on the RPC socket: asyncio's transports know no ancillary data. One datagram-like
message per ring: its name as the bytes, its descriptor as SCM_RIGHTS.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from pathlib import Path

from nvr_sdk.errors import NvrError
from nvr_sdk.worker.routes import listen

log = logging.getLogger("nvr.frames")

_NAME_MAX = 200
_KEPT = 16
"""Descriptors that may wait to be taken; the oldest are closed beyond that."""


def frames_socket(socket_path: Path) -> Path:
    """Give the path where the worker that listens at ``socket_path`` receives descriptors."""
    return socket_path.with_suffix(".frames")


def send_descriptor(path: Path, name: str, descriptor: int) -> None:
    """Give a worker a ring's descriptor (blocking, briefly); raises `NvrError` ``unavailable``."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(5.0)
        try:
            connection.connect(str(path))
            socket.send_fds(connection, [name.encode()], [descriptor])
        except OSError as error:
            raise NvrError("unavailable", f"The worker at {path.name} takes no frames.") from error


class DescriptorInbox:
    """Receives descriptors on the event loop and keeps each until it is taken."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._listener: socket.socket | None = None
        self._received: dict[str, int] = {}
        self._arrived = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen."""
        self._listener = listen(self._path)
        asyncio.get_running_loop().add_reader(self._listener.fileno(), self._accept)

    async def take(self, name: str, timeout: float) -> int:
        """Give the descriptor of a ring, to be closed by the caller; `NvrError` ``no_ring``."""
        try:
            async with asyncio.timeout(timeout), self._arrived:
                await self._arrived.wait_for(lambda: name in self._received)
                return self._received.pop(name)
        except TimeoutError:
            raise NvrError("no_ring", f"No descriptor of ring {name!r} arrived.") from None

    def close(self) -> None:
        """Stop listening and close what was not taken."""
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener.fileno())
            self._listener.close()
            self._path.unlink(missing_ok=True)
        for descriptor in self._received.values():
            os.close(descriptor)
        self._received.clear()

    def _accept(self) -> None:
        assert self._listener is not None
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        task = asyncio.get_running_loop().create_task(self._receive(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _receive(self, connection: socket.socket) -> None:
        try:
            connection.settimeout(5.0)
            name, descriptors, _, _ = await asyncio.to_thread(
                socket.recv_fds, connection, _NAME_MAX, 1
            )
        except OSError as error:
            log.warning("no descriptor received: %s", error)
            return
        finally:
            connection.close()
        if not descriptors:
            return
        async with self._arrived:
            self._keep(name.decode(errors="replace"), descriptors[0])
            self._arrived.notify_all()

    def _keep(self, name: str, descriptor: int) -> None:
        old = self._received.pop(name, None)
        if old is not None:
            os.close(old)
        self._received[name] = descriptor
        while len(self._received) > _KEPT:
            os.close(self._received.pop(next(iter(self._received))))
