"""The wheels work in an empty environment outside the clone (acceptance 8)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from system.server import NvrServer

ROOT = Path(__file__).parents[2]
PLUGINS = sorted(path.parent for path in (ROOT / "plugins").glob("*/pyproject.toml"))


def uv(*arguments: str, cwd: Path) -> None:
    """Run uv with an environment that knows nothing of the clone's own."""
    executable = shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert executable, "uv is part of the development environment"
    hidden = ("VIRTUAL_ENV", "PYTHONPATH", "UV_PROJECT_ENVIRONMENT")
    env = {key: value for key, value in os.environ.items() if key not in hidden}
    done = subprocess.run(
        [executable, *arguments], check=False, cwd=cwd, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every distribution of the repo as a wheel, by name."""
    out = tmp_path_factory.mktemp("wheels")
    for source in (ROOT / "nvr_sdk", ROOT / "nvr_core", *PLUGINS):
        uv("build", "--quiet", "--wheel", "--out-dir", str(out), str(source), cwd=out)
    return {path.name.split("-")[0].replace("_", "-"): path for path in out.glob("*.whl")}


@pytest.mark.timeout(400)
def test_server_runs_from_wheels_alone(wheels: Mapping[str, Path], tmp_path: Path) -> None:
    environment = tmp_path / "env"
    uv("venv", "--quiet", "--python", sys.executable, str(environment), cwd=tmp_path)
    python = environment / "bin" / "python"
    uv(
        *("pip", "install", "--quiet", "--compile-bytecode", "--python", str(python)),
        *map(str, wheels.values()),
        cwd=tmp_path,
    )
    where = subprocess.run(
        [python, "-c", "import nvr_core, nvr_sdk; print(nvr_core.__file__, nvr_sdk.__file__)"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    ).stdout
    assert str(ROOT) not in where

    server = NvrServer(tmp_path / "data", executable=(str(environment / "bin" / "nvr"),))
    with server:
        server.create_admin()
        page = httpx.get(server.url)
        assert page.status_code == 200 and '<div id="root">' in page.text
        demo = server.add_demo("Street")["id"]
        server.wait_online(demo)
        server.wait_segments(demo, 1)
        states = {plugin["id"]: plugin["state"] for plugin in server.get("/plugins")["items"]}
        assert all(states.get(path.name) == "running" for path in PLUGINS), states


def test_wheels_carry_what_they_need(wheels: Mapping[str, Path]) -> None:
    core = zipfile.ZipFile(wheels["nvr-core"]).namelist()
    assert "nvr_core/web/static/index.html" in core
    assert any(name.startswith("nvr_core/db/migrations/versions/") for name in core)
    for source in PLUGINS:
        names = zipfile.ZipFile(wheels[source.name]).namelist()
        assert any(name.endswith("/nvr-plugin.toml") for name in names), source.name
        dependencies = tomllib.loads((source / "pyproject.toml").read_text())["project"]
        assert not any("nvr-core" in item for item in dependencies["dependencies"])
