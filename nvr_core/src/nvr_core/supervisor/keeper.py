"""All processes of a server, and what the API may ask about them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from nvr_core.processes import (
    ProcessList,
    ProcessRef,
    ProcessSpec,
    ProcessStatus,
)
from nvr_core.supervisor._proc import Usage, usage_by_session
from nvr_core.supervisor.managed import Managed, Surroundings
from nvr_sdk.errors import NvrError

T = TypeVar("T")

ADDED_PREFIX = "plugin:"
"""Names of the processes that may be added and removed while the server runs."""

_GRACE = 3.0
_MEMORY_POLL = 1.0


class Keeper:
    """Table of the supervised processes. Lives on the event loop."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._table: dict[str, Managed] = {}
        self._changing: dict[str, asyncio.Lock] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, spec: ProcessSpec) -> Managed:
        """Keep one of the server's own processes alive; it is never quarantined."""
        managed = Managed(spec, self._around, may_quarantine=False)
        self._table[spec.name] = managed
        return managed

    async def ensure(self, spec: ProcessSpec) -> ProcessStatus:
        """Keep a plugin worker alive; a running one is replaced only if its spec changed.

        A new standard input alone is kept for the next start: the caller has told the running
        process what changed, or restarts it.
        """
        _check_added(spec.name)
        managed = await self._to_the_end(self._ensure(spec))
        # The new process starts in the next turn of the loop: the answer then has its pid.
        await asyncio.sleep(0)
        return self._status(managed)

    async def _ensure(self, spec: ProcessSpec) -> Managed:
        async with self._lock(spec.name):
            managed = self._table.get(spec.name)
            if managed is not None and replace(managed.spec, stdin=spec.stdin) != spec:
                await managed.stop(_GRACE)
                managed = None
            if managed is not None:
                managed.spec = spec
            if managed is None:
                managed = Managed(spec, self._around)
                self._table[spec.name] = managed
            return managed

    async def remove(self, ref: ProcessRef) -> None:
        """End a plugin worker for good; nothing if there is none."""
        _check_added(ref.name)
        await self._to_the_end(self._remove(ref.name))

    async def _remove(self, name: str) -> None:
        async with self._lock(name):
            managed = self._table.get(name)
            if managed is not None:
                await managed.stop(_GRACE)
                del self._table[name]

    async def _to_the_end(self, work: Coroutine[Any, Any, T]) -> T:
        """Finish a change also when who asked for it dies: what is half stopped stays so."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    def restart(self, ref: ProcessRef) -> ProcessStatus:
        """Restart a process; see `Managed.restart` for what the reason means."""
        managed = self._table.get(ref.name)
        if managed is None:
            raise NvrError("process_not_found", f"There is no process {ref.name!r}.")
        managed.restart(ref.reason)
        return self._status(managed)

    def list(self) -> ProcessList:
        """Describe all processes, with memory and processor time of this moment."""
        table = list(self._table.values())
        usage = usage_by_session([managed.pid for managed in table if managed.pid])
        return ProcessList(tuple(m.status(usage.get(m.pid, Usage())) for m in table))

    async def watch_memory(self) -> None:
        """Kill processes that outgrow their limit; runs until cancelled."""
        while True:
            await asyncio.sleep(_MEMORY_POLL)
            limited = [m for m in self._table.values() if m.pid and m.spec.memory_limit_bytes]
            usage = usage_by_session([m.pid for m in limited]) if limited else {}
            for managed in limited:
                limit = managed.spec.memory_limit_bytes
                if usage[managed.pid].rss_bytes > limit:
                    managed.kill(f"over its memory limit of {_readable(limit)}")

    async def stop(self, names: Sequence[str], grace: float) -> None:
        """End some processes for good, all at the same time."""
        found = [self._table[name] for name in names if name in self._table]
        await asyncio.gather(*(managed.stop(grace) for managed in found))

    def names(self) -> tuple[str, ...]:
        """Names of all processes."""
        return tuple(self._table)

    def _status(self, managed: Managed) -> ProcessStatus:
        pid = managed.pid
        return managed.status(usage_by_session([pid])[pid] if pid else Usage())

    def _lock(self, name: str) -> asyncio.Lock:
        return self._changing.setdefault(name, asyncio.Lock())


def _check_added(name: str) -> None:
    if not name.startswith(ADDED_PREFIX):
        raise NvrError("forbidden", f"{name!r} is not a plugin worker.")


def _readable(size: int) -> str:
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20)):
        if size >= factor and size % (factor // 4 or 1) == 0:
            return f"{size / factor:g} {unit}"
    return f"{size} bytes"
