"""Cameras whose source has a newer configuration layout than they were stored under."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel

from nvr_core.cameras.service import Cameras
from nvr_core.cameras.store import CameraStore
from nvr_core.db.engine import Database
from nvr_core.security.vault import Vault
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import StreamName


class Source:
    """A camera source in two layouts: ``adress`` became ``address``."""

    def __init__(self) -> None:
        self.version = 1
        self.broken = False

    def camera_schema(self, plugin: str, source: str) -> Mapping[str, Any]:
        return {
            "x-nvr-version": self.version,
            "properties": {"password": {"type": "string", "writeOnly": True}},
        }

    async def check_camera_config(
        self, plugin: str, source: str, config: Mapping[str, object]
    ) -> Mapping[str, object]:
        key = "adress" if self.version == 1 else "address"
        if set(config) != {key, "password"}:
            raise NvrError("validation_failed", "Another layout.")
        return config

    async def camera_streams(
        self, plugin: str, source: str, config: Mapping[str, object]
    ) -> tuple[StreamName, ...]:
        return ("main",)

    async def migrate_camera_config(
        self, plugin: str, source: str, version: int, config: Mapping[str, object]
    ) -> Mapping[str, object]:
        assert (version, self.version) == (1, 2)
        if self.broken:
            raise NvrError("migration_error", "There is no migration.")
        return {"address": config["adress"], "password": config["password"]}

    async def camera_probe(self, plugin: str, source: str, config: Mapping[str, object]) -> Any:
        raise NotImplementedError


class Engine:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.reloaded: list[str] = []

    async def reload_camera(self, camera_id: str) -> None:
        self.reloaded.append(camera_id)

    async def forget_camera(self, camera_id: str) -> None:
        self.reloaded.append(camera_id)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'nvr.db'}")
    SQLModel.metadata.create_all(database.writer)
    yield database
    database.close()


async def test_a_camera_follows_its_source_into_the_new_layout(
    database: Database, tmp_path: Path
) -> None:
    source, engine = Source(), Engine()
    store, vault = CameraStore(database, lambda: 1), Vault(tmp_path / "secret.key")
    cameras = Cameras(store, vault, source, engine, lambda camera, change: None)
    old = {"adress": "10.0.0.1", "password": "canary"}
    made = await cameras.create("Gate", "x", "s", old, enabled=True, recorded_streams=("main",))
    assert made.config_version == 1

    await cameras.migrate("x")
    assert engine.reloaded == ["gate"]

    source.version, source.broken = 2, True
    with pytest.raises(NvrError, match="no migration"):
        await cameras.migrate("x")
    assert (await cameras.get("gate")).config == {"adress": "10.0.0.1"}

    source.broken = False
    await cameras.migrate("another")
    await cameras.migrate("x")
    migrated = await cameras.get("gate")
    assert (migrated.config, migrated.config_version) == ({"address": "10.0.0.1"}, 2)
    assert vault.open(migrated.secrets, "camera:gate") == {"password": "canary"}
    assert engine.reloaded == ["gate", "gate"]
