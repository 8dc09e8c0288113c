"""A plugin that hangs in setup and blocks its event loop."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from nvr_sdk import Event, Health, Option, PluginConfig, PluginContext, hookimpl


class Sink:
    """A plugin that hangs in setup and blocks its event loop."""

    id = "sink"
    config_model = PluginConfig
    topics = ("*",)

    async def setup(self, context: PluginContext, config: PluginConfig) -> None:
        """Never come back; not even the event loop goes on."""
        time.sleep(86400)

    async def start(self) -> None:
        """Begin."""

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
