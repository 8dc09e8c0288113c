"""What a hostile page, program or file tries."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from peers.api_server import Server, camera_body
from peers.engine_peer import EnginePeer


def _open(server: Server, client: httpx.Client, path: str) -> ClientConnection:
    headers = {"Cookie": f"nvr_session={client.cookies['nvr_session']}"}
    return connect(f"{server.socket_origin}{path}", additional_headers=headers)


def _close_code(socket: ClientConnection, within: float) -> int:
    deadline = time.monotonic() + within
    with pytest.raises(ConnectionClosed) as gone:
        while time.monotonic() < deadline:
            socket.recv(deadline - time.monotonic())
    assert gone.value.rcvd is not None
    return gone.value.rcvd.code


def test_no_other_header_than_a_token_stands_in_for_the_origin(
    server: Server, anna: httpx.Client
) -> None:
    headers = {"Origin": "http://evil.example", "Authorization": "Basic eDp5"}
    answer = anna.post("/api/v1/tokens", json={"name": "stolen"}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "foreign_origin")


def test_a_body_that_never_ends_is_cut_off(server: Server) -> None:
    chunk = b'"' + b"x" * (1 << 20)
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 64 << 20:
            sent += len(chunk)
            yield chunk

    headers = {"content-type": "application/json"}
    with server.anonymous() as client:
        announced = client.post("/api/v1/auth/login", content=b"x" * (9 << 20), headers=headers)
        assert (announced.status_code, announced.json()["error"]["code"]) == (413, "body_too_large")
        try:
            answer = client.post("/api/v1/auth/login", content=endless(), headers=headers)
        except httpx.WriteError:
            # The server answered and closed while this was still being sent.
            assert sent < 64 << 20
        else:
            assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")


def test_a_few_lines_of_yaml_do_not_stand_for_gigabytes(anna: httpx.Client) -> None:
    lines = ["version: 1", "x0: &x0 {a: 1}"]
    for number in range(1, 9):
        inside = ", ".join(f"k{key}: *x{number - 1}" for key in range(9))
        lines.append(f"x{number}: &x{number} {{{inside}}}")
    lines += ["cameras:", "- {id: z, name: z, plugin: core, source: rtsp, config: {a: *x8}}"]
    began = time.monotonic()
    answer = anna.post("/api/v1/config/import", json={"yaml": "\n".join(lines)})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "import_failed")
    assert time.monotonic() - began < 5


def test_a_camera_named_like_a_directory_of_the_storage_gets_another_id(
    anna: httpx.Client, engine: EnginePeer
) -> None:
    made = anna.post("/api/v1/cameras", json=camera_body("Quarantine")).json()
    assert made["id"] == "quarantine-2"
    anna.delete(f"/api/v1/cameras/{made['id']}")
    camera = "{id: quarantine, name: Q, plugin: core, source: rtsp, config: {}}"
    text = f"version: 1\ncameras: [{camera}]"
    answer = anna.post("/api/v1/config/import", json={"yaml": text})
    assert answer.json()["error"]["fields"][0]["path"] == "yaml.cameras.0.id"


def test_a_removed_camera_lets_its_viewers_go(
    server: Server, anna: httpx.Client, engine: EnginePeer
) -> None:
    camera = anna.post("/api/v1/cameras", json=camera_body("Short-lived")).json()["id"]
    with _open(server, anna, f"/api/v1/cameras/{camera}/live") as socket:
        assert "hello" in str(socket.recv(5))
        assert anna.delete(f"/api/v1/cameras/{camera}").status_code == 204
        assert _close_code(socket, 5) == 4404


def test_logging_out_closes_the_sockets_of_the_session(
    server: Server, engine: EnginePeer, camera: str
) -> None:
    with (
        server.log_in() as client,
        _open(server, client, "/ws") as events,
        _open(server, client, f"/api/v1/cameras/{camera}/live") as live,
    ):
        assert client.post("/api/v1/auth/logout").status_code == 204
        assert _close_code(events, 10) == 4401
        assert _close_code(live, 10) == 4401
