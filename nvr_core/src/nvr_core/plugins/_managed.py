"""One plugin under the host's care: its worker, its configuration, its state."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from nvr_core.cameras.mirror import MirroredComponent
from nvr_core.plugins._component_configs import ComponentConfigs
from nvr_core.plugins._merge import Facts, plugin_state, plugin_view
from nvr_core.plugins._store import PluginStore
from nvr_core.plugins._supervisor import SupervisorLink
from nvr_core.plugins._worker import WorkerWatch
from nvr_core.plugins.discovery import FoundPlugin
from nvr_core.plugins.views import ComponentConfig, Plugin
from nvr_core.processes import ProcessSpec
from nvr_core.settings import Settings
from nvr_sdk.errors import NvrError
from nvr_sdk.manifest import Manifest
from nvr_sdk.messages import PluginState
from nvr_sdk.rpc import (
    COMPONENT_CONFIGURE,
    COMPONENT_MIGRATE,
    Configure,
    Migrate,
    Migrated,
    WorkerSetup,
)
from nvr_sdk.wire import Nothing, pack

T = TypeVar("T")

PROCESS_PREFIX = "plugin:"
"""Process names of workers are this and the plugin's id."""

_OWN_CODES = {"not_running": "unavailable", "unknown_component": "component_not_found"}
"""What workers say, and what the API calls it."""

_PATIENCE_S = 10.0
"""How long a question waits for a worker that is starting."""

_log = logging.getLogger(__name__)


class ManagedPlugin:
    """Keeps one plugin as the user wants it. Lives on the event loop; blocks only in threads."""

    def __init__(
        self,
        found: FoundPlugin,
        *,
        enabled: bool,
        safe_mode: bool,
        settings: Settings,
        store: PluginStore,
        supervisor: SupervisorLink,
        on_change: Callable[[Plugin], None],
        clock: Callable[[], int],
    ) -> None:
        """``clock`` gives wall-clock microseconds."""
        self.found = found
        self.enabled = enabled
        self._safe_mode = safe_mode
        self._settings = settings
        self._store = store
        self._supervisor = supervisor
        self._on_change = on_change
        self._clock = clock
        self._process_name = f"{PROCESS_PREFIX}{found.id}"
        self._configs = ComponentConfigs(found, store)
        self._trouble: tuple[PluginState, str] | None = None
        self._last: tuple[PluginState, str] | None = None
        self._lock = asyncio.Lock()
        self._moved = asyncio.Event()
        self._migration: asyncio.Task[None] | None = None
        self._watch = WorkerWatch(
            found.id,
            settings.plugin_socket(found.id),
            setup_timeout_s=found.manifest.runtime.setup_timeout_s if found.manifest else 0.0,
            process=lambda: supervisor.status(self._process_name),
            replace=lambda reason: supervisor.restart(self._process_name, reason),
            on_status=self._look_after,
        )

    @property
    def id(self) -> str:
        """The plugin's id."""
        return self.found.id

    @property
    def wanted(self) -> bool:
        """True when a worker is to run."""
        return self.enabled and not self._safe_mode and not self.found.problem

    @property
    def state(self) -> PluginState:
        """What it is doing."""
        return plugin_state(self._facts())[0]

    @property
    def socket(self) -> Path:
        """Where its worker listens."""
        return self._settings.plugin_socket(self.id)

    @property
    def routes_socket(self) -> Path:
        """Where its worker serves its API routes."""
        return self._settings.routes_socket(self.id)

    @property
    def manifest(self) -> Manifest:
        """Its manifest; raises `NvrError` ``plugin_failed`` when there is none."""
        if self.found.manifest is None:
            raise NvrError("plugin_failed", f"{self.id} cannot be used: {self.found.reason}")
        return self.found.manifest

    def brings(self, kind: str) -> tuple[str, ...]:
        """Ids of its contributions of a kind."""
        return tuple(each.id for each in self.found.contributions if each.kind == kind)

    def view(self) -> Plugin:
        """Describe it for the API."""
        return plugin_view(self._facts())

    def component_trouble(self, component: str) -> str:
        """Say why a component cannot be used; empty when it can."""
        view = self.view()
        each = next(each for each in view.contributions if each.id == component)
        if each.state == "running":
            return ""
        return each.health.message or view.reason or f"The plugin is {view.state}."

    def changed(self) -> None:
        """Take note that the supervisor has news of its worker."""
        self._watch.look()
        self._tell()

    async def stop(self) -> None:
        """Look after it no more; its worker goes on."""
        await self._watch.stop()
        if self._migration is not None:
            self._migration.cancel()
            await asyncio.wait({self._migration})

    async def apply(self) -> None:
        """Have its worker run, or not, as wanted; a healthy one is left alone."""
        async with self._lock:
            await self._apply()

    async def set_enabled(self, enabled: bool) -> None:
        """Take the user's decision."""
        async with self._lock:
            await asyncio.to_thread(self._store.set_enabled, self.id, enabled)
            self.enabled = enabled
            with _once_the_supervisor_is_back():
                await self._apply()
            self._tell()

    async def restart(self) -> None:
        """Replace its worker; ends quarantine and backoff."""
        if not self.wanted:
            state, reason, _ = plugin_state(self._facts())
            raise NvrError("plugin_disabled", f"{self.id} does not run ({state}). {reason}".strip())
        async with self._lock:
            if self._supervisor.status(self._process_name) is None:
                await self._apply()
                return
            await self._ensure()
            await self._supervisor.restart(self._process_name)

    async def request(self, method: str, params: object, result: type[T], timeout: float) -> T:
        """Call its worker; raises `NvrError` ``plugin_disabled`` or ``unavailable`` with why."""
        await self._settled()
        state, reason, _ = plugin_state(self._facts())
        if state in ("disabled", "discovered"):
            raise NvrError("plugin_disabled", f"The plugin {self.id} is {state}. {reason}".strip())
        if self._watch.status is None:
            raise NvrError("unavailable", f"The plugin {self.id} is not running. {reason}".strip())
        try:
            return await self._watch.request(method, params, result, timeout)
        except NvrError as error:
            code = _OWN_CODES.get(error.code)
            raise NvrError(code, error.message) if code else error from None

    async def _settled(self) -> None:
        """Give a worker that is just starting the time to be asked."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                while self.state == "setup":
                    self._moved.clear()
                    await self._moved.wait()

    async def config(self) -> tuple[ComponentConfig, ...]:
        """Give the configuration of all its components, secrets masked."""
        return await asyncio.to_thread(self._configs.shown)

    async def check_import(self, item: MirroredComponent) -> dict[str, object] | None:
        """Give the form for `put_config` that takes a mirrored configuration over.

        None when there is nothing to change. An older layout is migrated by the running component.
        """
        whole: Mapping[str, object] = await asyncio.to_thread(
            self._configs.imported, item.id, item.config, item.sealed
        )
        if item.version != self._configs.version(item.id):
            question = Migrate(item.id, item.version, whole)
            whole = (await self.request(COMPONENT_MIGRATE, question, Migrated, 10.0)).config
        return await asyncio.to_thread(self._configs.form, item.id, whole)

    async def put_config(self, component: str, config: Mapping[str, object]) -> ComponentConfig:
        """Check, apply and keep a configuration; if any step refuses it, the old one stays."""
        async with self._lock:
            change = await asyncio.to_thread(self._configs.prepare, component, config)
            live = self.wanted and not change.restart and self._component_runs(component)
            if live:
                await self._configure(component, change.new.whole)
            await asyncio.to_thread(self._store.save, self.id, component, change.new)
            if self.wanted:
                with _once_the_supervisor_is_back():
                    await self._ensure()
                    if not live and self._supervisor.status(self._process_name) is not None:
                        await self._supervisor.restart(self._process_name)
            return change.shown

    async def _configure(self, component: str, config: Mapping[str, object]) -> None:
        timeout = self.manifest.runtime.setup_timeout_s
        try:
            await self._watch.request(
                COMPONENT_CONFIGURE, Configure(component, config), Nothing, timeout
            )
        except NvrError as error:
            if error.code != "timeout":
                raise
            reason = f"a new configuration timed out after {timeout:g} s"
            await self._supervisor.restart(self._process_name, reason)
            raise NvrError(
                "timeout",
                f"The component took longer than {timeout:g} s; its configuration is as before.",
            ) from None

    def _component_runs(self, component: str) -> bool:
        return any(
            each.id == component and each.state == "running"
            for each in (self._watch.status.components if self._watch.status else ())
        )

    async def _apply(self) -> None:
        if self.wanted:
            await self._ensure()
            self._watch.start()
        else:
            await self._watch.stop()
            if self._supervisor.status(self._process_name) is not None:
                await self._supervisor.remove(self._process_name)
        self._tell()

    async def _ensure(self) -> None:
        """Give the supervisor the current setup. A running worker that differs only in its
        configuration is not replaced: it has been told, or is restarted by the caller."""
        try:
            spec = await asyncio.to_thread(self._spec)
        except NvrError as error:
            self._trouble = ("config_error", error.message)
            return
        self._trouble = None
        await self._supervisor.ensure(spec)

    def _spec(self) -> ProcessSpec:
        data_dir = self._settings.plugin_data(self.id)
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        stored = self._configs.stored()
        setup = WorkerSetup(
            plugin_id=self.id,
            module=self.found.module,
            socket=str(self.socket),
            routes_socket=str(self.routes_socket),
            data_dir=str(data_dir),
            configs={key: config.whole for key, config in stored.items()},
            paths=(str(self.found.search_path),) if self.found.search_path else (),
            versions={key: config.version for key, config in stored.items()},
        )
        return ProcessSpec(
            name=self._process_name,
            argv=(sys.executable, "-m", "nvr_sdk.worker"),
            stdin=pack(setup),
            memory_limit_bytes=self.manifest.runtime.memory_limit_mb << 20,
        )

    def _facts(self) -> Facts:
        return Facts(
            found=self.found,
            enabled=self.enabled,
            safe_mode=self._safe_mode,
            trouble=self._trouble,
            process=self._supervisor.status(self._process_name) if self.wanted else None,
            worker=self._watch.status,
            now_us=self._clock(),
        )

    def _look_after(self) -> None:
        self._tell()
        if self._migration is None and self._watch.status is not None and self._configs.outdated:
            self._migration = asyncio.create_task(self._migrate(), name=f"migrate {self.id}")

    def _tell(self) -> None:
        state, reason, _ = plugin_state(self._facts())
        if (state, reason) != self._last:
            self._last = (state, reason)
            self._moved.set()
            self._on_change(self.view())

    async def _migrate(self) -> None:
        """Store what the running components made of configurations in an older layout."""
        try:
            async with self._lock:
                for component in filter(self._component_runs, self._configs.outdated):
                    old = await asyncio.to_thread(self._store.load, self.id, component)
                    question = Migrate(component, old.version, old.whole)
                    new = await self.request(COMPONENT_MIGRATE, question, Migrated, 10.0)
                    await asyncio.to_thread(self._configs.keep, component, new.version, new.config)
                    await self._ensure()
        except NvrError as error:
            _log.warning("A configuration of %s is not migrated: %s", self.id, error.message)
        except Exception:  # noqa: BLE001 - the plugin runs on, and the next start tries again
            _log.exception("Migrating the configuration of %s failed.", self.id)
        finally:
            self._migration = None


@contextmanager
def _once_the_supervisor_is_back() -> Iterator[None]:
    """Let what is stored already be applied later: the host does so at each new connection."""
    try:
        yield
    except NvrError as error:
        if error.code != "unavailable":
            raise
