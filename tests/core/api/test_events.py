"""Events over the web socket and over REST."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from nvr_core.api.event_client import EventClient
from nvr_core.events.bus import EventBus
from nvr_core.events.topics import TOPICS
from nvr_core.processes import (
    NOTICE_GAP,
    NOTICE_SEGMENT,
    NOTICE_STORAGE,
    GapNotice,
    SegmentNotice,
    StorageStatus,
)
from nvr_core.security.logins import Caller
from peers.api_server import Server
from peers.engine_peer import EnginePeer

ADMIN = Caller(1, "anna", "admin", "session", "x")


@contextmanager
def _follow(server: Server, anna: httpx.Client) -> Iterator[ClientConnection]:
    headers = {"Cookie": f"nvr_session={anna.cookies['nvr_session']}"}
    with connect(f"{server.socket_origin}/ws", additional_headers=headers) as socket:
        yield socket


def _ask(socket: ClientConnection, message: object) -> dict[str, Any]:
    socket.send(json.dumps(message))
    return dict(json.loads(socket.recv(5)))


def test_events_come_as_subscribed(
    server: Server, anna: httpx.Client, engine: EnginePeer, camera: str
) -> None:
    with _follow(server, anna) as socket:
        assert _ask(socket, {"type": "ping"}) == {"type": "pong"}
        wanted = {"type": "subscribe", "topics": ["recording.*"], "cameras": [camera]}
        assert _ask(socket, wanted) == {**wanted, "type": "subscribed"}
        engine.notify(NOTICE_SEGMENT, SegmentNotice("another", "main", 0, 1, 5))
        engine.notify(NOTICE_STORAGE, StorageStatus(1, "/rec", "full", "Full.", 100, 1, 10))
        engine.notify(NOTICE_GAP, GapNotice(camera, "main", 1_000_000, 2_000_000, "disk_full"))
        event = json.loads(socket.recv(5))
    assert (event["type"], event["topic"], event["camera_id"]) == ("event", "recording.gap", camera)
    assert event["data"] == {
        "stream": "main",
        "start": "1970-01-01T00:00:01.000Z",
        "end": "1970-01-01T00:00:02.000Z",
        "reason": "disk_full",
    }
    listed = anna.get("/api/v1/events", params={"camera": camera, "topic": "recording.*"}).json()
    assert listed["items"][0]["id"] == event["id"]
    storage = anna.get("/api/v1/system").json()["storages"][0]
    assert (storage["state"], storage["message"]) == ("full", "Full.")


def test_nonsense_is_answered_and_the_socket_stays(server: Server, anna: httpx.Client) -> None:
    with _follow(server, anna) as socket:
        for nonsense in (
            "",
            "{",
            "[]",
            '{"type":"x"}',
            '{"type":"subscribe","topics":5}',
            "x" * 20_000,
        ):
            socket.send(nonsense)
            answer = json.loads(socket.recv(5))
            assert (answer["type"], answer["code"]) == ("error", "bad_request")
        socket.send(b"\x00\xff")
        assert json.loads(socket.recv(5))["type"] == "error"
        assert _ask(socket, {"type": "ping"}) == {"type": "pong"}


async def test_a_slow_client_loses_the_oldest_and_is_told() -> None:
    client = EventClient(ADMIN, max_waiting=2)
    for number in range(5):
        client.put({"n": number})
    told = await client.next()
    assert told["code"] == "events_dropped"
    assert told["message"].startswith("3 ")
    assert [await client.next(), await client.next()] == [{"n": 3}, {"n": 4}]


async def test_events_are_not_for_those_who_may_not_see_them() -> None:
    bus = EventBus(lambda: 1)
    nobody = EventClient(Caller(2, "guest", "viewer", "session", "x"))
    nobody.answer('{"type":"subscribe","topics":["*"],"cameras":["*"]}')
    bus.subscribe(nobody.on_event)
    bus.publish("camera.changed", "porch", {"change": "created", "name": "Porch"})
    bus.publish("process.state", None, dict.fromkeys(TOPICS["process.state"], ""))
    assert (await nobody.next())["type"] == "subscribed"
    assert not nobody._queue
