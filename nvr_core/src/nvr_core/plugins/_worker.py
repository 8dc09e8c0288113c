"""Watches one plugin's worker: connects to it, asks how it is, has it replaced when it hangs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from nvr_core.processes import ProcessStatus
from nvr_sdk.errors import NvrError
from nvr_sdk.rpc import PLUGIN_STATUS, PluginStatus
from nvr_sdk.wire import Channel, Nothing, connect

T = TypeVar("T")

SILENCE_LIMIT_S = 10.0
"""A worker, or the plugin's event loop in it, that does not answer for so long is replaced."""

_POLL_S = 2.0
_POLL_STARTING_S = 0.2
_ANSWER_S = 2.0

_log = logging.getLogger(__name__)


class WorkerWatch:
    """Follows one worker through its processes. Lives on the event loop."""

    def __init__(
        self,
        name: str,
        socket: Path,
        *,
        setup_timeout_s: float,
        process: Callable[[], ProcessStatus | None],
        replace: Callable[[str], Awaitable[None]],
        on_status: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``process`` gives the supervisor's view; ``replace`` ends it for the reason given."""
        self._name = name
        self._socket = socket
        self._setup_timeout_s = setup_timeout_s
        self._process = process
        self._replace = replace
        self._on_status = on_status
        self._clock = clock
        self._pid = 0
        self._since = 0.0
        self._heard = 0.0
        self._misses = 0
        self._settled = False
        self._given_up = False
        self._channel: Channel | None = None
        self._look = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.status: PluginStatus | None = None
        """What the current process said last, or None before it said anything."""

    def start(self) -> None:
        """Begin to watch."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"watch {self._name}")

    async def stop(self) -> None:
        """Watch no more; the worker goes on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None
        self._forget()

    def look(self) -> None:
        """Look again at once: the supervisor has news."""
        self._look.set()

    async def request(self, method: str, params: object, result: type[T], timeout: float) -> T:
        """Call the worker; raises `NvrError`, ``unavailable`` while there is no connection."""
        if self._channel is None or self._channel.closed:
            raise NvrError("unavailable", "The plugin's worker is not running.")
        return await self._channel.request(method, params, result, timeout)

    async def _run(self) -> None:
        while True:
            self._look.clear()
            try:
                await self._step()
            except Exception:  # noqa: BLE001 - watching goes on whatever a worker answers
                _log.exception("Watching the worker of %s failed.", self._name)
            self._on_status()
            pause = _POLL_S if self._settled or self._given_up else _POLL_STARTING_S
            try:
                # Not wait_for, which in Python 3.11 can swallow a cancellation.
                async with asyncio.timeout(pause):
                    await self._look.wait()
            except TimeoutError:
                continue

    async def _step(self) -> None:
        process = self._process()
        if process is None or process.state != "running":
            self._forget()
            return
        if process.pid != self._pid:
            self._adopt(process.pid)
        if self._given_up:
            return
        await self._ask()
        if not self._settled and self._clock() - self._since > self._setup_timeout_s:
            await self._give_up(f"setup timed out after {self._setup_timeout_s:g} s")
        elif self._settled and self._silence() > SILENCE_LIMIT_S:
            await self._give_up(f"it did not answer for {SILENCE_LIMIT_S:g} s")

    async def _ask(self) -> None:
        try:
            if self._channel is None or self._channel.closed:
                self._channel = await connect(self._socket)
            status = await self._channel.request(PLUGIN_STATUS, Nothing(), PluginStatus, _ANSWER_S)
        except NvrError:
            self._misses += 1
            return
        self.status = status
        self._settled = self._settled or status.state != "setup"
        self._misses = 0
        self._heard = self._clock()

    def _silence(self) -> float:
        """Seconds for which nothing was heard of the plugin."""
        # One missed answer may be this process's own pause (a laptop that slept), two are not.
        worker = self._clock() - self._heard if self._misses > 1 else 0.0
        return max(worker, self.status.silent_s if self.status is not None else 0.0)

    async def _give_up(self, reason: str) -> None:
        self._given_up = True
        try:
            await self._replace(reason)
        except NvrError as error:
            _log.warning("The worker of %s cannot be replaced: %s", self._name, error.message)
            self._given_up = False

    def _adopt(self, pid: int) -> None:
        self._forget()
        self._pid = pid
        self._since = self._clock()

    def _forget(self) -> None:
        self._pid = 0
        self._settled = self._given_up = False
        self._misses = 0
        self.status = None
        if self._channel is not None:
            self._channel.close()
            self._channel = None
