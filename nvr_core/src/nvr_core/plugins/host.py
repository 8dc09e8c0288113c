"""The plugin host: what the rest of the API process knows of plugins.

Plugins run in workers that the supervisor keeps alive; the host tells it which, watches them, and
calls them. When the API process is replaced, the next host finds the workers running.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nvr_core.cameras.mirror import MirroredComponent
from nvr_core.cameras.rtsp import Probed
from nvr_core.db.engine import Database
from nvr_core.plugins._builtin import BuiltinSources
from nvr_core.plugins._camera_sources import CameraSources
from nvr_core.plugins._forms import check_values, prefixed
from nvr_core.plugins._managed import PROCESS_PREFIX, ManagedPlugin
from nvr_core.plugins._recorders import RecorderAnnouncer, Targets
from nvr_core.plugins._sinks import SinkQueue
from nvr_core.plugins._store import PluginStore
from nvr_core.plugins._supervisor import SupervisorLink
from nvr_core.plugins.discovery import CORE_ID, discover
from nvr_core.plugins.views import CameraSourceInfo, ComponentConfig, ComponentSchema, Plugin
from nvr_core.processes import ADDRESS_PROBE, AddressProbe, AddressProbed
from nvr_core.security.vault import Vault
from nvr_core.settings import Settings
from nvr_sdk.config import layout_version
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import Event, Option, StreamName
from nvr_sdk.rpc import COMPONENT_OPTIONS, AskOptions, Options
from nvr_sdk.wire import connect

if TYPE_CHECKING:
    from nvr_sdk.frames import FrameRing
    from nvr_sdk.worker.detector_client import DetectorClient

_log = logging.getLogger(__name__)


def _now_us() -> int:
    return time.time_ns() // 1000


def _ignore(_: Plugin) -> None:
    return None


class PluginHost:
    """All plugins of a server. Every method belongs on the event loop; none blocks it."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        vault: Vault,
        *,
        safe_mode: bool = False,
        on_change: Callable[[Plugin], None] = _ignore,
        clock: Callable[[], int] = _now_us,
    ) -> None:
        """``on_change`` is called when a plugin's state or reason changes; ``clock`` gives us."""
        self._settings = settings
        self._safe_mode = safe_mode
        self._on_change = on_change
        self._clock = clock
        self._store = PluginStore(database, vault, clock)
        self._supervisor = SupervisorLink(
            settings.supervisor_socket, self._apply_all, self._process_changed
        )
        self._plugins: dict[str, ManagedPlugin] = {}
        self._builtin = BuiltinSources(self._probe_address)
        self._sources = CameraSources(self._builtin, self._plugins)
        self._sinks: list[SinkQueue] = []
        self._recorders: RecorderAnnouncer | None = None

    async def start(self) -> None:
        """Find the plugins and begin to have their workers run; waits for none of them."""
        found = await asyncio.to_thread(discover, self._settings)
        usable = [plugin.id for plugin in found if not plugin.problem]
        if not self._safe_mode:
            await asyncio.to_thread(self._store.welcome, usable)
        enabled = await asyncio.to_thread(self._store.enabled)
        for plugin in found:
            self._plugins[plugin.id] = ManagedPlugin(
                plugin,
                enabled=enabled.get(plugin.id, True),
                safe_mode=self._safe_mode,
                settings=self._settings,
                store=self._store,
                supervisor=self._supervisor,
                on_change=self._plugin_changed,
                clock=self._clock,
            )
        self._sinks = [SinkQueue(p) for p in self._plugins.values() if p.brings("event_sink")]
        self._recorders = RecorderAnnouncer(self._settings.engine_socket, self.recorder_targets)
        self._supervisor.start()

    async def stop(self) -> None:
        """Disconnect; workers and engine go on as they are."""
        await self._supervisor.stop()
        if self._recorders is not None:
            await self._recorders.stop()
        await asyncio.gather(*(sink.stop() for sink in self._sinks))
        await asyncio.gather(*(plugin.stop() for plugin in self._plugins.values()))

    def list(self) -> tuple[Plugin, ...]:
        """Describe all plugins, the core's own components first."""
        return (self._builtin.view(), *(plugin.view() for plugin in self._plugins.values()))

    def get(self, plugin_id: str) -> Plugin:
        """Describe a plugin; raises `NvrError` ``plugin_not_found``."""
        return self._builtin.view() if plugin_id == CORE_ID else self._find(plugin_id).view()

    def schema(self, plugin_id: str) -> tuple[ComponentSchema, ...]:
        """Give the forms of a plugin's components, also while it is disabled or broken."""
        if plugin_id == CORE_ID:
            return ()
        return tuple(
            ComponentSchema(
                component=each.id,
                kind=each.kind,
                title=each.title,
                schema_=each.config_schema,
                version=layout_version(each.config_schema),
            )
            for each in self._find(plugin_id).found.contributions
        )

    async def config(self, plugin_id: str) -> tuple[ComponentConfig, ...]:
        """Give the stored configurations of a plugin's components, secrets masked."""
        return () if plugin_id == CORE_ID else await self._find(plugin_id).config()

    async def put_config(
        self, plugin_id: str, component: str, config: Mapping[str, object]
    ) -> ComponentConfig:
        """Check, apply and store a component's configuration; all of it or nothing.

        Raises `NvrError` with field paths below ``config``. It is applied to the running component,
        or its worker is restarted where that is impossible.
        """
        plugin = self._changeable(plugin_id)
        try:
            return await plugin.put_config(component, config)
        except NvrError as error:
            raise prefixed(error) from None

    async def check_import(
        self, plugin_id: str, item: MirroredComponent
    ) -> dict[str, object] | None:
        """Give the form with which `put_config` takes a mirrored configuration over.

        None if nothing differs; raises `NvrError` with field paths below ``config``.
        """
        try:
            return await self._changeable(plugin_id).check_import(item)
        except NvrError as error:
            raise prefixed(error) from None

    async def enable(self, plugin_id: str) -> Plugin:
        """Have a plugin run, now and after each start of the server."""
        await self._changeable(plugin_id).set_enabled(True)
        return self.get(plugin_id)

    async def disable(self, plugin_id: str) -> Plugin:
        """End a plugin's worker and start it no more."""
        await self._changeable(plugin_id).set_enabled(False)
        return self.get(plugin_id)

    async def restart(self, plugin_id: str) -> Plugin:
        """Replace a plugin's worker; raises `NvrError` ``plugin_disabled`` if none is to run."""
        await self._changeable(plugin_id).restart()
        return self.get(plugin_id)

    async def options(
        self, plugin_id: str, component: str, field: str, config: Mapping[str, object]
    ) -> tuple[Option, ...]:
        """Ask a component for the choices of a field; ``config`` is the unsaved form."""
        if plugin_id == CORE_ID:
            raise NvrError("component_not_found", f"The server has no component {component!r}.")
        plugin = self._find(plugin_id)
        check_values(config)
        question = AskOptions(component, field, config)
        return (await plugin.request(COMPONENT_OPTIONS, question, Options, 15.0)).options

    def camera_sources(self) -> tuple[CameraSourceInfo, ...]:
        """List the ways to add a camera."""
        return self._sources.infos()

    def camera_schema(self, plugin: str, source: str) -> dict[str, Any]:
        """Give the form of a source's cameras; raises `NvrError` ``source_not_found``."""
        return self._sources.schema(plugin, source)

    async def check_camera_config(
        self, plugin: str, source: str, config: Mapping[str, object]
    ) -> dict[str, object]:
        """Normalise a camera's configuration, secrets in clear; raises with ``config.…`` paths."""
        return await self._sources.check(plugin, source, config)

    async def camera_streams(
        self, plugin: str, source: str, config: Mapping[str, object]
    ) -> tuple[StreamName, ...]:
        """Name the streams of a camera, main first; may ask the plugin's worker."""
        return await self._sources.streams(plugin, source, config)

    async def migrate_camera_config(
        self, plugin: str, source: str, version: int, config: Mapping[str, object]
    ) -> Mapping[str, object]:
        """Bring a camera's configuration to the present layout; raises ``migration_error``."""
        return await self._sources.migrate(plugin, source, version, config)

    async def camera_probe(self, plugin: str, source: str, config: Mapping[str, object]) -> Probed:
        """Look at a camera before it is saved; may take as long as a network timeout."""
        return await self._sources.probe(plugin, source, config)

    def publish(self, event: Event) -> None:
        """Hand an event to all event sinks; never waits, the oldest waiting are dropped."""
        for sink in self._sinks:
            sink.put(event)

    def recorder_targets(self) -> Targets:
        """Name the running recorders: (worker socket, contribution id)."""
        return tuple(
            (str(plugin.socket), recorder)
            for plugin in self._plugins.values()
            for recorder in plugin.brings("recorder")
            if not plugin.component_trouble(recorder)
        )

    def routes_socket(self, plugin_id: str) -> Path:
        """Where a plugin serves its routes; raises ``route_not_found`` or ``unavailable``."""
        plugin = self._find(plugin_id)
        routes = plugin.brings("api_routes")
        if not routes:
            raise NvrError("route_not_found", f"The plugin {plugin_id} brings no API routes.")
        trouble = plugin.component_trouble(routes[0])
        if trouble:
            raise NvrError("unavailable", f"The plugin {plugin_id} does not answer. {trouble}")
        return plugin.routes_socket

    async def detector(self, plugin_id: str, detector: str, ring: FrameRing) -> DetectorClient:
        """Connect a ring of frames to a detector; the caller closes the client."""
        # Here, since it imports numpy, which would cost every start a tenth of a second.
        from nvr_sdk.worker.detector_client import DetectorClient

        plugin = self._find(plugin_id)
        if detector not in plugin.brings("detector"):
            raise NvrError("component_not_found", f"{plugin_id} has no detector {detector!r}.")
        return await DetectorClient.connect(plugin.socket, detector, ring)

    async def _probe_address(self, question: AddressProbe) -> AddressProbed:
        channel = await connect(self._settings.av_socket)
        try:
            patience = question.timeout_s + 5.0
            return await channel.request(ADDRESS_PROBE, question, AddressProbed, patience)
        finally:
            channel.close()

    def _find(self, plugin_id: str) -> ManagedPlugin:
        plugin = self._plugins.get(plugin_id)
        if plugin is None:
            raise NvrError("plugin_not_found", f"There is no plugin {plugin_id!r}.")
        return plugin

    def _changeable(self, plugin_id: str) -> ManagedPlugin:
        if plugin_id == CORE_ID:
            raise NvrError("plugin_builtin", "The server's own components cannot be changed.")
        return self._find(plugin_id)

    async def _apply_all(self) -> None:
        """The supervisor is there: have exactly the wanted workers run."""
        plugins = list(self._plugins.values())
        outcomes = await asyncio.gather(*(p.apply() for p in plugins), return_exceptions=True)
        for plugin, outcome in zip(plugins, outcomes, strict=True):
            if isinstance(outcome, Exception):
                _log.error("The worker of %s cannot be started.", plugin.id, exc_info=outcome)
        for name in self._supervisor.names():
            if name.startswith(PROCESS_PREFIX) and name.removeprefix(PROCESS_PREFIX) not in (
                self._plugins
            ):
                await self._supervisor.remove(name)

    def _process_changed(self, name: str) -> None:
        plugin = self._plugins.get(name.removeprefix(PROCESS_PREFIX))
        if plugin is not None and name.startswith(PROCESS_PREFIX):
            plugin.changed()

    def _plugin_changed(self, view: Plugin) -> None:
        if self._recorders is not None:
            self._recorders.look()
        self._on_change(view)
