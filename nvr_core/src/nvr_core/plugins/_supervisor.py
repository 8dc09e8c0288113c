"""The host's connection to the supervisor: keeps it up, and knows the state of every process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from nvr_core import processes as p
from nvr_sdk.errors import NvrError
from nvr_sdk.wire import Channel, ChannelClosed, Nothing, QuietHandler, connect, unpack

_LIST_EVERY_S = 2.0
_RETRY_S = 0.5

_log = logging.getLogger(__name__)


class SupervisorLink(QuietHandler):
    """One connection to the supervisor, made again whenever it breaks. Lives on the event loop."""

    def __init__(
        self,
        socket: Path,
        on_connect: Callable[[], Awaitable[None]],
        on_change: Callable[[str], None],
    ) -> None:
        """``on_connect`` may use the link; ``on_change`` is told the names of changed processes."""
        self._socket = socket
        self._on_connect = on_connect
        self._on_change = on_change
        self._channel: Channel | None = None
        self._task: asyncio.Task[None] | None = None
        self._statuses: dict[str, p.ProcessStatus] = {}

    def start(self) -> None:
        """Begin to connect."""
        self._task = asyncio.create_task(self._run(), name="supervisor link")

    async def stop(self) -> None:
        """Disconnect; the processes go on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        if self._channel is not None:
            self._channel.close()

    def status(self, name: str) -> p.ProcessStatus | None:
        """Last known state of a process; memory and CPU time are up to 2 s old."""
        return self._statuses.get(name)

    def names(self) -> tuple[str, ...]:
        """Names of all processes."""
        return tuple(self._statuses)

    async def ensure(self, spec: p.ProcessSpec) -> None:
        """Have a process kept alive; raises `NvrError` ``unavailable`` without a supervisor."""
        # A changed worker may take its grace time to end before the answer comes.
        status = await self._connected().request(p.PROCESS_ENSURE, spec, p.ProcessStatus, 20.0)
        self._note(status)

    async def remove(self, name: str) -> None:
        """Have a process ended for good."""
        await self._connected().request(p.PROCESS_REMOVE, p.ProcessRef(name), Nothing, 20.0)
        self._statuses.pop(name, None)
        self._on_change(name)

    async def restart(self, name: str, reason: str = "") -> None:
        """Have a process replaced; a reason is a failure, none is the user's wish."""
        ref = p.ProcessRef(name, reason)
        channel = self._connected()
        await channel.request(p.PROCESS_RESTART, ref, p.ProcessStatus)
        # The answer is from before its effect; a list asked for afterwards is not.
        self._take(await channel.request(p.PROCESS_LIST, Nothing(), p.ProcessList))

    def on_note(self, channel: Channel, method: str, params: bytes) -> None:
        """Take the news of one process."""
        if method == p.NOTICE_PROCESS:
            self._note(unpack(params, p.ProcessStatus))

    def _connected(self) -> Channel:
        if self._channel is None or self._channel.closed:
            raise NvrError("unavailable", "The supervisor does not answer; try again in a moment.")
        return self._channel

    async def _run(self) -> None:
        while True:
            try:
                await self._serve()
            except ChannelClosed:
                pass
            except NvrError as error:
                _log.warning("The supervisor refused: %s", error.message)
            except Exception:  # noqa: BLE001 - a bug must not leave the plugins without their keeper
                _log.exception("The connection to the supervisor failed.")
            if self._channel is not None:
                self._channel.close()
            await asyncio.sleep(_RETRY_S)

    async def _serve(self) -> None:
        self._channel = channel = await connect(self._socket, self)
        self._take(await channel.request(p.PROCESS_WATCH, Nothing(), p.ProcessList))
        await self._on_connect()
        while True:
            await asyncio.sleep(_LIST_EVERY_S)
            self._take(await channel.request(p.PROCESS_LIST, Nothing(), p.ProcessList))

    def _take(self, found: p.ProcessList) -> None:
        names = {status.name for status in found.processes}
        for name in self._statuses.keys() - names:
            del self._statuses[name]
            self._on_change(name)
        for status in found.processes:
            self._statuses[status.name] = status
            self._on_change(status.name)

    def _note(self, status: p.ProcessStatus) -> None:
        before = self._statuses.get(status.name)
        if before is not None and before.pid == status.pid and not status.rss_bytes:
            # Notes leave the usage out; the last list's is better than none.
            status = replace(status, rss_bytes=before.rss_bytes, cpu_seconds=before.cpu_seconds)
        self._statuses[status.name] = status
        self._on_change(status.name)
