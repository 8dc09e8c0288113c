"""A site directory with the test plugins, and their modules for the tests themselves."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

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
