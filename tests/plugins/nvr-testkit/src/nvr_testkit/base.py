"""What the components of the test kit share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field

from nvr_sdk import AuthFailed, ConfigError, Health, Option, PluginConfig, PluginContext


class KitConfig(PluginConfig):
    """Configuration that every component of the kit understands."""

    on_setup: Literal["work", "refuse", "auth", "raise", "hang"] = Field(
        default="work", title="On setup", description="What setup does."
    )
    health: Literal["ok", "degraded", "failed", "raise"] = Field(
        default="ok", title="Health", description="What health answers."
    )


class KitComponent:
    """Setup, start, stop and health as the configuration wants them."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.started = False

    async def setup(self, context: PluginContext, config: KitConfig) -> None:
        """Keep the configuration, or fail as it says."""
        self.calls.append("setup")
        if config.on_setup == "refuse":
            raise ConfigError("The test kit was told to refuse.")
        if config.on_setup == "auth":
            raise AuthFailed
        if config.on_setup == "raise":
            raise ZeroDivisionError("told to raise")
        if config.on_setup == "hang":
            await asyncio.Event().wait()
        self.context = context
        self.config = config

    async def start(self) -> None:
        """Note it."""
        self.calls.append("start")
        self.started = True
        self.context.log.info("%s started", type(self).__name__)

    async def stop(self) -> None:
        """Leave a trace of the graceful end."""
        self.calls.append("stop")
        if self.started:
            self.started = False
            path = self.context.data_dir / f"{type(self).__name__}.stopped"
            path.write_text(" ".join(self.calls))

    async def health(self) -> Health:
        """Answer what the configuration says."""
        if self.config.health == "raise":
            raise OSError("no health today")
        return Health(self.config.health, "" if self.config.health == "ok" else "as told")

    async def options(self, field: str, config: Mapping[str, object]) -> Sequence[Option]:
        """Give choices that show what was asked."""
        if field == "broken":
            raise KeyError(field)
        if field == "block":
            # On purpose the wrong way: nothing else runs on the plugin's loop meanwhile.
            time.sleep(3600)
        return [Option(f"{field}-{n}", f"{field} {n} of {len(config)}") for n in (1, 2)]
