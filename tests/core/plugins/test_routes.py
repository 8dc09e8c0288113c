"""The REST routes of plugins, and the way to a plugin's own routes."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from core.plugins.plugin_server import Server, until
from core.plugins.secretive import PLUGIN_ID, write_secretive
from nvr_core.api import error_handlers
from nvr_core.api.routes import plugins
from nvr_core.plugins.host import PluginHost
from nvr_core.security.logins import Caller

KIT = "nvr-testkit"
CANARY = "canary-91c2"


class LoggedIn:
    """Stands where the gate does: every request is an administrator's."""

    def __init__(self, app: FastAPI, role: str) -> None:
        self._app = app
        self._role = role

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["nvr_caller"] = Caller(1, "Jürgen", self._role, "session", "x")
        await self._app(scope, receive, send)


def client_of(host: PluginHost, role: str = "admin") -> httpx.AsyncClient:
    app = FastAPI()
    app.state.plugin_host = host
    error_handlers.install(app)
    app.include_router(plugins.router)
    transport = httpx.ASGITransport(app=LoggedIn(app, role))
    return httpx.AsyncClient(transport=transport, base_url="http://nvr.test")


@pytest.fixture
async def host(server: Server) -> PluginHost:
    server.install(KIT)
    write_secretive(server.site)
    host = await server.start_host()
    await until(lambda: {host.get(KIT).state, host.get(PLUGIN_ID).state} == {"running"})
    return host


@pytest.fixture
async def client(host: PluginHost) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(host) as client:
        yield client


async def get(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_plugins_are_listed_with_their_components(client: httpx.AsyncClient) -> None:
    items = {item["id"]: item for item in (await get(client, "/plugins"))["items"]}
    kit = items[KIT]
    assert (kit["state"], kit["isolation"], kit["builtin"]) == ("running", "worker", False)
    assert kit["permissions"] == {"network": "local", "devices": []}
    assert {c["kind"] for c in kit["contributions"]} == {
        "camera_source",
        "recorder",
        "detector",
        "event_sink",
        "api_routes",
    }
    assert {c["state"] for c in kit["contributions"]} == {"running"}
    assert kit["process"]["pid"] > 0 and kit["process"]["started_at"].endswith("Z")
    assert items["core"]["builtin"] is True
    assert await get(client, f"/plugins/{KIT}") | {"process": None} == kit | {"process": None}


async def test_the_form_the_configuration_and_a_change(client: httpx.AsyncClient) -> None:
    [form] = (await get(client, f"/plugins/{PLUGIN_ID}/schema"))["items"]
    assert (form["component"], form["kind"], form["version"]) == ("sink", "event_sink", 1)
    assert form["schema"]["properties"]["token"]["writeOnly"] is True

    change = {"component": "sink", "config": {"server": "db", "token": CANARY}}
    answer = await client.put(f"/plugins/{PLUGIN_ID}/config", json=change)
    assert answer.status_code == 200, answer.text
    shown = {"server": "db", "token": {"set": True}, "retries": 3}
    assert answer.json() == {"component": "sink", "config": shown}
    stored = await client.get(f"/plugins/{PLUGIN_ID}/config")
    assert stored.json() == {"items": [{"component": "sink", "config": shown}]}
    assert CANARY not in answer.text + stored.text

    change["config"] = {"retries": -1}
    answer = await client.put(f"/plugins/{PLUGIN_ID}/config", json=change)
    assert code(answer) == (422, "validation_failed")
    assert answer.json()["error"]["fields"][0]["path"] == "config.retries"


async def test_disable_enable_restart(client: httpx.AsyncClient, host: PluginHost) -> None:
    answer = await client.post(f"/plugins/{KIT}/disable")
    assert (answer.status_code, answer.json()["state"]) == (200, "disabled")
    assert answer.json()["enabled"] is False
    assert code(await client.post(f"/plugins/{KIT}/restart")) == (409, "plugin_disabled")
    answer = await client.post(f"/plugins/{KIT}/enable")
    assert (answer.status_code, answer.json()["enabled"]) == (200, True)
    await until(lambda: host.get(KIT).state == "running")
    assert (await client.post(f"/plugins/{KIT}/restart")).status_code == 200
    assert code(await client.post("/plugins/core/disable")) == (409, "plugin_builtin")
    assert code(await client.post("/plugins/nothing/enable")) == (404, "plugin_not_found")


async def test_options(client: httpx.AsyncClient) -> None:
    form = {"component": "testkit-push", "config": {}}
    answer = await client.post(f"/plugins/{KIT}/options/lens", json=form)
    assert answer.json()["items"][0] == {"value": "lens-1", "title": "lens 1 of 0"}
    form["component"] = "nothing"
    answer = await client.post(f"/plugins/{KIT}/options/lens", json=form)
    assert code(answer) == (404, "component_not_found")


async def test_camera_sources(client: httpx.AsyncClient) -> None:
    items = (await get(client, "/camera-sources"))["items"]
    assert {"core/rtsp", f"{KIT}/testkit-push"} <= {f"{i['plugin']}/{i['source']}" for i in items}
    assert all(item["camera_schema"]["type"] == "object" for item in items)


async def test_only_those_who_may(host: PluginHost) -> None:
    async with client_of(host, role="guest") as client:
        for method, path in (
            ("GET", "/plugins"),
            ("GET", f"/plugins/{KIT}/config"),
            ("PUT", f"/plugins/{KIT}/config"),
            ("POST", f"/plugins/{KIT}/restart"),
            ("GET", "/camera-sources"),
            ("GET", f"/plugins/{KIT}/api/hello"),
        ):
            body = {"component": "x", "config": {}} if method == "PUT" else None
            answer = await client.request(method, path, json=body)
            assert code(answer) == (403, "forbidden"), path


async def test_a_plugins_own_route_knows_the_user_and_not_the_cookie(
    client: httpx.AsyncClient,
) -> None:
    headers = {"cookie": "nvr_session=secret", "x-nvr-user": "root", "X-NVR-Role": "admin"}
    answer = await client.get(f"/plugins/{KIT}/api/hello?x=1", headers=headers)
    assert answer.json() == {"greeting": "Hello, J%C3%BCrgen"}
    assert answer.headers["content-security-policy"].startswith("sandbox")
    body = b"0123456789" * 100_000
    answer = await client.post(f"/plugins/{KIT}/api//echo/", content=body)
    assert answer.content == body
    assert (await client.get(f"/plugins/{KIT}/api/nothing")).status_code == 404


async def test_a_path_cannot_leave_the_plugins_routes(client: httpx.AsyncClient) -> None:
    for path in ("%2e%2e/hello", "a/%2e%2e/hello", "%2e/hello", "a%5c..%5chello", "hello%00"):
        answer = await client.get(f"/plugins/{KIT}/api/{path}")
        assert code(answer) == (404, "route_not_found"), path


async def test_routes_of_a_plugin_that_is_away(
    client: httpx.AsyncClient, host: PluginHost, server: Server
) -> None:
    assert code(await client.get(f"/plugins/{PLUGIN_ID}/api/x")) == (404, "route_not_found")
    pid = server.pid(KIT)
    os.kill(pid, signal.SIGKILL)
    answer = await client.get(f"/plugins/{KIT}/api/hello")
    assert code(answer) == (503, "unavailable")
    await until(lambda: server.pid(KIT) not in (0, pid) and host.get(KIT).state == "running")
    assert (await client.get(f"/plugins/{KIT}/api/hello")).status_code == 200
    await host.disable(KIT)
    assert code(await client.get(f"/plugins/{KIT}/api/hello")) == (503, "unavailable")
