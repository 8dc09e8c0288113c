"""What the camera service needs of its neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from nvr_sdk.messages import ProbeResult, StreamName


class Probed(Protocol):
    """What a probe found."""

    @property
    def result(self) -> ProbeResult:
        """Streams, make and model."""
        ...

    @property
    def jpeg(self) -> bytes:
        """A first picture, or nothing."""
        ...


class Sources(Protocol):
    """Knows every camera source (`nvr_core.plugins.host.PluginHost`)."""

    def camera_schema(self, plugin: str, source: str) -> Mapping[str, Any]:
        """Give the form of a camera; raises ``source_not_found``."""
        ...

    async def check_camera_config(
        self, plugin: str, source: str, config: Mapping[str, object]
    ) -> Mapping[str, object]:
        """Check a configuration with its secrets and fill defaults in."""
        ...

    async def camera_streams(
        self, plugin: str, source: str, config: Mapping[str, object]
    ) -> Sequence[StreamName]:
        """Name the streams of a camera so configured, main first."""
        ...

    async def migrate_camera_config(
        self, plugin: str, source: str, version: int, config: Mapping[str, object]
    ) -> Mapping[str, object]:
        """Bring a configuration of an older layout to the present one; `migration_error`."""
        ...

    async def camera_probe(self, plugin: str, source: str, config: Mapping[str, object]) -> Probed:
        """Look at a camera; raises with the reason it cannot be used."""
        ...


class Engine(Protocol):
    """The engine, told of changes; being away is not an error, it reads the database at start."""

    async def reload_camera(self, camera_id: str) -> None:
        """A camera's row was added or changed."""
        ...

    async def forget_camera(self, camera_id: str) -> None:
        """A camera was deleted with its recordings: let go of everything it has."""
        ...
