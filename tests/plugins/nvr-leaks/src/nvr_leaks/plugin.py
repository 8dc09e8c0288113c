"""A plugin that leaks memory steadily after its start."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from nvr_sdk import Event, Health, Option, PluginConfig, PluginContext, hookimpl


class Sink:
    """A plugin that leaks memory steadily after its start."""

    id = "sink"
    config_model = PluginConfig
    topics = ("*",)

    async def setup(self, context: PluginContext, config: PluginConfig) -> None:
        """Get ready."""

    async def start(self) -> None:
        """Leak 16 MiB ten times a second."""
        self.leak = asyncio.create_task(self._leak())

    async def _leak(self) -> None:
        self.kept: list[bytes] = []
        while True:
            # Written to, so that the pages are resident.
            self.kept.append(b"\x01" * (16 << 20))
            await asyncio.sleep(0.1)

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
