"""The core's own components, which run inside the API process and register through plugin hooks."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, cast

import pluggy
from pydantic import ValidationError

import nvr_core
from nvr_core.cameras.rtsp import ProbeAddress, Probed, RtspSource, move_credentials, plain_config
from nvr_core.plugins._forms import check, model_mistakes
from nvr_core.plugins.discovery import CORE_ID
from nvr_core.plugins.views import (
    CameraSourceInfo,
    ContributionView,
    HealthView,
    PermissionsView,
    Plugin,
)
from nvr_sdk import hookspecs
from nvr_sdk.config import config_schema
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import StreamName
from nvr_sdk.worker.configuration import migrate

IN_PROCESS = ("nvr_core.cameras.rtsp",)
"""Modules allowed to run in the API process: the core's own, pure Python, reviewed. All others run
in workers, whatever their manifests say."""


class BuiltinSources:
    """Camera sources of the plugin ``core``."""

    def __init__(self, probe_address: ProbeAddress) -> None:
        manager = pluggy.PluginManager(hookspecs.PROJECT)
        manager.add_hookspecs(hookspecs)
        for module in IN_PROCESS:
            manager.register(import_module(module), name=module)
        brought = [each for classes in manager.hook.nvr_camera_sources() for each in classes]
        self._sources = {each.id: cast(type[RtspSource], each)() for each in brought}
        self._schemas = {
            key: config_schema(source.camera_model) for key, source in self._sources.items()
        }
        for source in self._sources.values():
            source.connect(probe_address)

    def view(self) -> Plugin:
        """Describe the core as a plugin."""
        return Plugin(
            id=CORE_ID,
            name="Built-in",
            version=nvr_core.__version__,
            description="Cameras and servers that are reached by a stream address.",
            license="MIT",
            homepage="",
            state="running",
            reason="",
            detail="",
            enabled=True,
            builtin=True,
            permissions=PermissionsView(network="any", devices=()),
            isolation="in_process",
            contributions=tuple(_contribution(source) for source in self._sources.values()),
            process=None,
        )

    def infos(self) -> tuple[CameraSourceInfo, ...]:
        """List the sources."""
        return tuple(
            CameraSourceInfo(
                plugin=CORE_ID,
                source=key,
                title=source.title,
                description=source.description,
                camera_schema=self._schemas[key],
                available=True,
                reason="",
            )
            for key, source in self._sources.items()
        )

    def schema(self, source: str) -> dict[str, Any]:
        """Give a source's camera schema; raises `NvrError` ``source_not_found``."""
        self._source(source)
        return self._schemas[source]

    def check(self, source: str, config: Mapping[str, object]) -> dict[str, object]:
        """Validate and normalise a camera's configuration; credentials leave its addresses."""
        return plain_config(self._parse(source, config))

    def migrate(
        self, source: str, version: int, config: Mapping[str, object]
    ) -> Mapping[str, object]:
        """Bring a camera's configuration to the present layout; raises ``migration_error``."""
        return migrate(self._source(source).camera_model, version, config)

    async def streams(self, source: str, config: Mapping[str, object]) -> tuple[StreamName, ...]:
        """Name a camera's streams."""
        return tuple(await self._source(source).streams(self._parse(source, config)))

    async def probe(self, source: str, config: Mapping[str, object]) -> Probed:
        """Look at a camera."""
        return await self._source(source).probe_with_picture(self._parse(source, config))

    def _parse(self, source: str, config: Mapping[str, object]) -> Any:
        model = self._source(source).camera_model
        moved = move_credentials(config)
        check(self._schemas[source], moved)
        try:
            return model.model_validate(moved)
        except ValidationError as error:
            mistakes = model_mistakes(error)
            forbidden = any(mistake.code == "forbidden_url" for mistake in mistakes)
            code = "forbidden_url" if forbidden else "validation_failed"
            raise NvrError(code, "The camera's configuration has mistakes.", mistakes) from None

    def _source(self, source: str) -> RtspSource:
        found = self._sources.get(source)
        if found is None:
            raise NvrError("source_not_found", f"The server has no camera source {source!r}.")
        return found


def _contribution(source: RtspSource) -> ContributionView:
    return ContributionView(
        kind="camera_source",
        id=source.id,
        title=source.title,
        description=source.description,
        state="running",
        health=HealthView(state="ok", message=""),
    )
