"""The engine as a process: light, and gone when its parent is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from nvr_core.settings import Settings


def test_it_imports_nothing_heavy() -> None:
    code = "import sys, nvr_core.engine.__main__; print(*sorted(sys.modules))"
    loaded = set(subprocess.check_output([sys.executable, "-c", code], text=True).split())
    heavy = {"av", "pydantic", "sqlalchemy", "sqlmodel", "fastapi", "numpy", "cryptography"}
    assert not loaded & heavy
    assert "nvr_core.engine.session" in loaded


def test_it_waits_for_the_migration_and_ends_on_sigterm(tmp_path) -> None:
    settings = Settings(tmp_path)
    environment = {**os.environ, **settings.to_env()}
    process = subprocess.Popen([sys.executable, "-m", "nvr_core.engine"], env=environment)
    try:
        deadline = time.monotonic() + 10
        while not settings.run.exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(0.3)  # it must still be waiting
        assert process.poll() is None
        assert not settings.engine_socket.exists()
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
    finally:
        process.kill()
        process.wait()


def test_it_dies_with_its_parent(settings: Settings) -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-m', 'nvr_core.engine'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    environment = {**os.environ, **settings.to_env()}
    parent = subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    engine = int(parent.stdout.readline())
    deadline = time.monotonic() + 10
    while not settings.engine_socket.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    while _runs(engine):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
