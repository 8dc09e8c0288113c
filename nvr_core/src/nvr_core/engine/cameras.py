"""Reads the cameras from the database. Blocks: call it in a thread."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import cast

from nvr_core.recording.index import database_file, open_database
from nvr_core.security.secret_fields import merge_secrets
from nvr_core.security.vault import Vault
from nvr_core.settings import Settings
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import StreamName

_COLUMNS = "id, enabled, plugin, source, config, secrets, streams, recorded_streams"


@dataclass(frozen=True, slots=True)
class CameraConfig:
    """A camera as the engine needs it. Two equal ones need no new session."""

    id: str
    enabled: bool
    plugin: str
    source: str
    config: Mapping[str, object]
    """With its secrets."""
    streams: tuple[StreamName, ...]
    recorded: tuple[StreamName, ...]
    problem: str = ""
    """Why it cannot be dialled, e.g. secrets that cannot be read."""


class CameraStore:
    """Cameras as configured."""

    def __init__(self, settings: Settings) -> None:
        self._database = database_file(settings)
        self._vault = Vault(settings.secret_key)

    def load_all(self) -> list[CameraConfig]:
        """Read all cameras."""
        with closing(open_database(self._database)) as db:
            return [self._camera(row) for row in db.execute(f"SELECT {_COLUMNS} FROM camera")]

    def load(self, camera_id: str) -> CameraConfig | None:
        """Read one camera; None if there is none of this id."""
        with closing(open_database(self._database)) as db:
            row = db.execute(f"SELECT {_COLUMNS} FROM camera WHERE id = ?", (camera_id,)).fetchone()
            return None if row is None else self._camera(row)

    def _camera(self, row: sqlite3.Row | tuple[object, ...]) -> CameraConfig:
        identity, enabled, plugin, source, config, secrets, streams, recorded = row
        plain = cast(dict[str, object], json.loads(str(config)))
        problem = ""
        try:
            opened = self._vault.open(cast(bytes, secrets), f"camera:{identity}")
            plain = merge_secrets(plain, opened)
        except NvrError as error:
            problem = error.message
        return CameraConfig(
            str(identity),
            bool(enabled),
            str(plugin),
            str(source),
            plain,
            tuple(json.loads(str(streams))),
            tuple(json.loads(str(recorded))),
            problem,
        )
