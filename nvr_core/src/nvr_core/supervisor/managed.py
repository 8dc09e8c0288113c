"""One process that is kept alive: start, end, wait, start again."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from nvr_core.processes import ON_REQUEST, ProcessSpec, ProcessStatus
from nvr_core.supervisor._child import Child, exit_reason
from nvr_core.supervisor._proc import Usage
from nvr_core.supervisor.backoff import Backoff, CrashCounter

State = Literal["running", "backoff", "quarantined", "stopped"]

_TAIL_LINES = 40


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the supervisor gives every process it keeps."""

    environment: Mapping[str, str]
    """Base of their environment."""
    on_change: Callable[[Managed], None]
    """Called on the event loop after every start, end and change of state."""
    on_line: Callable[[str, str], None]
    """Takes (process name, line of output)."""
    clock: Callable[[], float] = time.monotonic
    wall_clock: Callable[[], int] = time.time_ns
    random: Callable[[], float] = random.random


class Managed:
    """Keeps one process running until `stop`. Lives on the event loop."""

    def __init__(
        self, spec: ProcessSpec, around: Surroundings, *, may_quarantine: bool = True
    ) -> None:
        self.spec = spec
        self.state: State = "backoff"
        self.restarts = 0
        self.last_exit = ""
        self.started_us = 0
        self._around = around
        self._backoff = Backoff(around.random)
        self._crashes = CrashCounter() if may_quarantine else None
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._last_tail = ""
        self._child: Child | None = None
        self._end_reason = ""
        self._again_at_once = False
        self._wake = asyncio.Event()
        self._stopping = False
        self._task = asyncio.create_task(self._keep(), name=f"keep {spec.name}")
        self._task.add_done_callback(_report_failure)

    @property
    def pid(self) -> int:
        """Process id, 0 while none runs."""
        return 0 if self._child is None else self._child.pid

    def status(self, usage: Usage) -> ProcessStatus:
        """Describe it for `process.list`."""
        tail = "\n".join(self._tail) or self._last_tail
        return ProcessStatus(
            name=self.spec.name,
            state=self.state,
            pid=self.pid,
            restarts=self.restarts,
            rss_bytes=usage.rss_bytes,
            cpu_seconds=usage.cpu_seconds,
            started_us=self.started_us,
            last_exit=self.last_exit,
            stderr_tail=tail,
        )

    def restart(self, reason: str = "") -> None:
        """End the process and start another.

        Without a reason it is somebody's wish: at once, with the count of crashes cleared. A reason
        is a failure seen from outside: the process is killed and counted as crashed.
        """
        if reason:
            self.kill(reason)
            return
        self._forgive()
        self._again_at_once = True
        self._wake.set()
        if self._child is not None:
            self._end_reason = ON_REQUEST
            self._child.signal(signal.SIGTERM)
            asyncio.get_running_loop().call_later(3.0, self._child.kill)

    def kill(self, reason: str) -> None:
        """Kill the process, if one runs; ``reason`` is kept as the cause."""
        if self._child is not None:
            self._end_reason = reason
            self._child.kill()

    async def stop(self, grace: float) -> None:
        """End it for good: SIGTERM, after ``grace`` seconds SIGKILL. Returns once it has ended."""
        self._stopping = True
        self._wake.set()
        if self._child is not None:
            self._child.signal(signal.SIGTERM)
        await asyncio.wait({self._task}, timeout=grace)
        if self._child is not None:
            self._child.kill()
            # One that hangs in the kernel must not hold up the others.
            await asyncio.wait({self._task}, timeout=2.0)

    async def _keep(self) -> None:
        while not self._stopping:
            began = self._around.clock()
            self.last_exit = await self._run_once()
            await self._pause(self._around.clock() - began)
        self._set_state("stopped")

    async def _run_once(self) -> str:
        self._tail.clear()
        self._end_reason = ""
        self._again_at_once = False
        environment = {**self._around.environment, **self.spec.env}
        try:
            self._child = Child(self.spec.argv, environment, self.spec.stdin, self._take_line)
        except OSError as error:
            return f"could not be started: {error.strerror}"
        self.started_us = self._around.wall_clock() // 1000
        self._set_state("running")
        code = await self._child.wait()
        self._child = None
        self._last_tail = "\n".join(self._tail)
        return self._end_reason or exit_reason(code)

    async def _pause(self, lifetime: float) -> None:
        if self._stopping:
            return
        self.restarts += 1
        if self._again_at_once:
            return
        self._wake.clear()
        if self._crashes is not None and self._crashes.crashed(self._around.clock()):
            self._set_state("quarantined")
            await self._wake.wait()
            return
        delay = self._backoff.next_delay(lifetime)
        self._set_state("backoff")
        with contextlib.suppress(TimeoutError):
            # Not wait_for, which in Python 3.11 can swallow a cancellation.
            async with asyncio.timeout(delay):
                await self._wake.wait()

    def _forgive(self) -> None:
        self._backoff.reset()
        if self._crashes is not None:
            self._crashes.reset()

    def _take_line(self, line: str) -> None:
        self._tail.append(line)
        self._around.on_line(self.spec.name, line)

    def _set_state(self, state: State) -> None:
        self.state = state
        self._around.on_change(self)


def _report_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        task.get_loop().call_exception_handler(
            {"message": f"task {task.get_name()!r} failed", "exception": error}
        )
