"""Live view: one subscription shared by viewers, and what each of them gets."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from nvr_core.api.live.feed import Fragment
from nvr_core.api.live.socket_viewer import SocketViewer
from nvr_core.processes import LIVE_SUBSCRIBE, LiveHello
from nvr_sdk.errors import NvrError
from peers.api_server import Server, wait_for
from peers.engine_peer import EnginePeer


@contextmanager
def _watch(
    server: Server, anna: httpx.Client, camera: str, stream: str = "main"
) -> Iterator[ClientConnection]:
    address = f"{server.socket_origin}/api/v1/cameras/{camera}/live?stream={stream}"
    headers = {"Cookie": f"nvr_session={anna.cookies['nvr_session']}"}
    with connect(address, additional_headers=headers, max_size=None) as socket:
        yield socket


def _hello(socket: ClientConnection) -> dict[str, Any]:
    return dict(json.loads(socket.recv(5)))


def test_viewers_share_a_subscription_and_late_ones_get_the_gop_so_far(
    server: Server, anna: httpx.Client, engine: EnginePeer, camera: str
) -> None:
    with _watch(server, anna, camera) as first:
        hello = _hello(first)
        assert hello == {
            "type": "hello",
            "mime": engine.hello.mime,
            "width": 640,
            "height": 360,
            "t0": "1970-01-01T00:00:01.000Z",
        }
        assert first.recv(5) == b"INIT"
        engine.fragment(b"not a key", key=False)
        for data, key in ((b"key1", True), (b"a", False), (b"b", False)):
            engine.fragment(data, key=key)
        assert [first.recv(5) for _ in range(3)] == [b"key1", b"a", b"b"]
        with _watch(server, anna, camera) as second:
            assert _hello(second)["type"] == "hello"
            assert [second.recv(5), second.recv(5)] == [b"INIT", b"key1ab"]
            watching = [ref for ref, _ in engine.viewers if ref.camera_id == camera]
            assert len(watching) == 1
            engine.fragment(b"key2", key=True)
            assert first.recv(5) == second.recv(5) == b"key2"
    wait_for(
        lambda: not any(ref.camera_id == camera for ref, _ in engine.viewers),
        10,
        "the subscription to end after the last viewer left",
    )


def test_a_change_of_codec_and_a_new_engine_begin_anew(
    server: Server, anna: httpx.Client, engine: EnginePeer, camera: str
) -> None:
    before = engine.hello
    with _watch(server, anna, camera) as socket:
        _hello(socket)
        socket.recv(5)
        changed = LiveHello('video/mp4; codecs="hvc1"', b"OTHER", 10, 20, 0)
        engine.begin_anew(changed)
        assert _hello(socket)["mime"] == changed.mime
        assert socket.recv(5) == b"OTHER"
        engine.drop_viewers()
        assert _hello(socket)["type"] == "hello"
        assert socket.recv(5) == b"OTHER"
        engine.fragment(b"key", key=True)
        assert socket.recv(5) == b"key"
    engine.hello = before


def test_what_cannot_be_watched_says_why(
    server: Server, anna: httpx.Client, engine: EnginePeer, camera: str
) -> None:
    with _watch(server, anna, "nothing-here") as socket, pytest.raises(ConnectionClosed) as gone:
        socket.recv(5)
    assert gone.value.rcvd is not None
    assert gone.value.rcvd.code == 4404
    engine.refusals[LIVE_SUBSCRIBE] = NvrError("auth_failed", "The password was refused.")
    try:
        with _watch(server, anna, camera, "sub") as socket:
            said = json.loads(socket.recv(5))
            assert (said["type"], said["code"]) == ("error", "auth_failed")
            with pytest.raises(ConnectionClosed) as refused:
                socket.recv(5)
        assert refused.value.rcvd is not None
        assert refused.value.rcvd.code == 1013
        playlist = anna.get(f"/api/v1/cameras/{camera}/live/index.m3u8?stream=sub")
        assert (playlist.status_code, playlist.json()["error"]["code"]) == (422, "auth_failed")
    finally:
        del engine.refusals[LIVE_SUBSCRIBE]


def test_live_hls_is_cut_from_the_same_fragments(
    server: Server, anna: httpx.Client, engine: EnginePeer, camera: str
) -> None:
    base = f"/api/v1/cameras/{camera}/live"
    assert anna.get(f"{base}/0.m4s").json()["error"]["code"] == "segment_not_found"
    with server.log_in() as player, _watch(server, anna, camera) as socket:
        _hello(socket)
        init = socket.recv(5)
        engine.fragment(b"K1", key=True)
        stop = _send_keys(engine)
        try:
            playlist = player.get(f"{base}/index.m3u8")
        finally:
            stop()
    assert playlist.status_code == 200, playlist.text
    assert playlist.headers["content-type"] == "application/vnd.apple.mpegurl"
    lines = playlist.text.splitlines()
    assert '#EXT-X-MAP:URI="init.mp4?stream=main&n=0"' in lines
    part = next(line for line in lines if line.endswith("m4s?stream=main"))
    assert anna.get(f"{base}/init.mp4?stream=main&n=0").content == init
    assert anna.get(f"{base}/{part}").content.startswith(b"K1")
    assert anna.get(f"{base}/999.m4s").status_code == 404


def _send_keys(engine: EnginePeer) -> Callable[[], None]:
    done = threading.Event()

    def work() -> None:
        while not done.wait(0.1):
            engine.fragment(b"K", key=True)

    thread = threading.Thread(target=work)
    thread.start()

    def stop() -> None:
        done.set()
        thread.join(5)

    return stop


async def test_a_slow_viewer_goes_on_at_a_key_frame() -> None:
    viewer = SocketViewer(max_waiting=200)
    viewer.on_hello(LiveHello("m", b"I", 1, 1, 0))
    for data, key in ((b"k" * 50, True), (b"x" * 90, False), (b"y", False), (b"K", True)):
        viewer.on_fragment(Fragment(key, data))
    got = [await viewer.next() for _ in range(4)]
    assert isinstance(got[0], str)
    assert got[1:] == [b"I", b"k" * 50, b"K"]
    assert viewer.dropped == 2
