"""All camera sources under one face: the core's own, and those in plugin workers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from nvr_core.cameras.rtsp import Probed
from nvr_core.plugins._builtin import BuiltinSources
from nvr_core.plugins._forms import check, check_values, fill_defaults, prefixed
from nvr_core.plugins._managed import ManagedPlugin
from nvr_core.plugins.discovery import CORE_ID
from nvr_core.plugins.views import CameraSourceInfo
from nvr_sdk.errors import NvrError
from nvr_sdk.manifest import Contribution
from nvr_sdk.messages import ProbeResult, StreamName
from nvr_sdk.rpc import (
    CAMERA_PROBE,
    CAMERA_STREAMS,
    COMPONENT_MIGRATE,
    CameraQuery,
    Migrate,
    Migrated,
    StreamNames,
)

T = TypeVar("T")

_PROBE_TIMEOUT_S = 30.0


class CameraSources:
    """Answers for each source by plugin and source id. Lives on the event loop."""

    def __init__(self, builtin: BuiltinSources, plugins: Mapping[str, ManagedPlugin]) -> None:
        self._builtin = builtin
        self._plugins = plugins

    def infos(self) -> tuple[CameraSourceInfo, ...]:
        """List all sources, also those that cannot be used now."""
        return self._builtin.infos() + tuple(
            _info(plugin, contribution)
            for plugin in self._plugins.values()
            for contribution in _contributions(plugin)
        )

    def schema(self, plugin: str, source: str) -> dict[str, Any]:
        """Give the camera schema; raises `NvrError` ``source_not_found``."""
        if plugin == CORE_ID:
            return self._builtin.schema(source)
        return self._find(plugin, source)[1].camera_schema or {}

    async def check(
        self, plugin: str, source: str, config: Mapping[str, object]
    ) -> dict[str, object]:
        """Validate a camera's configuration and fill its defaults."""
        check_values(config)
        if plugin == CORE_ID:
            return self._builtin.check(source, config)
        schema = self.schema(plugin, source)
        filled = fill_defaults(schema, config)
        check(schema, filled)
        return filled

    async def streams(
        self, plugin: str, source: str, config: Mapping[str, object]
    ) -> tuple[StreamName, ...]:
        """Name a camera's streams, main first; the plugin's own model checks ``config`` too."""
        if plugin == CORE_ID:
            return await self._builtin.streams(source, config)
        query = CameraQuery(source, config)
        answer = await self._ask(plugin, CAMERA_STREAMS, query, StreamNames, 10.0)
        return answer.streams

    async def migrate(
        self, plugin: str, source: str, version: int, config: Mapping[str, object]
    ) -> Mapping[str, object]:
        """Bring a camera's configuration to the present layout; asks the source itself."""
        if plugin == CORE_ID:
            return self._builtin.migrate(source, version, config)
        owner, _ = self._find(plugin, source)
        question = Migrate(source, version, config, of_camera=True)
        return (await owner.request(COMPONENT_MIGRATE, question, Migrated, 10.0)).config

    async def probe(self, plugin: str, source: str, config: Mapping[str, object]) -> Probed:
        """Look at a camera; raises `NvrError` with the reason if it fails."""
        if plugin == CORE_ID:
            return await self._builtin.probe(source, config)
        checked = await self.check(plugin, source, config)
        query = CameraQuery(source, checked)
        return Probed(await self._ask(plugin, CAMERA_PROBE, query, ProbeResult, _PROBE_TIMEOUT_S))

    async def _ask(
        self, plugin: str, method: str, query: CameraQuery, result: type[T], timeout: float
    ) -> T:
        owner, _ = self._find(plugin, query.source)
        try:
            return await owner.request(method, query, result, timeout)
        except NvrError as error:
            raise prefixed(error) from None

    def _find(self, plugin: str, source: str) -> tuple[ManagedPlugin, Contribution]:
        owner = self._plugins.get(plugin)
        for contribution in _contributions(owner) if owner else ():
            if owner is not None and contribution.id == source:
                return owner, contribution
        raise NvrError("source_not_found", f"There is no camera source {source!r} of {plugin!r}.")


def _contributions(plugin: ManagedPlugin) -> tuple[Contribution, ...]:
    return tuple(each for each in plugin.found.contributions if each.kind == "camera_source")


def _info(plugin: ManagedPlugin, contribution: Contribution) -> CameraSourceInfo:
    trouble = plugin.component_trouble(contribution.id)
    return CameraSourceInfo(
        plugin=plugin.id,
        source=contribution.id,
        title=contribution.title,
        description=contribution.description,
        camera_schema=contribution.camera_schema or {},
        available=not trouble,
        reason=trouble,
    )
