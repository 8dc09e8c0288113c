"""What the process loads and needs to start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil

from nvr_core.api.app import create_app
from nvr_core.settings import Settings
from peers.api_server import Server

HEAVY = ("av", "alembic", "cryptography", "yaml", "jsonschema", "pwdlib", "rich")


def test_heavy_modules_are_not_imported_at_the_start(tmp_path: Path) -> None:
    code = (
        "import sys; from nvr_core.api import process, logs\n"
        "sys.modules['rich'] = None; sys.modules['watchfiles'] = None\n"
        "from nvr_core.api.app import create_app; from nvr_core.settings import Settings\n"
        "create_app(Settings.from_env())\n"
        f"print([name for name in {HEAVY} if sys.modules.get(name)])"
    )
    env = {**os.environ, "NVR_DATA": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"


def test_the_document_is_complete(tmp_path: Path) -> None:
    document = create_app(Settings(data=tmp_path)).openapi()
    ids = []
    for path, item in document["paths"].items():
        for method, operation in item.items():
            ids.append(operation["operationId"])
            assert operation["tags"], path
            assert operation["summary"], path
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    schema = answer["content"]["application/json"]["schema"]
                    assert schema["$ref"].endswith("/ErrorBody"), (method, path, status)
                    assert answer["content"]["application/json"]["examples"]
    assert len(ids) == len(set(ids))
    assert set(document["components"]["securitySchemes"]) == {"session", "token"}


def test_it_ends_with_its_parent(tmp_path: Path, server: Server) -> None:
    settings = Settings(data=server.settings.data, host="127.0.0.1", port=0)
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-m', 'nvr_core.api'])\n"
        "print(child.pid, flush=True); sys.stdin.read()"
    )
    env = {**os.environ, **settings.to_env(), "NVR_DATA": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        # libc's prctl is called within the first imports; the process is up long after.
        parent.kill()
    assert psutil.wait_procs([child], timeout=15)[1] == []
