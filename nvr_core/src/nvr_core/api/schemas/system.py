"""The server itself: processes, storage, events."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from nvr_core.api.schemas.common import Input
from nvr_core.api.times import Time


class Alive(BaseModel):
    """The server answers."""

    status: Literal["ok"]


class EngineView(BaseModel):
    """The media engine."""

    state: Literal["running", "away"]
    started_at: Time | None
    cpu_seconds: float


class StorageView(BaseModel):
    """A directory of recordings."""

    id: int
    path: str
    state: Literal["ok", "full", "missing", "error"]
    message: str
    total_bytes: int
    free_bytes: int
    reserve_bytes: int = Field(description="Recording stops when less is free.")


class RecoveryView(BaseModel):
    """What the scan at the engine's start did."""

    adopted: int = Field(description="Complete files that were not in the index.")
    repaired: int = Field(description="Torn files that were cut to what is whole.")
    quarantined: int = Field(description="Files that could not be read.")
    missing: int = Field(description="Rows dropped because their file is gone.")
    started_at: Time | None


class ProcessView(BaseModel):
    """A process of the server."""

    name: str
    state: Literal["running", "backoff", "quarantined", "stopped"]
    pid: int
    restarts: int
    rss_bytes: int
    cpu_seconds: float
    started_at: Time | None
    last_exit: str


class SystemView(BaseModel):
    """The server as a whole."""

    version: str
    started_at: Time
    engine: EngineView
    storages: list[StorageView]
    recovery: RecoveryView
    processes: list[ProcessView]
    safe_mode: bool = Field(description="True when it runs without plugins.")
    demo_available: bool = Field(description="Whether the demo camera can be added.")


class EventView(BaseModel):
    """Something that happened."""

    id: str
    topic: str
    camera_id: str | None
    time: Time
    data: dict[str, str | int | float | bool | None]


class ImportInput(Input):
    """A configuration as `config/export` gives it."""

    yaml: str = Field(max_length=4_000_000, description="The text of a `config.yaml`.")


class ImportedView(BaseModel):
    """What an import did."""

    created: list[str] = Field(description="Ids of cameras that are new.")
    updated: list[str] = Field(description="Ids of cameras that were changed.")
    unchanged: list[str] = Field(description="Ids of cameras that were so already.")
    plugins_updated: list[str] = Field(description="Ids of plugins that were changed.")
    plugins_unchanged: list[str] = Field(description="Ids of plugins that were so already.")
    plugins_missing: list[str] = Field(description="Ids of plugins that are not installed here.")
