"""A plugin that segfaults shortly after its start."""

from __future__ import annotations

import asyncio
import ctypes
from collections.abc import Mapping, Sequence

from nvr_sdk import Event, Health, Option, PluginConfig, PluginContext, hookimpl


class Sink:
    """A plugin that segfaults shortly after its start."""

    id = "sink"
    config_model = PluginConfig
    topics = ("*",)

    async def setup(self, context: PluginContext, config: PluginConfig) -> None:
        """Get ready."""

    async def start(self) -> None:
        """Read address 0 in half a second."""
        asyncio.get_running_loop().call_later(0.5, ctypes.string_at, 0)

    async def stop(self) -> None:
        """Have nothing to stop."""

    async def health(self) -> Health:
        """Claim to be well."""
        return Health("ok")

    async def options(self, field: str, config: Mapping[str, object]) -> Sequence[Option]:
        """Have none."""
        return []

    async def handle(self, event: Event) -> None:
        """Ignore the event."""


@hookimpl
def nvr_event_sinks():
    """Bring the sink."""
    return [Sink]
