"""``nvr serve``: from an empty directory to a running server, and in good order back."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from nvr_core.processes import ProcessSpec
from nvr_core.settings import Settings
from nvr_core.supervisor import data_dir
from nvr_core.supervisor.addresses import choose_port, reachable_at, urls
from nvr_core.supervisor.boot_marker import BootMarker
from nvr_core.supervisor.control import Control, Watchers
from nvr_core.supervisor.health_check import get_json
from nvr_core.supervisor.keeper import Keeper
from nvr_core.supervisor.managed import Managed, Surroundings
from nvr_core.supervisor.server_log import ServerLog
from nvr_sdk import wire

_CODE_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


def setup_code(choose: Callable[[str], str] = secrets.choice) -> str:
    """Make the one-time code for the first account: XXXX-XXXX without ambiguous characters."""
    letters = "".join(choose(_CODE_ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


@dataclass(frozen=True, slots=True)
class CoreCommands:
    """Command lines of the server's own processes, and how long the API may take to come up."""

    engine: tuple[str, ...] = (sys.executable, "-m", "nvr_core.engine")
    av: tuple[str, ...] = (sys.executable, "-m", "nvr_core.ingest")
    api: tuple[str, ...] = (sys.executable, "-m", "nvr_core.api")
    health_timeout: float = 60.0
    """Seconds in which the API has to answer, else the boot has failed."""
    proven_after: float = 30.0
    """Seconds of health after which a boot is a good one."""


def serve(settings: Settings, core: CoreCommands = CoreCommands()) -> None:
    """Run a server until SIGTERM or SIGINT; raises `NvrError` when it cannot start."""
    # For all processes of the server: what they write is for its user only.
    os.umask(0o077)
    data_dir.prepare(settings)
    lock = data_dir.DataLock(settings.data)
    try:
        settings = replace(settings, port=choose_port(settings.host, settings.port))
        data_dir.migrate(settings)
        asyncio.run(_Server(settings, core).run())
    finally:
        data_dir.clear_run(settings)
        lock.release()


class _Server:
    """One run of the server."""

    def __init__(self, settings: Settings, core: CoreCommands) -> None:
        self._settings = settings
        self._core = core
        self._log = ServerLog(settings.data / "log" / "server.log")
        self._marker = BootMarker(settings.data / "boot-attempts")
        self._code = setup_code()
        self._watchers = Watchers()
        self._keeper = Keeper(
            Surroundings(
                environment={**os.environ, **settings.to_env(), "PYTHONUNBUFFERED": "1"},
                on_change=self._changed,
                on_line=self._log.line,
            )
        )
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Start everything, wait for the signal to end, end everything."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        listener = await wire.serve(
            self._settings.supervisor_socket, lambda: Control(self._keeper, self._watchers)
        )
        self._marker.begin()
        self._start_core()
        tasks = [
            asyncio.create_task(self._keeper.watch_memory(), name="memory limits"),
            asyncio.create_task(self._see_it_come_up(), name="boot"),
        ]
        for task in tasks:
            task.add_done_callback(self._report_failure)
        await self._stop.wait()
        for task in tasks:
            task.cancel()
        await self._shut_down()
        listener.close()
        self._log.close()

    def _start_core(self) -> None:
        self._keeper.start(ProcessSpec("engine", self._core.engine))
        self._keeper.start(ProcessSpec("av", self._core.av))
        self._start_api()

    def _start_api(self) -> None:
        environment = {"NVR_SETUP_CODE": self._code}
        if self._marker.safe_mode:
            environment["NVR_SAFE_MODE"] = "1"
            self._log.event("safe mode: the last boots failed, no plugin is started", "warning")
        self._keeper.start(ProcessSpec("api", self._core.api, env=environment))

    async def _see_it_come_up(self) -> None:
        patience = self._core.health_timeout
        while not await self._healthy_within(patience):
            self._log.event(f"the API did not come up within {patience:g} s", "error")
            self._marker.failure()
            await self._keeper.stop(["api"], grace=2)
            self._start_api()
        await self._announce()
        await asyncio.sleep(self._core.proven_after)
        if await self._healthy_within(patience):
            self._marker.good()

    async def _healthy_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if await self._ask("/healthz") is not None:
                return True
            await asyncio.sleep(0.1)
        return False

    async def _announce(self) -> None:
        lines = [f"nvr is ready at {url}" for url in urls(self._settings.host, self._settings.port)]
        match await self._ask("/api/v1/setup"):
            case {"needed": True}:
                lines.append(f"Setup code for the first account: {self._code}")
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
        self._log.event("ready", port=self._settings.port)

    async def _ask(self, path: str) -> object | None:
        host = reachable_at(self._settings.host)
        return await get_json(self._settings.port, path, host)

    async def _shut_down(self) -> None:
        # The engine ends after the API, whose viewers it serves, and before the workers, whose
        # last units belong into its last segment.
        await self._keeper.stop(["api"], grace=2.0)
        await self._keeper.stop(["engine"], grace=4.0)
        await self._keeper.stop(self._keeper.names(), grace=1.5)
        self._marker.called_off()

    def _changed(self, managed: Managed) -> None:
        self._watchers.tell(managed)
        if managed.state != "running":
            level = "info" if managed.state == "stopped" else "warning"
            self._log.event(
                managed.state, level, name=managed.spec.name, last_exit=managed.last_exit
            )

    def _report_failure(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.event(f"{task.get_name()}: {error!r}", "error")
