"""A site directory with the test plugins, and their modules for the tests themselves."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from nvr_sdk import rpc
from nvr_sdk.testing import PluginRunner
from nvr_sdk.wire import Nothing

PLUGINS = Path(__file__).parents[1] / "plugins"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site directory with all test plugins."""
    spec = importlib.util.spec_from_file_location("nvr_test_install", PLUGINS / "install.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.install(tmp_path_factory.mktemp("site"), *module.ALL)


@pytest.fixture
def importable(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The site directory on this process's own path; what came from it is forgotten again."""
    monkeypatch.syspath_prepend(str(site))
    before = set(sys.modules)
    yield site
    for name in set(sys.modules) - before:
        if name.startswith("nvr_") and not name.startswith(("nvr_sdk", "nvr_core")):
            del sys.modules[name]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_kit(site: Path) -> AsyncIterator[PluginRunner]:
    """A worker with the test kit for a whole module."""
    async with PluginRunner("nvr_testkit.plugin", paths=[site]) as runner:
        await runner.wait_for("running")
        yield runner


@pytest_asyncio.fixture(loop_scope="module")
async def plugin(shared_kit: PluginRunner) -> AsyncIterator[PluginRunner]:
    """The module's worker; afterwards all its components are as they were, and none has files."""
    yield shared_kit
    if not shared_kit.running:
        await shared_kit.start()
    status = await shared_kit.wait_for("running")
    for component in status.components:
        await shared_kit.request(rpc.COMPONENT_CONFIGURE, rpc.Configure(component.id, {}), Nothing)
    for path in shared_kit.data_dir.iterdir():
        path.unlink()
