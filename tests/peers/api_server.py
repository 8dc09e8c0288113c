"""A real API process on a real database."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from nvr_core.db.migrate import upgrade
from nvr_core.settings import Settings

SETUP_CODE = "K7Q4-M2XD"
PASSWORD = "correct horse battery"
CANARY = "kanarienvogel-4711"


@dataclass(frozen=True)
class Server:
    """A running API process."""

    settings: Settings
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    @property
    def socket_origin(self) -> str:
        return f"ws://127.0.0.1:{self.settings.port}"

    def anonymous(self) -> httpx.Client:
        return httpx.Client(base_url=self.origin, timeout=30)

    @contextmanager
    def set_up(self) -> Iterator[httpx.Client]:
        body = {"code": SETUP_CODE, "username": "anna", "password": PASSWORD}
        with self.anonymous() as client:
            answer = client.post("/api/v1/setup", json=body)
            assert answer.status_code == 201, answer.text
            yield client

    @contextmanager
    def log_in(self) -> Iterator[httpx.Client]:
        body = {"username": "anna", "password": PASSWORD}
        with self.anonymous() as client:
            answer = client.post("/api/v1/auth/login", json=body)
            assert answer.status_code == 200, answer.text
            yield client


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(data: Path, **environment: str) -> Server:
    settings = Settings(data=data, host="127.0.0.1", port=free_port())
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.run.mkdir(mode=0o700, exist_ok=True)
    upgrade(settings.effective_database_url)
    log = data / "api.log"
    env = {**os.environ, **settings.to_env(), "NVR_SETUP_CODE": SETUP_CODE, **environment}
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "nvr_core.api"], env=env, stderr=errors
        )
    server = Server(settings, process, log)
    wait_for(lambda: _answers(server), 30, "the API process to answer")
    return server


def stop_server(server: Server) -> None:
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(10)


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


def _answers(server: Server) -> bool:
    assert server.process.poll() is None, server.log.read_text()
    return is_healthy(server.settings)


def is_healthy(settings: Settings) -> bool:
    try:
        url = f"http://127.0.0.1:{settings.port}/healthz"
        return httpx.get(url, timeout=1).status_code == 200
    except httpx.TransportError:
        return False


def camera_body(name: str) -> dict[str, object]:
    """Give the body that adds a camera."""
    config = {
        "main_url": "rtsp://127.0.0.1:1/main",
        "sub_url": "rtsp://127.0.0.1:1/sub",
        "username": "viewer",
        "password": CANARY,
    }
    return {"name": name, "plugin": "core", "source": "rtsp", "config": config}
