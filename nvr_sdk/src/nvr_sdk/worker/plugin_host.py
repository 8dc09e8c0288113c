"""The plugin inside its worker: brings all components up, knows their state, takes them down."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable
from pathlib import Path

from nvr_sdk.components import PluginContext
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import PluginState
from nvr_sdk.rpc import ComponentStatus, PluginStatus, WorkerSetup
from nvr_sdk.worker.activation import Brought, collect
from nvr_sdk.worker.component_runner import Attachment, ComponentRunner, one_sentence, state_of
from nvr_sdk.worker.event_queue import EventQueue
from nvr_sdk.worker.routes import RoutesServer

_WORST_FIRST: tuple[PluginState, ...] = (
    "failed",
    "migration_error",
    "config_error",
    "auth_failed",
    "setup",
    "running",
)
_SILENCE_WORTH_TELLING_S = 3.0


class PluginHost:
    """Holds a plugin's components. Coroutines belong on the plugin loop, the rest on any thread."""

    def __init__(self, setup: WorkerSetup) -> None:
        self._setup = setup
        self._failure: tuple[PluginState, str, str] | None = None
        self._collected = False
        self.runners: tuple[ComponentRunner, ...] = ()
        """All components, once the import is done."""
        self.event_queues: tuple[EventQueue, ...] = ()
        """One per event sink."""

    async def activate(self) -> None:
        """Import the plugin and start its components side by side; failures become states."""
        try:
            # On purpose on the plugin loop: an import that hangs blocks this thread only.
            brought = collect(self._setup.module)
            self.runners = tuple(self._runner(each) for each in brought)
        except (Exception, SystemExit) as error:  # noqa: BLE001
            # The boundary that contains a plugin's import, which may even call sys.exit.
            logging.getLogger("nvr.worker").warning("import failed: %s", one_sentence(error))
            self._failure = (state_of(error), one_sentence(error), traceback.format_exc())
            return
        self._collected = True
        await asyncio.gather(*(runner.activate() for runner in self.runners))

    async def stop(self) -> None:
        """Stop all components side by side."""
        await asyncio.gather(*(runner.stop() for runner in self.runners))

    def runner(self, identity: str) -> ComponentRunner:
        """Give a component's runner; raises `NvrError` ``unknown_component`` or ``not_running``."""
        for runner in self.runners:
            if runner.id == identity:
                return runner
        if self._failure is not None:
            raise NvrError("not_running", f"The plugin is not running: {self._failure[1]}")
        if not self._collected:
            raise NvrError("not_running", "The plugin is being set up.")
        raise NvrError("unknown_component", f"The plugin brings no {identity!r}.")

    def status(self, streams: Callable[[str], tuple[str, ...]], silent_s: float) -> PluginStatus:
        """Describe the plugin and its components."""
        if self._failure is not None:
            state, reason, detail = self._failure
            return PluginStatus(state, reason, detail, (), silent_s)
        components = tuple(_with_streams(runner.status, streams) for runner in self.runners)
        if not self._collected:
            return PluginStatus("setup", "The plugin is being imported.", "", components, silent_s)
        state = min((c.state for c in components), key=_WORST_FIRST.index, default="running")
        reason, detail = self._why(state)
        if silent_s > _SILENCE_WORTH_TELLING_S:
            reason = f"The plugin has blocked its event loop for {silent_s:.0f} s."
        return PluginStatus(state, reason, detail, components, silent_s)

    def _why(self, state: PluginState) -> tuple[str, str]:
        if state == "running":
            return "", ""
        worst = next(runner for runner in self.runners if runner.status.state == state)
        if state == "setup":
            return f"{worst.id} is being set up.", ""
        return f"{worst.id}: {worst.status.health.message}", worst.detail

    def _runner(self, brought: Brought) -> ComponentRunner:
        setup, identity = self._setup, brought.component.id
        context = PluginContext(
            plugin_id=setup.plugin_id,
            data_dir=Path(setup.data_dir),
            log=logging.getLogger(f"plugin.{setup.plugin_id}"),
        )
        return ComponentRunner(
            brought,
            context,
            setup.configs.get(identity, {}),
            setup.versions.get(identity),
            self._attachment(brought),
        )

    def _attachment(self, brought: Brought) -> Attachment | None:
        if brought.kind == "api_routes":
            return RoutesServer(Path(self._setup.routes_socket))
        if brought.kind == "event_sink":
            queue = EventQueue(brought.component.id)
            self.event_queues = (*self.event_queues, queue)
            return queue
        return None


def _with_streams(
    status: ComponentStatus, streams: Callable[[str], tuple[str, ...]]
) -> ComponentStatus:
    if status.kind != "camera_source":
        return status
    return ComponentStatus(status.kind, status.id, status.state, status.health, streams(status.id))
