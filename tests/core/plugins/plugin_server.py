"""What tests of the plugin host share: a server around it, and plugins written on the spot."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest

from nvr_core.db.engine import Database
from nvr_core.plugins.host import PluginHost
from nvr_core.plugins.views import Plugin
from nvr_core.security.vault import Vault
from nvr_core.settings import Settings
from nvr_core.supervisor.keeper import Keeper

TESTS = Path(__file__).parents[2]
CONTRIBUTION = """
[[contributions]]
kind = "event_sink"
id = "sink"
title = "Sink"
config_schema = "sink.json"
"""
MANIFEST = """
id = "{id}"
name = "Sample"
[api]
min = 1
max = 1
"""


def load_installer() -> ModuleType:
    """The installer of the test plugins, which lie outside any package."""
    spec = importlib.util.spec_from_file_location("install", TESTS / "plugins" / "install.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


INSTALLER = load_installer()


def write_plugin(site: Path, plugin_id: str, files: dict[str, str], version: str = "1.0") -> None:
    """Put a distribution with one package into a site directory, as pip would."""
    package = site / plugin_id.replace("-", "_")
    package.mkdir(parents=True, exist_ok=True)
    for name, text in {"__init__.py": "", **files}.items():
        (package / name).write_text(text)
    info = site / f"{package.name}-{version}.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {plugin_id}\nVersion: {version}\n"
    )
    points = f"[nvr.plugins]\n{plugin_id} = {package.name}.plugin\n"
    (info / "entry_points.txt").write_text(points)


async def until(
    condition: Callable[[], object] | Callable[[], Awaitable[object]], timeout: float = 20.0
) -> None:
    """Wait until a condition holds; its last value is in the failure."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if isinstance(value, Awaitable):
            value = await value
        if value:
            return
        if time.monotonic() > deadline:
            pytest.fail(f"not within {timeout:g} s: {value!r}")
        await asyncio.sleep(0.05)


@dataclass
class Server:
    """What the plugin host finds around it; the supervisor is the real one."""

    settings: Settings
    database: Database
    vault: Vault
    keeper: Keeper
    changes: list[Plugin] = field(default_factory=list)
    hosts: list[PluginHost] = field(default_factory=list)

    @property
    def site(self) -> Path:
        return self.settings.plugin_paths[0]

    def install(self, *names: str) -> None:
        """Install test plugins."""
        INSTALLER.install(self.site, *names)

    async def start_host(self, safe_mode: bool = False) -> PluginHost:
        """Start a plugin host, as a fresh API process does."""
        host = PluginHost(
            self.settings,
            self.database,
            self.vault,
            safe_mode=safe_mode,
            on_change=self.changes.append,
        )
        await host.start()
        self.hosts.append(host)
        return host

    def pid(self, plugin_id: str) -> int:
        """Process id of a plugin's worker, as the supervisor knows it."""
        found = [p for p in self.keeper.list().processes if p.name == f"plugin:{plugin_id}"]
        return found[0].pid if found else 0


def alive(pid: int) -> bool:
    """Tell whether a process exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
