"""Runs the browser scenarios of `web-ui/e2e` against real servers."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from system.server import PASSWORD, NvrServer

ROOT = Path(__file__).parents[2]
Scenario = Callable[..., dict[str, Any]]


@pytest.fixture
def browse(tmp_path: Path) -> Scenario:
    """Call with a server, a scenario's name and its input; gives what the scenario found."""
    shots = Path(os.environ.get("NVR_SCREENSHOTS", tmp_path / "shots"))
    shots.mkdir(parents=True, exist_ok=True)

    def run(server: NvrServer, name: str, **more: Any) -> dict[str, Any]:
        account = {"username": "admin", "password": PASSWORD, "code": server.setup_code}
        question = {"url": server.url, "shots": str(shots), **account, **more}
        done = subprocess.run(
            [ROOT / "scripts/with_node.sh", "node", f"e2e/{name}.mjs", json.dumps(question)],
            cwd=ROOT / "web-ui",
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, f"{name}:\n{done.stdout}\n{done.stderr[-4000:]}"
        return dict(json.loads(done.stdout.splitlines()[-1]))

    return run
