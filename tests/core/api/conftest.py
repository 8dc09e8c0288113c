"""Servers and people for the tests of the API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from peers.api_server import Server, camera_body, start_server, stop_server, wait_for
from peers.engine_peer import EnginePeer


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server with an account; tests leave other tests' things alone."""
    running = start_server(tmp_path_factory.mktemp("nvr") / "data")
    try:
        with running.set_up():
            pass
        yield running
    finally:
        stop_server(running)


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[Server]:
    """A server of one's own, nobody has logged in yet."""
    running = start_server(tmp_path / "data")
    try:
        yield running
    finally:
        stop_server(running)


@pytest.fixture
def anna(server: Server) -> Iterator[httpx.Client]:
    """The administrator, logged in."""
    with server.log_in() as client:
        yield client


@pytest.fixture(scope="session")
def engine(server: Server) -> Iterator[EnginePeer]:
    """The engine of `server`, as far as its API can tell."""
    with EnginePeer(server.settings.engine_socket) as peer, server.log_in() as client:
        wait_for(lambda: _engine_seen(client), 10, "the API to find the engine")
        yield peer


def _engine_seen(client: httpx.Client) -> bool:
    return bool(client.get("/api/v1/system").json()["engine"]["state"] == "running")


@pytest.fixture
def camera(anna: httpx.Client, engine: EnginePeer) -> Iterator[str]:
    """A camera of one's own; gives its id."""
    answer = anna.post("/api/v1/cameras", json=camera_body("Test camera"))
    assert answer.status_code == 201, answer.text
    camera_id = answer.json()["id"]
    yield camera_id
    anna.delete(f"/api/v1/cameras/{camera_id}")
