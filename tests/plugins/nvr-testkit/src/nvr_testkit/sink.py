"""A sink that writes events to a file."""

from __future__ import annotations

import asyncio
import json

from pydantic import Field

from nvr_sdk import Event
from nvr_testkit.base import KitComponent, KitConfig


class SinkConfig(KitConfig):
    """Configuration of the sink."""

    delay_s: float = Field(
        default=0.0, ge=0, le=60, title="Delay", description="Seconds that an event takes."
    )


class FileSink(KitComponent):
    """Appends a line per event to ``events.jsonl``; an event ``camera.poison`` makes it raise."""

    id = "testkit-sink"
    config_model = SinkConfig
    topics = ("camera.*", "plugin.state")

    async def handle(self, event: Event) -> None:
        """Write the event."""
        await asyncio.sleep(self.config.delay_s)
        if event.topic == "camera.poison":
            raise ValueError("poisoned")
        line = {"id": event.id, "topic": event.topic, "data": dict(event.data)}
        with (self.context.data_dir / "events.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")
