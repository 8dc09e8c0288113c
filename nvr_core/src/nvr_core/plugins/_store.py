"""What is kept of plugins in the database: whether they are enabled, and their configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sqlmodel import select

from nvr_core.db.engine import Database
from nvr_core.db.models import PluginConfigRow, PluginRow
from nvr_core.security.secret_fields import merge_secrets
from nvr_core.security.vault import Vault
from nvr_sdk.errors import NvrError


@dataclass(frozen=True, slots=True)
class StoredConfig:
    """The configuration of one component as stored; version 0 means that none is."""

    version: int = 0
    plain: Mapping[str, object] = field(default_factory=dict)
    secrets: Mapping[str, object] = field(default_factory=dict)

    @property
    def whole(self) -> dict[str, object]:
        """The configuration with its secrets."""
        return merge_secrets(self.plain, self.secrets)


class PluginStore:
    """Reads and writes the tables ``plugin`` and ``plugin_config``. Blocks: call it in a thread."""

    def __init__(self, database: Database, vault: Vault, clock: Callable[[], int]) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    def enabled(self) -> dict[str, bool]:
        """Give the user's decision for each plugin that there is one for."""
        with self._database.read() as session:
            return {row.id: row.enabled for row in session.exec(select(PluginRow))}

    def welcome(self, plugin_ids: Iterable[str]) -> None:
        """Enable plugins that are seen for the first time."""
        with self._database.write() as session:
            for plugin_id in plugin_ids:
                if session.get(PluginRow, plugin_id) is None:
                    session.add(PluginRow(id=plugin_id, enabled=True, updated_us=self._clock()))

    def set_enabled(self, plugin_id: str, enabled: bool) -> None:
        """Keep the user's decision."""
        with self._database.write() as session:
            session.merge(PluginRow(id=plugin_id, enabled=enabled, updated_us=self._clock()))

    def load(self, plugin_id: str, component: str, *, need_secrets: bool = True) -> StoredConfig:
        """Read a component's configuration.

        Secrets that this server's key does not open raise `NvrError` ``secret_unreadable``, or are
        left out where they are not needed.
        """
        with self._database.read() as session:
            row = session.get(PluginConfigRow, (plugin_id, component))
        if row is None:
            return StoredConfig()
        try:
            secrets = self._vault.open(row.secrets, _owner(plugin_id, component))
        except NvrError:
            if need_secrets:
                raise
            secrets = {}
        return StoredConfig(row.version, row.config, secrets)

    def unseal(self, plugin_id: str, component: str, sealed: bytes) -> dict[str, object]:
        """Open the secrets of a component as they stand in a row or in the mirror."""
        return self._vault.open(sealed, _owner(plugin_id, component))

    def save(self, plugin_id: str, component: str, config: StoredConfig) -> None:
        """Write a component's configuration, secrets encrypted."""
        sealed = self._vault.seal(config.secrets, _owner(plugin_id, component))
        with self._database.write() as session:
            session.merge(
                PluginConfigRow(
                    plugin_id=plugin_id,
                    component=component,
                    version=config.version,
                    config=dict(config.plain),
                    secrets=sealed,
                    updated_us=self._clock(),
                )
            )


def _owner(plugin_id: str, component: str) -> str:
    return f"plugin:{plugin_id}:{component}"
