"""Who gets in: every route and socket, sessions, tokens, origins, guessing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.routing import APIWebSocketRoute
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from nvr_core.api.app import create_app
from nvr_core.api.gate import OPEN_TO_ALL
from nvr_core.settings import Settings
from peers.api_server import PASSWORD, SETUP_CODE, Server


def _operations(server: Server, anna: httpx.Client) -> Iterator[tuple[str, str]]:
    document = anna.get("/api/v1/openapi.json").json()
    for path, item in document["paths"].items():
        for method in item:
            yield method.upper(), path


def _fill(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "1", path)


def test_every_operation_refuses_anonymous_callers(server: Server, anna: httpx.Client) -> None:
    operations = list(_operations(server, anna))
    assert len(operations) > 35
    with server.anonymous() as nobody:
        for method, path in operations:
            if (method, path) in OPEN_TO_ALL:
                continue
            answer = nobody.request(method, _fill(path))
            assert answer.status_code == 401, (method, path)
            assert answer.json()["error"]["code"] == "not_authenticated"


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/v1/nothing",
        "/api/v1/openapi.json",
        "/api/v1/plugins/nvr-demo/api/x",
        "/metrics",
        "/metrics/",
        "/ws",
        "/api/v1/setup/",
        "//api/v1/cameras",
        "/api/v1/../v1/cameras",
        "/%61pi/v1/cameras",
    ],
)
def test_no_way_around_the_gate(server: Server, path: str) -> None:
    with server.anonymous() as nobody:
        answer = nobody.get(path)
    assert answer.status_code in (200, 401, 404)
    if answer.status_code == 200:
        assert answer.headers["content-type"].startswith("text/html")
        assert "items" not in answer.text


def test_every_socket_refuses_anonymous_callers(server: Server) -> None:
    app = create_app(Settings(data=server.settings.data))
    paths = [route.path for route in _socket_routes(app.router)]
    assert sorted(paths) == ["/cameras/{camera_id}/live", "/ws"]
    for path in (*paths, *(f"/api/v1{path}" for path in paths), "/", "/nothing"):
        with connect(server.socket_origin + _fill(path)) as socket:
            with pytest.raises(ConnectionClosed) as caught:
                socket.recv(5)
            assert caught.value.rcvd is not None
            assert caught.value.rcvd.code == 4401


def _socket_routes(router: Any) -> Iterator[APIWebSocketRoute]:
    for route in router.routes:
        if isinstance(route, APIWebSocketRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from _socket_routes(route.original_router)


def test_a_page_of_another_site_is_refused(server: Server, anna: httpx.Client) -> None:
    for origin in ("http://evil.example", "null", server.origin + "1"):
        answer = anna.post("/api/v1/auth/logout", headers={"Origin": origin})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "foreign_origin")
        cookie = f"nvr_session={anna.cookies['nvr_session']}"
        headers = {"Cookie": cookie}
        with connect(f"{server.socket_origin}/ws", additional_headers=headers, origin=origin) as ws:  # type: ignore[arg-type]
            with pytest.raises(ConnectionClosed) as caught:
                ws.recv(5)
            assert caught.value.rcvd is not None
            assert caught.value.rcvd.code == 4403
    fetched = anna.post("/api/v1/auth/logout", headers={"Sec-Fetch-Site": "cross-site"})
    assert fetched.status_code == 403
    assert anna.get("/api/v1/auth/me").status_code == 200
    own = anna.post("/api/v1/tokens", json={"name": "own"}, headers={"Origin": server.origin})
    assert own.status_code == 201


def test_cookie_is_closed_to_scripts_and_other_sites(server: Server) -> None:
    with server.anonymous() as client:
        body = {"username": "anna", "password": PASSWORD}
        header = client.post("/api/v1/auth/login", json=body).headers["set-cookie"].lower()
    assert "httponly" in header
    assert "samesite=strict" in header
    assert "path=/" in header


def test_logging_out_ends_the_session_on_the_server(server: Server) -> None:
    with server.log_in() as client:
        token = client.cookies["nvr_session"]
        assert client.post("/api/v1/auth/logout").status_code == 204
    with server.anonymous() as thief:
        thief.cookies.set("nvr_session", token)
        assert thief.get("/api/v1/auth/me").status_code == 401


def test_tokens_work_until_they_are_revoked(server: Server, anna: httpx.Client) -> None:
    made = anna.post("/api/v1/tokens", json={"name": "script"}).json()
    listed = anna.get("/api/v1/tokens").json()["items"]
    assert made["token"] not in str(listed)
    assert made["id"] in [item["id"] for item in listed]
    with server.anonymous() as script:
        script.headers["Authorization"] = f"Bearer {made['token']}"
        assert script.get("/api/v1/auth/me").json()["username"] == "anna"
        assert anna.delete(f"/api/v1/tokens/{made['id']}").status_code == 204
        assert script.get("/api/v1/auth/me").status_code == 401
    assert anna.delete(f"/api/v1/tokens/{made['id']}").status_code == 404


def test_tokens_are_paged(anna: httpx.Client) -> None:
    made = [anna.post("/api/v1/tokens", json={"name": f"t{n}"}).json()["id"] for n in range(3)]
    seen: list[int] = []
    cursor = None
    while True:
        query = {"limit": 1, **({"cursor": cursor} if cursor else {})}
        page = anna.get("/api/v1/tokens", params=query).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert set(made) <= set(seen)
    assert len(seen) == len(set(seen))


def test_first_run_needs_the_code_and_happens_once(fresh_server: Server) -> None:
    with fresh_server.anonymous() as client:
        assert client.get("/api/v1/setup").json() == {"needed": True}
        body = {"code": "wrong", "username": "anna", "password": PASSWORD}
        refused = client.post("/api/v1/setup", json=body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "wrong_setup_code")
        body["code"] = SETUP_CODE
        short = client.post("/api/v1/setup", json={**body, "password": "1234567"})
        assert short.status_code == 422
        assert short.json()["error"]["fields"][0]["path"] == "password"
        assert client.post("/api/v1/setup", json=body).status_code == 201
        assert client.get("/api/v1/auth/me").json()["username"] == "anna"
        again = client.post("/api/v1/setup", json={**body, "username": "mallory"})
        assert (again.status_code, again.json()["error"]["code"]) == (409, "setup_done")
        assert client.get("/api/v1/setup").json() == {"needed": False}


def test_sixth_wrong_password_is_refused_whatever_the_headers_say(fresh_server: Server) -> None:
    with fresh_server.set_up(), fresh_server.anonymous() as client:
        for attempt in range(6):
            answer = client.post(
                "/api/v1/auth/login",
                json={"username": "anna", "password": "wrong password"},
                headers={"X-Forwarded-For": f"10.0.0.{attempt}", "X-Real-IP": f"10.1.0.{attempt}"},
            )
            expected = "login_failed" if attempt < 5 else "too_many_attempts"
            assert answer.json()["error"]["code"] == expected
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 900
        right = client.post("/api/v1/auth/login", json={"username": "anna", "password": PASSWORD})
        assert right.status_code == 429


def test_a_new_password_ends_other_logins(fresh_server: Server) -> None:
    with fresh_server.set_up() as here, fresh_server.log_in() as there:
        wrong = {"current": "not this one", "new": "staple the battery"}
        refused = here.post("/api/v1/auth/password", json=wrong)
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "wrong_password")
        right = {"current": PASSWORD, "new": "staple the battery"}
        assert here.post("/api/v1/auth/password", json=right).status_code == 204
        assert here.get("/api/v1/auth/me").status_code == 200
        assert there.get("/api/v1/auth/me").status_code == 401


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/auth/me", "/api/v1/nothing"])
def test_every_answer_carries_security_headers_and_an_id(server: Server, path: str) -> None:
    with server.anonymous() as client:
        headers = client.get(path).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "script-src" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert re.fullmatch(r"[0-9a-f]{16}", headers["x-request-id"])


def test_framework_errors_have_the_one_shape(anna: httpx.Client) -> None:
    missing = anna.get("/api/v1/nothing")
    wrong_method = anna.put("/api/v1/cameras")
    broken = anna.post("/api/v1/tokens", content=b"{", headers={"content-type": "application/json"})
    codes = [
        (answer.status_code, answer.json()["error"]["code"])
        for answer in (missing, wrong_method, broken)
    ]
    assert codes == [(404, "not_found"), (405, "method_not_allowed"), (422, "validation_failed")]
    assert missing.json()["error"]["request_id"] == missing.headers["x-request-id"]
