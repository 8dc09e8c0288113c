"""What the process loads and needs to start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from nvr_core.api.app import create_app
from nvr_core.db.migrate import upgrade
from nvr_core.settings import Settings
from peers.api_server import free_port, is_healthy, start_server, stop_server, wait_for

HEAVY = (
    *("alembic", "av", "cryptography", "httpx", "jsonschema", "numpy", "pwdlib", "rich", "typer"),
    "yaml",
)


def test_heavy_modules_are_not_imported_at_the_start(tmp_path: Path) -> None:
    code = (
        "import sys; from nvr_core.api import process, logs\n"
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


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", host="127.0.0.1", port=free_port())
    settings.data.mkdir()
    settings.run.mkdir(mode=0o700, exist_ok=True)
    upgrade(settings.effective_database_url)
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-m', 'nvr_core.api'])\n"
        "print(child.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, **settings.to_env()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        # Only once it serves has it surely asked the kernel to be told of its parent's end.
        wait_for(lambda: is_healthy(settings), 30, "the API process to answer")
        parent.kill()
    assert psutil.wait_procs([child], timeout=15)[1] == []


def test_an_orderly_stop_is_no_failure(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data")
    stop_server(server)
    assert server.process.returncode == 0, server.log.read_text()


def test_one_that_is_stuck_ends_all_the_same() -> None:
    code = (
        "import os, signal, uvicorn; from nvr_core.api import server\n"
        "server.KILLED_AFTER_S = 1\n"
        "with server.Server(uvicorn.Config(None)).capture_signals():\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    while True: pass"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    assert done.returncode == -signal.SIGALRM
