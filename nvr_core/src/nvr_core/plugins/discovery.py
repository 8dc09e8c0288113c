"""Finds installed plugins by entry point and manifest, without importing any of them.

A plugin whose manifest is missing, broken or made for another plugin API is found all the same,
with the reason; nothing that a plugin ships can make `discover` raise.
"""

from __future__ import annotations

import importlib
import logging
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from importlib_metadata import EntryPoint, IDistribution, distributions
from pydantic import ValidationError

from nvr_core.settings import Settings
from nvr_sdk.manifest import (
    API_VERSION,
    MANIFEST_NAME,
    ApiRange,
    Contribution,
    Manifest,
    load_manifest,
)

ENTRY_POINT_GROUP = "nvr.plugins"
CORE_ID = "core"
"""Id of the plugin that the core itself is; no other may bear it."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FoundPlugin:
    """A plugin as found on disk."""

    id: str
    """Name of its entry point."""
    version: str
    """Version of its distribution."""
    distribution: str
    """Name of its distribution."""
    module: str
    """Module that its entry point names."""
    manifest: Manifest | None
    """The manifest, or None when `problem` says why there is none."""
    search_path: Path | None = None
    """The additional plugin directory it was found in; None for the server's own environment."""
    problem: Literal["", "failed", "incompatible"] = ""
    """State it is stuck in; empty when it can be started."""
    reason: str = ""
    """One sentence on the problem."""
    detail: str = ""
    """More on the problem, for whoever writes the plugin."""

    @property
    def contributions(self) -> tuple[Contribution, ...]:
        """The components that its manifest promises."""
        return self.manifest.contributions if self.manifest is not None else ()


class _Unusable(Exception):
    def __init__(
        self, reason: str, detail: str = "", state: Literal["failed", "incompatible"] = "failed"
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        self.state = state


def discover(settings: Settings) -> tuple[FoundPlugin, ...]:
    """Find all plugins, sorted by id. Reads a few small files per distribution; blocks on disk."""
    importlib.invalidate_caches()
    found = [
        _inspect(entry, distribution, path)
        for distribution, path in _installed(settings.plugin_paths)
        for entry in _entry_points(distribution)
    ]
    return tuple(sorted(_refuse_duplicates(found), key=lambda plugin: plugin.id))


def _installed(extra: Iterable[Path]) -> Iterator[tuple[IDistribution, Path | None]]:
    """Give each distribution once: the first one on the path is the one Python would import."""
    seen: set[str] = set()
    places: list[tuple[list[str], Path | None]] = [(sys.path, None)]
    places += [([str(path)], path) for path in extra]
    for search, path in places:
        for distribution in distributions(path=search):
            name = _name(distribution).lower().replace("_", "-")
            if name and name not in seen:
                seen.add(name)
                yield distribution, path


def _name(distribution: IDistribution) -> str:
    try:
        return distribution.metadata["Name"] or ""
    except Exception:  # noqa: BLE001 - a parser of foreign files; what failed is logged
        _log.exception("A distribution with unreadable metadata was skipped.")
        return ""


def _entry_points(distribution: IDistribution) -> tuple[EntryPoint, ...]:
    try:
        return tuple(e for e in distribution.entry_points if e.group == ENTRY_POINT_GROUP)
    except Exception:  # noqa: BLE001 - a parser of foreign files; what failed is logged
        _log.exception("The entry points of %s cannot be read.", _name(distribution))
        return ()


def _inspect(entry: EntryPoint, distribution: IDistribution, path: Path | None) -> FoundPlugin:
    plugin = FoundPlugin(
        id=entry.name,
        version=distribution.version,
        distribution=_name(distribution),
        module=entry.value.split(":")[0].split("[")[0].strip(),
        manifest=None,
        search_path=path,
    )
    try:
        return replace(plugin, manifest=_read_manifest(plugin))
    except _Unusable as error:
        return replace(plugin, problem=error.state, reason=error.reason, detail=error.detail)


def _read_manifest(plugin: FoundPlugin) -> Manifest:
    if plugin.id == CORE_ID:
        raise _Unusable(f"The id {CORE_ID!r} is reserved for the server itself.")
    directory = _package_directory(plugin)
    try:
        manifest = load_manifest(directory)
    except FileNotFoundError as error:
        missing = Path(error.filename or MANIFEST_NAME).name
        raise _Unusable(f"The plugin's package holds no {missing}.", str(error)) from error
    except tomllib.TOMLDecodeError as error:
        raise _Unusable(f"{MANIFEST_NAME} is not valid TOML: {error}.") from error
    except ValidationError as error:
        _refuse_other_api(directory)
        raise _Unusable(_first_mistake(error), str(error)) from error
    except (OSError, ValueError) as error:
        raise _Unusable(f"The plugin's manifest cannot be read: {error}.") from error
    if not manifest.api.admits(API_VERSION):
        raise _other_api(manifest.api)
    if manifest.id != plugin.id:
        raise _Unusable(
            f"The manifest says {manifest.id!r}, the entry point {plugin.id!r}: "
            "both must bear the same id."
        )
    return manifest


def _package_directory(plugin: FoundPlugin) -> Path:
    package = plugin.module.split(".")[0]
    spec = _find_package(package, plugin.search_path)
    places = spec.submodule_search_locations if spec is not None else None
    for place in places or ():
        if Path(place, MANIFEST_NAME).is_file():
            return Path(place)
    if places:
        return Path(next(iter(places)))
    raise _Unusable(f"The entry point names the module {plugin.module!r}, which is no package.")


def _find_package(package: str, search_path: Path | None) -> ModuleSpec | None:
    """Find a top-level package; only submodules would be imported on the way."""
    try:
        if search_path is not None:
            return PathFinder.find_spec(package, [str(search_path)])
        return find_spec(package)
    except (ImportError, ValueError) as error:
        raise _Unusable(f"The package {package!r} cannot be found: {error}.") from error


def _refuse_other_api(directory: Path) -> None:
    """A manifest for a later plugin API may hold keys that this server cannot know."""
    document = tomllib.loads((directory / MANIFEST_NAME).read_text(encoding="utf-8"))
    try:
        wanted = ApiRange.model_validate(document.get("api"))
    except ValidationError:
        return
    if not wanted.admits(API_VERSION):
        raise _other_api(wanted)


def _other_api(wanted: ApiRange) -> _Unusable:
    versions = str(wanted.min) if wanted.min == wanted.max else f"{wanted.min} to {wanted.max}"
    mend = "update the plugin" if wanted.max < API_VERSION else "update the server"
    return _Unusable(
        f"It was made for plugin API {versions}; this server speaks {API_VERSION}: {mend}.",
        state="incompatible",
    )


def _first_mistake(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "the document"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{MANIFEST_NAME}: {place}: {first['msg']}{more}."


def _refuse_duplicates(found: list[FoundPlugin]) -> Iterator[FoundPlugin]:
    """Keep one entry per id; when several distributions claim it, none is started."""
    claims = Counter(plugin.id for plugin in found)
    listed: set[str] = set()
    for plugin in found:
        if plugin.id in listed:
            continue
        listed.add(plugin.id)
        if claims[plugin.id] == 1:
            yield plugin
            continue
        owners = sorted({p.distribution for p in found if p.id == plugin.id})
        yield replace(
            plugin,
            manifest=None,
            problem="failed",
            reason=f"Several distributions bring this id: {', '.join(owners)}. Remove all but one.",
        )
