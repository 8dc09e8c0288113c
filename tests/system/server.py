"""Runs a whole server as a user would, and talks to it as the web UI does."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx

T = TypeVar("T")

PASSWORD = "correct horse battery"


def eventually(
    probe: Callable[[], T], timeout: float = 20.0, every: float = 0.1, what: str = ""
) -> T:
    """Call ``probe`` until it gives something true; fail with its last answer after ``timeout``."""
    deadline = time.monotonic() + timeout
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout:g} s: {what or probe} (last: {answer!r})")
        time.sleep(every)


def stamp(moment: datetime) -> str:
    """A time as the API takes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """A time as the API gives it."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@dataclass
class NvrServer:
    """One server with a data directory of its own. Use as a context manager."""

    data: Path
    plugin_paths: tuple[Path, ...] = ()
    executable: tuple[str, ...] = (sys.executable, "-m", "nvr_core.cli")
    env: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    url: str = ""
    setup_code: str = ""
    output: str = ""
    http: httpx.Client | None = None
    _port: int = 0

    def __enter__(self) -> NvrServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, timeout: float = 60.0) -> None:
        """Start and wait for the printed address; a restart keeps the port."""
        arguments = ["serve", "--host", "127.0.0.1", "--port", str(self._port)]
        arguments += ["--data", str(self.data)]
        for path in self.plugin_paths:
            arguments += ["--plugin-path", str(path)]
        self.data.parent.mkdir(parents=True, exist_ok=True)
        with (self.data.parent / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.executable, *arguments],
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **self.env},
            )
        self._read_until_ready(timeout)
        cookies = self.http.cookies if self.http else None
        self.http = httpx.Client(
            base_url=f"{self.url}/api/v1",
            timeout=30.0,
            cookies=cookies,
            headers={"Origin": self.url},
        )

    def _read_until_ready(self, timeout: float) -> None:
        assert self.process is not None and self.process.stdout is not None
        deadline = time.monotonic() + timeout
        self.output = ""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while time.monotonic() < deadline:
                if self._read_once(selector):
                    return
        log = (self.data.parent / "server.log").read_text()[-4000:]
        raise AssertionError(f"server did not start:\n{self.output}\n{log}")

    def _read_once(self, selector: selectors.BaseSelector) -> bool:
        """Take what was printed; True once the server is ready."""
        assert self.process is not None and self.process.stdout is not None
        if selector.select(0.2):
            self.output += os.read(self.process.stdout.fileno(), 65536).decode()
        address = re.search(r"http://127\.0\.0\.1:(\d+)", self.output)
        if address is None:
            return False
        self.url, self._port = address[0], int(address[1])
        if code := re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", self.output):
            self.setup_code = code[0]
        return self._healthy()

    def _healthy(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self, timeout: float = 15.0) -> int:
        """End it as a service manager would, and give its exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
        self._close()
        return self.process.returncode

    def kill(self) -> None:
        """``kill -9`` of the server; its children must go by themselves."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self._close()

    def process_group_kill(self, children: Iterable[int]) -> None:
        """``kill -9`` of the supervisor and of all its children at once."""
        assert self.process is not None
        self.process.kill()
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self._close()

    def _close(self) -> None:
        assert self.process is not None and self.process.stdout is not None
        self.process.stdout.close()
        self.client.close()

    def create_admin(self) -> None:
        """Claim the server with its setup code; the client is logged in from then on."""
        assert self.setup_code, self.output
        answer = self.client.post(
            "/setup",
            json={"code": self.setup_code, "username": "admin", "password": PASSWORD},
        )
        assert answer.status_code == 201, answer.text

    @property
    def client(self) -> httpx.Client:
        assert self.http is not None
        return self.http

    def get(self, path: str, **query: Any) -> Any:
        """GET and give the JSON; any error status fails the test."""
        answer = self.client.get(path, params=query)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def add_camera(self, name: str, plugin: str, source: str, **config: Any) -> dict[str, Any]:
        """Add a camera and give it as the API shows it."""
        body = {"name": name, "plugin": plugin, "source": source, "config": config}
        answer = self.client.post("/cameras", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def add_demo(self, name: str, **config: Any) -> dict[str, Any]:
        """Add a demo camera that replays a loop."""
        return self.add_camera(name, "nvr-demo", "demo", **{"mode": "loop", **config})

    def camera(self, camera_id: str) -> dict[str, Any]:
        return dict(self.get(f"/cameras/{camera_id}"))

    def wait_online(self, camera_id: str, stream: str = "main", timeout: float = 40.0) -> None:
        """Wait until a stream delivers."""

        def state() -> bool:
            health = self.camera(camera_id)["health"].get(stream, {})
            return health.get("state") == "online"

        eventually(state, timeout, what=f"{camera_id}/{stream} online")

    def wait_plugin(self, plugin_id: str, state: str, timeout: float = 30.0) -> None:
        """Wait until a plugin is in a state."""

        def reached() -> bool:
            return self.get(f"/plugins/{plugin_id}")["state"] == state

        eventually(reached, timeout, what=f"{plugin_id} {state}")

    def recordings(self, camera_id: str, stream: str = "main") -> dict[str, Any]:
        """Everything recorded in the last hour, all pages."""
        now = datetime.now(UTC)
        query = {
            "start": stamp(now - timedelta(hours=1)),
            "end": stamp(now + timedelta(minutes=1)),
            "stream": stream,
            "limit": 500,
        }
        page = self.get(f"/cameras/{camera_id}/recordings", **query)
        assert page["next_cursor"] is None
        return dict(page)

    def wait_segments(self, camera_id: str, count: int, timeout: float = 60.0) -> dict[str, Any]:
        """Wait until a camera has at least ``count`` durable segments."""

        def enough() -> dict[str, Any] | None:
            found = self.recordings(camera_id)
            return found if len(found["segments"]) >= count else None

        return eventually(enough, timeout, every=0.5, what=f"{count} segments of {camera_id}")

    def segment_bytes(self, camera_id: str, segment_id: str) -> bytes:
        answer = self.client.get(f"/cameras/{camera_id}/segments/{segment_id}.mp4")
        assert answer.status_code == 200, answer.text
        return answer.content

    def processes(self) -> dict[str, dict[str, Any]]:
        """The supervised processes by name."""
        return {p["name"]: p for p in self.get("/system")["processes"]}

    def kill_process(self, name: str, sig: int = signal.SIGKILL) -> int:
        """Kill one of the server's processes and give the pid it had."""
        pid = int(self.processes()[name]["pid"])
        os.kill(pid, sig)
        return pid


@contextlib.contextmanager
def running_server(data: Path, **options: Any) -> Iterator[NvrServer]:
    """A server with an admin account."""
    with NvrServer(data, **options) as server:
        server.create_admin()
        yield server
