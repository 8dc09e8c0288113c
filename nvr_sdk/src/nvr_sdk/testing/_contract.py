"""Checks of what a plugin promises in its manifest against what its code brings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ValidationError

from nvr_sdk.components import AddressSource, PushSource
from nvr_sdk.config import PluginConfig
from nvr_sdk.manifest import API_VERSION, Manifest, load_manifest
from nvr_sdk.schemas import expected_files, hooks_module, package_directory
from nvr_sdk.worker.activation import Brought, collect


def contract_problems(package: str, module: str | None = None) -> list[str]:
    """Import a plugin and list, as sentences, what keeps it from working with nvr.

    Checked: the manifest is valid and admits this API version; the contributions are the
    components that the hooks return, with equal ids and kinds; each component has the methods of
    its kind; every configuration field has a title and a description; the schema files match the
    models. Empty when all is well.
    """
    directory = package_directory(package)
    try:
        manifest = load_manifest(directory)
    except (OSError, ValueError, ValidationError) as error:
        return [f"The manifest is not valid: {error}"]
    brought = collect(module or hooks_module(package))
    return [
        *_api(manifest),
        *_ids(manifest, brought),
        *(problem for each in brought for problem in _component(each)),
        *(() if _ids(manifest, brought) else _schemas(directory, brought)),
    ]


def _api(manifest: Manifest) -> list[str]:
    if manifest.api.admits(API_VERSION):
        return []
    return [f"The manifest does not admit plugin API version {API_VERSION}."]


def _ids(manifest: Manifest, brought: tuple[Brought, ...]) -> list[str]:
    promised = {(each.kind, each.id) for each in manifest.contributions}
    kept = {(each.kind, each.component.id) for each in brought}
    return [
        *(
            f"The manifest names {kind} {name!r}, no hook returns it."
            for kind, name in promised - kept
        ),
        *(
            f"A hook returns {kind} {name!r}, the manifest lacks it."
            for kind, name in kept - promised
        ),
    ]


_METHODS = {
    "camera_source": ("streams", "probe"),
    "recorder": ("open_recording",),
    "detector": ("spec", "detect"),
    "event_sink": ("topics", "handle"),
    "api_routes": ("app",),
}


def _component(brought: Brought) -> Iterator[str]:
    component, name = brought.component, brought.component.__qualname__
    common = ("config_model", "setup", "start", "stop", "health", "options")
    for attribute in (*common, *_METHODS[brought.kind]):
        if not hasattr(component, attribute):
            yield f"{name} has no {attribute!r}."
    if brought.kind == "camera_source":
        if not (hasattr(component, "address") or hasattr(component, "run_stream")):
            kinds = f"{AddressSource.__name__} nor a {PushSource.__name__}"
            yield f"{name} is neither an {kinds}: it has no 'address' and no 'run_stream'."
        yield from _fields(name, getattr(component, "camera_model", None))
    yield from _fields(name, getattr(component, "config_model", None))


def _fields(name: str, model: type[PluginConfig] | None) -> Iterator[str]:
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        yield f"{name} has no model of its configuration."
        return
    for field, info in model.model_fields.items():
        if not info.title:
            yield f"{model.__name__}.{field} has no title."
        if not info.description:
            yield f"{model.__name__}.{field} has no description."


def _schemas(directory: Path, brought: tuple[Brought, ...]) -> Iterator[str]:
    for path, text in expected_files(directory, brought).items():
        if path.read_text(encoding="utf-8") != text:
            yield f"{path.name} differs from its model: run python -m nvr_sdk.schemas."
