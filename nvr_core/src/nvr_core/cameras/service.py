"""Adding, changing, removing and probing cameras. Async; database work happens in threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from nvr_core.cameras.mirror import MirroredCamera
from nvr_core.cameras.ports import Engine, Probed, Sources
from nvr_core.cameras.store import CameraStore
from nvr_core.cameras.sweep import empty_bin, move_aside, sweep
from nvr_core.db.models import Camera
from nvr_core.security.secret_fields import (
    mask_secrets,
    merge_secrets,
    secret_paths,
    split_secrets,
)
from nvr_core.security.vault import Vault
from nvr_sdk.config import layout_version
from nvr_sdk.errors import FieldError, NvrError

_SETTINGS = (
    "name",
    "enabled",
    "plugin",
    "source",
    "config",
    "config_version",
    "streams",
    "recorded_streams",
    "position",
)
Change = Literal["created", "updated", "removed"]
OnChange = Callable[[Camera, Change], None]


@dataclass(frozen=True, slots=True)
class CameraChange:
    """What a PATCH asks for; None leaves a thing as it is."""

    name: str | None = None
    enabled: bool | None = None
    config: Mapping[str, object] | None = None
    recorded_streams: tuple[str, ...] | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class _Checked:
    plain: dict[str, object]
    version: int
    sealed: bytes
    streams: list[str]

    def put_into(self, row: Camera) -> None:
        row.config, row.config_version, row.secrets = self.plain, self.version, self.sealed
        row.streams = self.streams


class Cameras:
    """The cameras of one server. A change touches that camera only."""

    def __init__(
        self,
        store: CameraStore,
        vault: Vault,
        sources: Sources,
        engine: Engine,
        on_change: OnChange,
    ) -> None:
        self._store = store
        self._vault = vault
        self._sources = sources
        self._engine = engine
        self._on_change = on_change
        self._adding = asyncio.Lock()

    async def list(self) -> list[Camera]:
        """Give all cameras in the user's order."""
        return await asyncio.to_thread(self._store.all)

    async def get(self, camera_id: str) -> Camera:
        """Give a camera; raises ``camera_not_found``."""
        return await asyncio.to_thread(self._store.get, camera_id)

    async def create(
        self,
        name: str,
        plugin: str,
        source: str,
        config: Mapping[str, object],
        *,
        enabled: bool = True,
        recorded_streams: tuple[str, ...] = ("main",),
    ) -> Camera:
        """Check and store a new camera, then let the engine dial it."""
        async with self._adding:
            camera_id = await asyncio.to_thread(self._store.new_id, name)
            checked = await self._check(camera_id, plugin, source, config, {})
            camera = Camera(
                id=camera_id,
                name=name,
                enabled=enabled,
                plugin=plugin,
                source=source,
                config=checked.plain,
                config_version=checked.version,
                secrets=checked.sealed,
                streams=checked.streams,
                recorded_streams=_recorded(recorded_streams, checked.streams),
                created_us=0,
                updated_us=0,
            )
            await asyncio.to_thread(self._store.add, camera, behind=True)
        await self._tell(camera, "created")
        return camera

    async def restore(self, camera: Camera) -> None:
        """Store a camera that is known to be right, under the id it has."""
        await asyncio.to_thread(self._store.add, camera, behind=False)
        await self._tell(camera, "created")

    async def prepare(self, item: MirroredCamera) -> Camera:
        """Check a camera of a mirror file and give its row, not stored yet."""
        secrets = self._vault.open(item.sealed, sealed_for(item.id))
        config = await self._in_present_layout(
            item.plugin, item.source, item.config_version, merge_secrets(item.config, secrets)
        )
        checked = await self._check(item.id, item.plugin, item.source, config, {})
        return Camera(
            id=item.id,
            name=item.name,
            enabled=item.enabled,
            plugin=item.plugin,
            source=item.source,
            config=checked.plain,
            config_version=checked.version,
            secrets=checked.sealed,
            streams=checked.streams,
            recorded_streams=_recorded(item.recorded_streams, checked.streams),
            position=item.position,
            created_us=0,
            updated_us=0,
        )

    def same(self, one: Camera, other: Camera) -> bool:
        """Tell whether two rows of a camera mean the same; sealed secrets never look alike."""
        return _visible(one) == _visible(other) and self._open(one) == self._open(other)

    async def replace(self, camera: Camera) -> None:
        """Give a stored camera the settings of ``camera``."""

        def apply(row: Camera) -> None:
            for name in (*_SETTINGS, "secrets"):
                setattr(row, name, getattr(camera, name))

        await self._tell(await asyncio.to_thread(self._store.change, camera.id, apply), "updated")

    async def update(self, camera_id: str, change: CameraChange) -> Camera:
        """Change a camera; the engine dials it anew only if it has to."""
        camera = await self.get(camera_id)
        checked: _Checked | None = None
        if change.config is not None:
            stored = self._open(camera)
            checked = await self._check(
                camera_id, camera.plugin, camera.source, change.config, stored
            )
        streams = checked.streams if checked else camera.streams
        recorded = change.recorded_streams
        if recorded is not None:
            _recorded(recorded, streams)

        def apply(row: Camera) -> None:
            if checked is not None:
                checked.put_into(row)
                row.recorded_streams = [s for s in row.recorded_streams if s in checked.streams]
            if recorded is not None:
                row.recorded_streams = _recorded(recorded, streams)
            row.name = row.name if change.name is None else change.name
            row.enabled = row.enabled if change.enabled is None else change.enabled
            row.position = row.position if change.position is None else change.position

        changed = await asyncio.to_thread(self._store.change, camera_id, apply)
        await self._tell(changed, "updated")
        return changed

    async def delete(self, camera_id: str, *, keep_recordings: bool) -> None:
        """Remove a camera, and its recordings unless they are to be kept."""
        camera = await self.get(camera_id)
        await asyncio.to_thread(self._store.remove, camera_id)
        if keep_recordings:
            await self._engine.reload_camera(camera_id)
        else:
            # The engine lets go first: nobody writes into a directory that is being deleted.
            await self._engine.forget_camera(camera_id)
            await asyncio.to_thread(self._store.drop_recordings, camera_id)
            await asyncio.to_thread(move_aside, self._store, camera_id)
        self._on_change(camera, "removed")

    async def sweep(self) -> int:
        """Delete the files of removed cameras; gives the number of those found in their places.

        May take long; call it after `delete`, and at the start for what an earlier run left.
        """
        found = await asyncio.to_thread(sweep, self._store)
        await asyncio.to_thread(empty_bin, self._store)
        return found

    async def migrate(self, plugin: str) -> None:
        """Bring the cameras of a plugin's sources to the layout that the sources have now.

        Raises the first `NvrError`; the cameras after it are as they were.
        """
        for camera in await self.list():
            if camera.plugin == plugin:
                await self._migrate(camera)

    async def _migrate(self, camera: Camera) -> None:
        schema = self._sources.camera_schema(camera.plugin, camera.source)
        if camera.config_version >= layout_version(schema):
            return
        whole = merge_secrets(camera.config, self._open(camera))
        config = await self._in_present_layout(
            camera.plugin, camera.source, camera.config_version, whole
        )
        checked = await self._check(camera.id, camera.plugin, camera.source, config, {})

        def apply(row: Camera) -> None:
            # A change that was saved meanwhile is in the present layout already.
            if row.config_version == camera.config_version and row.config == camera.config:
                checked.put_into(row)

        await self._tell(await asyncio.to_thread(self._store.change, camera.id, apply), "updated")

    async def _in_present_layout(
        self, plugin: str, source: str, version: int, config: Mapping[str, object]
    ) -> Mapping[str, object]:
        if version == layout_version(self._sources.camera_schema(plugin, source)):
            return config
        return await self._sources.migrate_camera_config(plugin, source, version, config)

    async def probe(
        self, plugin: str, source: str, config: Mapping[str, object], camera_id: str | None
    ) -> Probed:
        """Look at a camera that may not be saved yet; stored secrets of ``camera_id`` are used."""
        stored: Mapping[str, object] = {}
        if camera_id is not None:
            camera = await self.get(camera_id)
            if (camera.plugin, camera.source) == (plugin, source):
                stored = self._open(camera)
        paths = secret_paths(self._sources.camera_schema(plugin, source))
        plain, secrets = split_secrets(config, paths, stored)
        whole = await self._sources.check_camera_config(
            plugin, source, merge_secrets(plain, secrets)
        )
        return await self._sources.camera_probe(plugin, source, whole)

    def shown_config(self, camera: Camera) -> dict[str, object]:
        """Give a camera's configuration as the user may see it."""
        try:
            secrets = self._open(camera)
        except NvrError:
            secrets = {}
        try:
            paths = secret_paths(self._sources.camera_schema(camera.plugin, camera.source))
        except NvrError:
            # Its plugin is gone; what is stored as a secret still is one.
            paths = tuple(secrets)
        return mask_secrets(camera.config, paths, secrets)

    def _open(self, camera: Camera) -> dict[str, object]:
        return self._vault.open(camera.secrets, sealed_for(camera.id))

    async def _check(
        self,
        camera_id: str,
        plugin: str,
        source: str,
        config: Mapping[str, object],
        stored: Mapping[str, object],
    ) -> _Checked:
        schema = self._sources.camera_schema(plugin, source)
        paths = secret_paths(schema)
        plain, secrets = split_secrets(config, paths, stored)
        whole = await self._sources.check_camera_config(
            plugin, source, merge_secrets(plain, secrets)
        )
        streams = await self._sources.camera_streams(plugin, source, whole)
        plain, secrets = split_secrets(whole, paths, {})
        sealed = await asyncio.to_thread(self._vault.seal, secrets, sealed_for(camera_id))
        return _Checked(plain, layout_version(schema), sealed, list(streams))

    async def _tell(self, camera: Camera, change: Change) -> None:
        await self._engine.reload_camera(camera.id)
        self._on_change(camera, change)


def _visible(camera: Camera) -> tuple[object, ...]:
    return tuple(getattr(camera, name) for name in _SETTINGS)


def sealed_for(camera_id: str) -> str:
    """Name what a camera's secrets are bound to."""
    return f"camera:{camera_id}"


def _recorded(wanted: tuple[str, ...], streams: list[str]) -> list[str]:
    for index, stream in enumerate(wanted):
        if stream not in streams:
            message = f"The camera has no stream {stream!r}."
            path = f"recorded_streams.{index}"
            raise NvrError("validation_failed", message, (FieldError(path, "unknown", message),))
    return [stream for stream in streams if stream in wanted]
