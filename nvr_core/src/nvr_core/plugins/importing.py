"""Takes plugins' configurations over from a mirror file; all are checked before one is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nvr_core.cameras.mirror import MirroredPlugin
from nvr_core.plugins.discovery import CORE_ID
from nvr_core.plugins.host import PluginHost
from nvr_sdk.errors import FieldError, NvrError


@dataclass(frozen=True, slots=True)
class ImportedPlugins:
    """Ids of plugins by what happened to them."""

    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """Not installed here."""


@dataclass(frozen=True, slots=True)
class PreparedImport:
    """Checked changes, ready to be made."""

    changes: tuple[tuple[str, str, Mapping[str, object]], ...]
    """Plugin, component, form."""
    switches: Mapping[str, bool]
    """Plugins to be enabled or disabled."""
    outcome: ImportedPlugins


async def prepare_plugins(host: PluginHost, wanted: Sequence[MirroredPlugin]) -> PreparedImport:
    """Check everything; raises `NvrError` with paths below ``yaml.plugins.<n>``."""
    changes: list[tuple[str, str, Mapping[str, object]]] = []
    switches: dict[str, bool] = {}
    outcome = ImportedPlugins()
    installed = {plugin.id: plugin for plugin in host.list() if plugin.id != CORE_ID}
    for index, item in enumerate(wanted):
        if item.id not in installed:
            outcome.missing.append(item.id)
            continue
        before = len(changes)
        brought = {each.id for each in installed[item.id].contributions}
        # A component that this version of the plugin has no more is left out.
        for component in filter(lambda each: each.id in brought, item.components):
            path = f"yaml.plugins.{index}.components.{component.id}"
            try:
                form = await host.check_import(item.id, component)
            except NvrError as error:
                raise _at(path, item.id, error) from None
            if form is not None:
                changes.append((item.id, component.id, form))
        if installed[item.id].enabled != item.enabled:
            switches[item.id] = item.enabled
        same = len(changes) == before and item.id not in switches
        (outcome.unchanged if same else outcome.updated).append(item.id)
    return PreparedImport(tuple(changes), switches, outcome)


async def apply_plugins(host: PluginHost, prepared: PreparedImport) -> ImportedPlugins:
    """Make the changes; a component that refuses what its schema allows raises its error."""
    for plugin_id, component, form in prepared.changes:
        await host.put_config(plugin_id, component, form)
    for plugin_id, enabled in prepared.switches.items():
        await (host.enable(plugin_id) if enabled else host.disable(plugin_id))
    return prepared.outcome


def _at(path: str, plugin_id: str, error: NvrError) -> NvrError:
    fields = tuple(FieldError(f"{path}.{f.path}", f.code, f.message) for f in error.fields)
    where = fields or (FieldError(path, error.code, error.message),)
    return NvrError(error.code, f"{plugin_id}: {error.message}", where)
