"""The life of one component: setup, start, health, a new configuration, stop."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from nvr_sdk.components import Component, PluginContext
from nvr_sdk.config import PluginConfig
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import Health, PluginState
from nvr_sdk.rpc import ComponentStatus
from nvr_sdk.worker.activation import Brought
from nvr_sdk.worker.configuration import migrate, validate

log = logging.getLogger("nvr.worker")

HEALTH_INTERVAL_S = 10.0
HEALTH_TIMEOUT_S = 5.0
_OWN_STATES: dict[str, PluginState] = {
    "auth_failed": "auth_failed",
    "config_error": "config_error",
    "migration_error": "migration_error",
}


class Attachment(Protocol):
    """What the worker runs beside a component while it is running (its routes, its event queue)."""

    async def start(self, component: Any) -> None:
        """Begin, after the component has started."""
        ...

    async def stop(self) -> None:
        """End, before the component is stopped; must not raise."""
        ...


class ComponentRunner:
    """Runs one component on the plugin loop.

    All coroutines belong on the plugin loop; `status`, `detail` and `component` may be read from
    any thread.
    """

    def __init__(
        self,
        brought: Brought,
        context: PluginContext,
        config: Mapping[str, object],
        version: int | None,
        attachment: Attachment | None = None,
    ) -> None:
        self.kind = brought.kind
        self.id = brought.component.id
        self.detail = ""
        """Traceback of the last failure, empty while running."""
        self._class = brought.component
        self._context = context
        self._stored = config
        self._version = version
        self._attachment = attachment
        self._lock = asyncio.Lock()
        self._component: Component | None = None
        self._config: PluginConfig | None = None
        self._health: asyncio.Task[None] | None = None
        self.status = ComponentStatus(brought.kind, self.id, "setup", Health("ok"))

    async def activate(self) -> None:
        """Make the component, set it up and start it; a failure becomes its state."""
        async with self._lock:
            try:
                self._component = self._class()
                await self._begin(self._validated(self._stored, self._version))
            except Exception as error:  # noqa: BLE001
                # This is the boundary that contains a plugin: the failure becomes its state.
                log.warning("%s %s: setup failed: %s", self.kind, self.id, one_sentence(error))
                self._fail(error)
                await self._end_quietly()

    def component(self) -> Any:
        """Give the running component; raises `NvrError` ``not_running`` with the reason."""
        if self.status.state != "running" or self._component is None:
            reason = self.status.health.message or "it is being set up"
            raise NvrError("not_running", f"{self.id} is not running: {reason}")
        return self._component

    def check(self, config: Mapping[str, object]) -> None:
        """Raise `ConfigError` if the configuration is invalid. Callable from any thread."""
        validate(self.config_model, config)

    @property
    def config_model(self) -> type[PluginConfig]:
        """Model of the component's configuration."""
        return self._class.config_model

    @property
    def camera_model(self) -> type[PluginConfig]:
        """Model of a camera's configuration; `NvrError` ``unknown_component`` without one."""
        model: type[PluginConfig] | None = getattr(self._class, "camera_model", None)
        if model is None:
            raise NvrError("unknown_component", f"{self.id!r} is no camera source.")
        return model

    async def configure(self, config: Mapping[str, object]) -> None:
        """Stop, set up with a new configuration and start.

        An invalid configuration is refused before anything stops. If the component refuses it, the
        previous one is restored and the component's error is raised.
        """
        new = self._validated(config, None)
        async with self._lock:
            previous = self._config
            await self._end_quietly()
            self.status = replace(self.status, state="setup", health=Health("ok"))
            try:
                if self._component is None:
                    self._component = self._class()
                await self._begin(new)
            except Exception as error:
                await self._end_quietly()
                self._fail(error)
                await self._restore(previous)
                raise as_nvr_error(error, self.id) from error

    async def stop(self) -> None:
        """End the component for good."""
        async with self._lock:
            await self._end_quietly()

    def note_health(self, health: Health) -> None:
        """Take a health that was observed elsewhere, e.g. in an event's handling."""
        if self.status.state == "running":
            self.status = replace(self.status, health=health)

    def _validated(self, config: Mapping[str, object], version: int | None) -> PluginConfig:
        model = self.config_model
        return validate(model, config if version is None else migrate(model, version, config))

    async def _begin(self, config: PluginConfig) -> None:
        component = self._component
        assert component is not None
        await component.setup(self._context, config)
        await component.start()
        if self._attachment is not None:
            await self._attachment.start(component)
        self._config = config
        self.detail = ""
        self.status = replace(self.status, state="running", health=Health("ok"))
        self._health = asyncio.create_task(self._watch_health(component))

    async def _restore(self, previous: PluginConfig | None) -> None:
        if previous is None:
            return
        try:
            await self._begin(previous)
        except Exception as error:  # noqa: BLE001
            log.warning("%s %s: the previous configuration fails too", self.kind, self.id)
            self._fail(error)
            await self._end_quietly()

    async def _end_quietly(self) -> None:
        if self._health is not None:
            self._health.cancel()
            self._health = None
        if self._attachment is not None:
            await self._attachment.stop()
        if self._component is None:
            return
        try:
            await self._component.stop()
        except Exception:
            log.exception("%s %s: stop failed", self.kind, self.id)

    async def _watch_health(self, component: Component) -> None:
        while True:
            try:
                async with asyncio.timeout(HEALTH_TIMEOUT_S):
                    health = await component.health()
            except TimeoutError:
                health = Health("failed", f"No answer to health within {HEALTH_TIMEOUT_S:g} s.")
            except Exception as error:  # noqa: BLE001
                health = Health("failed", one_sentence(error))
            self.note_health(health)
            await asyncio.sleep(HEALTH_INTERVAL_S)

    def _fail(self, error: Exception) -> None:
        self.detail = "".join(traceback.format_exception(error))
        self.status = replace(
            self.status, state=state_of(error), health=Health("failed", one_sentence(error))
        )


def state_of(error: BaseException) -> PluginState:
    """Give the plugin state that a failure leads to."""
    return _OWN_STATES.get(error.code, "failed") if isinstance(error, NvrError) else "failed"


def one_sentence(error: BaseException) -> str:
    """Say in one line what went wrong."""
    if isinstance(error, NvrError):
        return error.message
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else f"{type(error).__name__}."


def as_nvr_error(error: Exception, component: str) -> NvrError:
    """Carry any exception of a component to the caller."""
    if isinstance(error, NvrError):
        return error
    return NvrError("plugin_failed", f"{component}: {one_sentence(error)}")
