"""From a module's name to the component classes it brings."""

from __future__ import annotations

import importlib
from collections import Counter
from dataclasses import dataclass

import pluggy

from nvr_sdk import hookspecs
from nvr_sdk.components import Component
from nvr_sdk.errors import NvrError
from nvr_sdk.manifest import ContributionKind

_KIND_OF_HOOK: dict[str, ContributionKind] = {
    "nvr_camera_sources": "camera_source",
    "nvr_recorders": "recorder",
    "nvr_detectors": "detector",
    "nvr_event_sinks": "event_sink",
    "nvr_api_routes": "api_routes",
}


@dataclass(frozen=True, slots=True)
class Brought:
    """A component class that a plugin brings."""

    kind: ContributionKind
    """Which hook returned it."""
    component: type[Component]
    """The class; made without arguments."""


def collect(module: str) -> tuple[Brought, ...]:
    """Import the plugin and call its hooks (blocking; may run any code of the plugin).

    Raises what the import raises, or `NvrError` ``bad_plugin``.
    """
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(importlib.import_module(module), name=module)
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise NvrError("bad_plugin", f"It implements a hook that does not exist: {error}") from None
    brought = tuple(
        Brought(kind, component)
        for hook, kind in _KIND_OF_HOOK.items()
        for classes in getattr(manager.hook, hook)()
        for component in classes
    )
    _check(brought)
    return brought


def _check(brought: tuple[Brought, ...]) -> None:
    for each in brought:
        if not isinstance(getattr(each.component, "id", None), str):
            raise NvrError("bad_plugin", f"{each.component.__qualname__} has no id.")
    counts = Counter(each.component.id for each in brought)
    twice = sorted(identity for identity, count in counts.items() if count > 1)
    if twice:
        raise NvrError("bad_plugin", f"Two components have the id {twice[0]!r}.")
    if sum(each.kind == "api_routes" for each in brought) > 1:
        raise NvrError("bad_plugin", "A plugin can bring API routes only once.")
