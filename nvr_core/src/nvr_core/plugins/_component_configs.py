"""The configurations of one plugin's components: shown, checked, split from their secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nvr_core.plugins._forms import check, check_values, fill_defaults, needs_restart
from nvr_core.plugins._store import PluginStore, StoredConfig
from nvr_core.plugins.discovery import FoundPlugin
from nvr_core.plugins.views import ComponentConfig
from nvr_core.security.secret_fields import (
    mask_secrets,
    merge_secrets,
    secret_paths,
    split_secrets,
)
from nvr_sdk.config import layout_version
from nvr_sdk.errors import NvrError


@dataclass(frozen=True, slots=True)
class Change:
    """A checked configuration that is ready to be applied and saved."""

    new: StoredConfig
    restart: bool
    """True when a changed field asks for a restart of the worker."""
    shown: ComponentConfig


class ComponentConfigs:
    """Reads and checks configurations. Blocks on the database: call it in a thread."""

    def __init__(self, found: FoundPlugin, store: PluginStore) -> None:
        self._id = found.id
        self._store = store
        self._schemas: dict[str, Mapping[str, Any]] = {
            each.id: each.config_schema for each in found.contributions
        }
        self.outdated: frozenset[str] = frozenset()
        """Components stored in an older layout, as of the last `stored`."""

    def stored(self) -> dict[str, StoredConfig]:
        """Give what is stored, by component; raises `NvrError` ``secret_unreadable``."""
        loaded = {key: self._store.load(self._id, key) for key in self._schemas}
        stored = {key: config for key, config in loaded.items() if config.version}
        self.outdated = frozenset(
            key for key, config in stored.items() if config.version < self.version(key)
        )
        return stored

    def shown(self) -> tuple[ComponentConfig, ...]:
        """Give all configurations with defaults, secrets masked."""
        return tuple(self._shown(key, self._for_form(key)) for key in self._schemas)

    def prepare(self, component: str, config: Mapping[str, object]) -> Change:
        """Check a configuration as the user sent it; raises `NvrError` with the fields to mend."""
        schema = self._schema(component)
        old = self._for_form(component)
        if old.version > self.version(component):
            raise NvrError(
                "migration_error",
                f"The stored configuration was made by a newer version of {self._id}; "
                "install that version again. Nothing was changed.",
            )
        check_values(config)
        paths = secret_paths(schema)
        whole = merge_secrets(*split_secrets(config, paths, old.secrets))
        whole = fill_defaults(schema, whole)
        check(schema, whole)
        new = self._split(component, self.version(component), whole)
        before = fill_defaults(schema, old.whole)
        return Change(new, needs_restart(schema, before, whole), self._shown(component, new))

    def imported(
        self, component: str, config: Mapping[str, object], sealed: bytes
    ) -> dict[str, object]:
        """Give a mirrored configuration with its secrets; raises ``secret_unreadable``."""
        self._schema(component)
        check_values(config)
        return merge_secrets(config, self._store.unseal(self._id, component, sealed))

    def form(self, component: str, whole: Mapping[str, object]) -> dict[str, object] | None:
        """Give the form that makes ``whole`` the configuration, or None if it is so already.

        Raises `NvrError` with the fields that are not right.
        """
        schema = self._schema(component)
        paths = secret_paths(schema)
        plain, secrets = split_secrets(whole, paths, {})
        form = merge_secrets(plain, {path: secrets.get(path) for path in paths})
        wanted = self.prepare(component, form).new.whole
        return None if wanted == fill_defaults(schema, self._for_form(component).whole) else form

    def keep(self, component: str, version: int, config: Mapping[str, object]) -> None:
        """Store a configuration that the plugin has brought to its present layout."""
        self._store.save(self._id, component, self._split(component, version, config))

    def _for_form(self, component: str) -> StoredConfig:
        # The form is where a secret that became unreadable is entered again.
        return self._store.load(self._id, component, need_secrets=False)

    def _split(self, component: str, version: int, config: Mapping[str, object]) -> StoredConfig:
        plain, secrets = split_secrets(config, secret_paths(self._schema(component)), {})
        return StoredConfig(version, plain, secrets)

    def _shown(self, component: str, config: StoredConfig) -> ComponentConfig:
        schema = self._schema(component)
        filled = fill_defaults(schema, config.plain)
        masked = mask_secrets(filled, secret_paths(schema), config.secrets)
        return ComponentConfig(component=component, config=masked)

    def _schema(self, component: str) -> Mapping[str, Any]:
        schema = self._schemas.get(component)
        if schema is None:
            raise NvrError("component_not_found", f"{self._id} has no component {component!r}.")
        return schema

    def version(self, component: str) -> int:
        """Give the layout version that a component has now."""
        return layout_version(self._schema(component))
