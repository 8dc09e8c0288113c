"""The mirror of the configuration, ``config.yaml``: for people who keep it in git.

Secrets stand in it as they do in the database: encrypted, so that only a server with the same
``secret.key`` can read them back.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from nvr_core.db.engine import Database
from nvr_core.db.models import Camera, PluginConfigRow, PluginRow
from nvr_sdk.errors import FieldError, NvrError

_VERSION = 1
_HEADER = (
    "# nvr's configuration, written on each change. The database is the authority: edit a copy\n"
    "# and import it. Secrets are encrypted with this server's secret.key.\n"
)


@dataclass(frozen=True, slots=True)
class MirroredCamera:
    """A camera as it stands in the mirror."""

    id: str
    name: str
    enabled: bool
    plugin: str
    source: str
    config: Mapping[str, object]
    config_version: int
    sealed: bytes
    recorded_streams: tuple[str, ...]
    position: int


@dataclass(frozen=True, slots=True)
class MirroredComponent:
    """The configuration of a plugin's component as it stands in the mirror."""

    id: str
    version: int
    config: Mapping[str, object]
    sealed: bytes


@dataclass(frozen=True, slots=True)
class MirroredPlugin:
    """A plugin as it stands in the mirror."""

    id: str
    enabled: bool
    components: tuple[MirroredComponent, ...]


@dataclass(frozen=True, slots=True)
class Mirrored:
    """All that can be taken over from a mirror."""

    cameras: tuple[MirroredCamera, ...]
    plugins: tuple[MirroredPlugin, ...]


def render(database: Database) -> str:
    """Give the mirror's text; blocks."""
    import yaml

    with database.read() as session:
        order = (col(Camera.position), col(Camera.id))
        cameras = list(session.exec(select(Camera).order_by(*order)))
        plugins = list(session.exec(select(PluginRow).order_by(col(PluginRow.id))))
        configs = list(session.exec(select(PluginConfigRow)))
    document = {
        "version": _VERSION,
        "cameras": [_camera(row) for row in cameras],
        "plugins": [_plugin(row, configs) for row in plugins],
    }
    return _HEADER + yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def write_mirror(database: Database, path: Path) -> bool:
    """Write the mirror if it says something else now; blocks. The file is replaced whole."""
    text = render(database)
    try:
        if path.read_text(encoding="utf-8") == text:
            return False
    except (OSError, UnicodeDecodeError):
        pass
    draft = path.with_name(f".{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return True


def parse(text: str) -> Mirrored:
    """Read a mirror; raises `NvrError` ``import_failed`` with the place."""
    import yaml

    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
            # A few lines of them can stand for gigabytes, or for a list that holds itself.
            raise _refused("yaml", "Aliases (*name) are not taken: write each value out.")
        document = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark is not None else ""
        raise _refused("yaml", f"This is not valid YAML{where}.") from None
    if not isinstance(document, Mapping) or document.get("version") != _VERSION:
        raise _refused("yaml.version", f"This is not a configuration of version {_VERSION}.")
    cameras = _get(document, "yaml", "cameras", list, [])
    plugins = _get(document, "yaml", "plugins", list, [])
    return Mirrored(
        tuple(_read_camera(item, f"yaml.cameras.{index}") for index, item in enumerate(cameras)),
        tuple(_read_plugin(item, f"yaml.plugins.{index}") for index, item in enumerate(plugins)),
    )


def _camera(row: Camera) -> dict[str, object]:
    shown: dict[str, object] = {
        "id": row.id,
        "name": row.name,
        "enabled": row.enabled,
        "plugin": row.plugin,
        "source": row.source,
        "config": dict(row.config),
        "config_version": row.config_version,
        "recorded_streams": list(row.recorded_streams),
        "position": row.position,
    }
    if row.secrets:
        shown["secrets"] = b64encode(row.secrets).decode()
    return shown


def _plugin(row: PluginRow, configs: list[PluginConfigRow]) -> dict[str, object]:
    components = {}
    for config in sorted(configs, key=lambda item: item.component):
        if config.plugin_id == row.id:
            shown: dict[str, object] = {"version": config.version, "config": dict(config.config)}
            if config.secrets:
                shown["secrets"] = b64encode(config.secrets).decode()
            components[config.component] = shown
    return {"id": row.id, "enabled": row.enabled, "components": components}


def _read_camera(item: Any, path: str) -> MirroredCamera:
    _require_mapping(item, path)
    recorded = _get(item, path, "recorded_streams", list, ["main"])
    return MirroredCamera(
        id=_get(item, path, "id", str),
        name=_get(item, path, "name", str),
        enabled=_get(item, path, "enabled", bool, True),
        plugin=_get(item, path, "plugin", str),
        source=_get(item, path, "source", str),
        config=_get(item, path, "config", dict),
        config_version=_get(item, path, "config_version", int, 1),
        sealed=_sealed(item, path),
        recorded_streams=tuple(str(stream) for stream in recorded),
        position=_get(item, path, "position", int, 0),
    )


def _read_plugin(item: Any, path: str) -> MirroredPlugin:
    _require_mapping(item, path)
    components = []
    for name, found in _get(item, path, "components", dict, {}).items():
        place = f"{path}.components.{name}"
        _require_mapping(found, place)
        component = MirroredComponent(
            id=str(name),
            version=_get(found, place, "version", int, 1),
            config=_get(found, place, "config", dict, {}),
            sealed=_sealed(found, place),
        )
        components.append(component)
    return MirroredPlugin(
        id=_get(item, path, "id", str),
        enabled=_get(item, path, "enabled", bool, True),
        components=tuple(components),
    )


def _require_mapping(item: Any, path: str) -> None:
    if not isinstance(item, Mapping):
        raise _refused(path, "This has to be a mapping.")


def _sealed(item: Mapping[str, Any], path: str) -> bytes:
    try:
        return b64decode(_get(item, path, "secrets", str, ""), validate=True)
    except ValueError:
        raise _refused(f"{path}.secrets", "The secrets are damaged.") from None


def _get(
    item: Mapping[str, Any], path: str, key: str, kind: type[Any], default: object = None
) -> Any:
    value = item.get(key, default)
    # A bool is an int to Python; to who wrote the file it is not.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise _refused(f"{path}.{key}", f"{key!r} is missing or of the wrong kind.")
    return value


def _refused(path: str, message: str) -> NvrError:
    return NvrError("import_failed", message, (FieldError(path, "import_failed", message),))
