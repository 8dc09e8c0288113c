"""A plugin written on the spot: a sink with a secret, whose configuration has two layouts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core.plugins.plugin_server import CONTRIBUTION, MANIFEST, write_plugin

PLUGIN_ID = "nvr-secretive"

_CODE = '''
import json

from pydantic import Field

from nvr_sdk import ConfigError, Event, Health, PluginConfig, Secret, hint, hookimpl


def to_layout_2(config):
    return {{"host": config["server"], **{{k: v for k, v in config.items() if k != "server"}}}}


class SinkConfig(PluginConfig):
    version = {version}
    migrations = {{1: to_layout_2}}
    {host}: str = Field(default="localhost")
    token: Secret | None = Field(default=None)
    retries: int = Field(default=3, ge=0, json_schema_extra=hint(on_change="restart"))


class Sink:
    """Writes its configuration to a file at each setup, and how often this process was set up."""

    id = "sink"
    config_model = SinkConfig
    topics = ("*",)

    def __init__(self):
        self.setups = 0

    async def setup(self, context, config):
        if config.{host} == "refused":
            raise ConfigError("This host is refused.")
        self.setups += 1
        shown = {{**config.model_dump(mode="json"), "setups": self.setups}}
        shown["token"] = config.token.get_secret_value() if config.token else None
        (context.data_dir / "setup.json").write_text(json.dumps(shown))

    async def start(self):
        pass

    async def stop(self):
        pass

    async def health(self):
        return Health("ok")

    async def options(self, field, config):
        return []

    async def handle(self, event: Event):
        pass


@hookimpl
def nvr_event_sinks():
    return [Sink]
'''


def _schema(host: str, version: int) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            host: {"type": "string", "default": "localhost"},
            "token": {"type": "string", "writeOnly": True, "x-nullable": True, "default": None},
            "retries": {
                "type": "integer",
                "minimum": 0,
                "default": 3,
                "x-nvr": {"on_change": "restart"},
            },
        },
        "x-nvr-version": version,
    }


def write_secretive(site: Path, layout: int = 1) -> None:
    """Install it with the first layout (key ``server``) or the second (key ``host``)."""
    host = "server" if layout == 1 else "host"
    files = {
        "plugin.py": _CODE.format(host=host, version=layout),
        "nvr-plugin.toml": MANIFEST.format(id=PLUGIN_ID) + CONTRIBUTION,
        "sink.json": json.dumps(_schema(host, layout)),
    }
    write_plugin(site, PLUGIN_ID, files)
