"""Tells the engine which plugins receive recorded streams."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from nvr_core.processes import RECORDERS_SET, RecorderTargets
from nvr_sdk.errors import NvrError
from nvr_sdk.wire import Channel, Nothing, connect

Targets = tuple[tuple[str, str], ...]

_LOOK_EVERY_S = 1.0

_log = logging.getLogger(__name__)


class RecorderAnnouncer:
    """Sends ``recorders.set`` to each engine that comes up, and on every change."""

    def __init__(self, engine_socket: Path, targets: Callable[[], Targets]) -> None:
        self._socket = engine_socket
        self._targets = targets
        self._channel: Channel | None = None
        self._sent: Targets | None = None
        self._look = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name="recorder targets")

    async def stop(self) -> None:
        """Disconnect; the engine keeps what it was told."""
        self._task.cancel()
        await asyncio.wait({self._task})
        if self._channel is not None:
            self._channel.close()

    def look(self) -> None:
        """Look again at once: a plugin changed its state."""
        self._look.set()

    async def _run(self) -> None:
        while True:
            self._look.clear()
            try:
                await self._announce()
            except NvrError as error:
                if error.code != "unavailable":
                    _log.warning("The engine did not take the recorders: %s", error.message)
            except Exception:  # noqa: BLE001 - whatever the engine answers, the next look tries again
                _log.exception("Telling the engine of the recorders failed.")
            try:
                # Not wait_for, which in Python 3.11 can swallow a cancellation.
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await self._look.wait()
            except TimeoutError:
                continue

    async def _announce(self) -> None:
        if self._channel is None or self._channel.closed:
            self._sent = None
            self._channel = await connect(self._socket)
        targets = self._targets()
        # A new engine is told also when there are none.
        if targets != self._sent:
            await self._channel.request(RECORDERS_SET, RecorderTargets(targets), Nothing)
            self._sent = targets
