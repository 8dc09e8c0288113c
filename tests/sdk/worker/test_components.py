"""Recorder, sink, camera source and routes of the test kit, called as the core calls them."""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path

import httpx
import pytest

from nvr_sdk import AccessUnit, Event, NvrError, ProbeResult, StreamAddress, StreamInfo, rpc
from nvr_sdk.messages import Option, VideoTrack
from nvr_sdk.testing import PluginRunner
from nvr_sdk.wire import Channel, Kind, Nothing, QuietHandler, connect, pack, unpack

pytestmark = pytest.mark.asyncio(loop_scope="module")

INFO = StreamInfo(VideoTrack("h264", 640, 360, (b"\x67", b"\x68")))


async def configure(plugin: PluginRunner, component: str, **config: object) -> None:
    await plugin.request(rpc.COMPONENT_CONFIGURE, rpc.Configure(component, config), Nothing)


def unit(number: int, size: int = 200) -> AccessUnit:
    return AccessUnit("video", number, number, number % 10 == 0, bytes([number % 256]) * size)


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


async def lines_until(path: Path, last: dict[str, object]) -> list[dict[str, object]]:
    async with asyncio.timeout(20):
        while last not in (read := lines(path)):
            await asyncio.sleep(0.02)
    return read


class Ends(QuietHandler):
    """Keeps why the worker ended a recording."""

    def __init__(self) -> None:
        self.ended: asyncio.Future[rpc.StreamEnded] = asyncio.get_running_loop().create_future()

    def on_note(self, channel: Channel, method: str, params: bytes) -> None:
        self.ended.set_result(unpack(params, rpc.StreamEnded))


async def record(plugin: PluginRunner, handler: QuietHandler | None = None) -> Channel:
    channel = await connect(plugin.socket, handler)
    request = rpc.RecordingOpen("testkit-recorder", "yard", "main")
    await channel.request(rpc.RECORDING_OPEN, request, Nothing)
    channel.send(Kind.STREAM_INFO, pack(INFO))
    return channel


async def test_recorder_gets_every_unit_in_order(plugin: PluginRunner) -> None:
    channel = await record(plugin)
    units = [unit(n) for n in range(300)]
    for each in units:
        channel.send(Kind.ACCESS_UNIT, pack(each))
    channel.close()
    written = await lines_until(plugin.data_dir / "yard-main.jsonl", {"closed": 300})
    assert written[0] == {"begin": [640, 360]}
    assert written[1:-1] == [
        {"dts": u.dts, "key": u.key, "sha256": hashlib.sha256(u.data).hexdigest()} for u in units
    ]


async def test_slow_recorder_holds_the_sender_back_and_loses_nothing(
    plugin: PluginRunner,
) -> None:
    await configure(plugin, "testkit-recorder", delay_s=0.02)
    channel = await record(plugin)
    for n in range(100):
        channel.send(Kind.ACCESS_UNIT, pack(unit(n, 100_000)))
    await asyncio.sleep(0.3)
    # Of 10 MB the worker took about 2; the sender sees the rest and may drop whole GOPs of it.
    assert channel.buffered > 5 << 20
    channel.close()
    written = await lines_until(plugin.data_dir / "yard-main.jsonl", {"closed": 100})
    assert [line["dts"] for line in written[1:-1]] == list(range(100))


async def test_recorder_that_fails_is_told(plugin: PluginRunner) -> None:
    await configure(plugin, "testkit-recorder", fail_after=2)
    handler = Ends()
    channel = await record(plugin, handler)
    for n in range(5):
        channel.send(Kind.ACCESS_UNIT, pack(unit(n)))
    async with asyncio.timeout(5):
        ended = await handler.ended
    assert ended.code == "recorder_failed"
    assert "disk of the test recorder is full" in ended.message
    assert lines(plugin.data_dir / "yard-main.jsonl")[-1] == {"closed": 2}


async def test_recording_is_finished_when_the_worker_ends(plugin: PluginRunner) -> None:
    channel = await record(plugin)
    for n in range(50):
        channel.send(Kind.ACCESS_UNIT, pack(unit(n)))
    await lines_until(
        plugin.data_dir / "yard-main.jsonl",
        {"dts": 49, "key": False, "sha256": hashlib.sha256(unit(49).data).hexdigest()},
    )
    await plugin.stop()
    assert lines(plugin.data_dir / "yard-main.jsonl")[-1] == {"closed": 50}


async def send_event(plugin: PluginRunner, number: int, topic: str) -> None:
    event = Event(f"{number:06}", topic, 0, data={"n": number})
    await plugin.request(rpc.EVENT_HANDLE, event, Nothing)


async def event_ids(plugin: PluginRunner, last: int) -> list[int]:
    path = plugin.data_dir / "events.jsonl"
    async with asyncio.timeout(20):
        while not (read := lines(path)) or read[-1]["id"] != f"{last:06}":
            await asyncio.sleep(0.02)
    return [int(line["id"]) for line in read]


async def test_sink_gets_its_topics_in_order_and_survives_a_bad_event(
    plugin: PluginRunner,
) -> None:
    topics = ["camera.state", "recording.gap", "camera.poison", "plugin.state", "plugin.stateful"]
    for number, topic in enumerate([*topics, "camera.state"]):
        await send_event(plugin, number, topic)
    assert await event_ids(plugin, 5) == [0, 3, 5]


async def test_slow_sink_loses_the_oldest(plugin: PluginRunner) -> None:
    await configure(plugin, "testkit-sink", delay_s=0.5)
    for number in range(1200):
        await send_event(plugin, number, "camera.state")
    await configure(plugin, "testkit-sink")
    read = await event_ids(plugin, 1199)
    assert read[-1000:] == list(range(200, 1200))
    assert len(read) < 1010


async def test_address_comes_from_the_camera_and_the_source(plugin: PluginRunner) -> None:
    config = {"host": "10.0.0.9", "username": "u", "password": "p@ss", "sub_path": "low"}
    request = rpc.StreamOpen("testkit-address", "yard", "sub", config)
    address = await plugin.request(rpc.STREAM_ADDRESS, request, StreamAddress)
    assert address == StreamAddress("rtsp://10.0.0.9:554/low", "u", "p@ss")
    assert "p@ss" not in plugin.log


async def test_address_of_a_pushing_source_is_refused(plugin: PluginRunner) -> None:
    request = rpc.StreamOpen("testkit-push", "yard", "main", {})
    with pytest.raises(NvrError) as caught:
        await plugin.request(rpc.STREAM_ADDRESS, request, StreamAddress)
    assert caught.value.code == "no_address"


async def test_camera_is_asked_for_its_streams(plugin: PluginRunner) -> None:
    for config, streams in [
        ({"host": "a"}, ("main",)),
        ({"host": "a", "sub_path": "s"}, ("main", "sub")),
    ]:
        query = rpc.CameraQuery("testkit-address", config)
        answer = await plugin.request(rpc.CAMERA_STREAMS, query, rpc.StreamNames)
        assert answer.streams == streams


async def test_probe_answers_or_fails_with_its_code(plugin: PluginRunner) -> None:
    found = await plugin.request(rpc.CAMERA_PROBE, rpc.CameraQuery("testkit-push", {}), ProbeResult)
    assert (found.make, found.streams[0].info.video.width) == ("nvr", 160)
    dead = rpc.CameraQuery("testkit-address", {"host": "unreachable.test"})
    with pytest.raises(NvrError) as caught:
        await plugin.request(rpc.CAMERA_PROBE, dead, ProbeResult)
    assert caught.value.code == "unreachable"


async def test_invalid_camera_config_names_the_fields(plugin: PluginRunner) -> None:
    query = rpc.CameraQuery("testkit-address", {"port": 0, "pasword": "x"})
    with pytest.raises(NvrError) as caught:
        await plugin.request(rpc.CAMERA_PROBE, query, ProbeResult)
    assert caught.value.code == "config_error"
    assert {f.path for f in caught.value.fields} == {"config.host", "config.port", "config.pasword"}


async def test_options_come_from_the_component(plugin: PluginRunner) -> None:
    ask = rpc.AskOptions("testkit-address", "path", {"host": "a"})
    answer = await plugin.request(rpc.COMPONENT_OPTIONS, ask, rpc.Options)
    assert answer.options[1] == Option("path-2", "path 2 of 1")
    with pytest.raises(NvrError, match="KeyError") as caught:
        broken = rpc.AskOptions("testkit-address", "broken", {})
        await plugin.request(rpc.COMPONENT_OPTIONS, broken, rpc.Options)
    assert caught.value.code == "plugin_failed"


@pytest.mark.parametrize("method", ["component.explode", "stream.ended", ""])
async def test_unknown_method_is_refused(plugin: PluginRunner, method: str) -> None:
    with pytest.raises(NvrError) as caught:
        await plugin.request(method, Nothing(), Nothing)
    assert caught.value.code == "unknown_method"


async def test_bad_parameters_are_refused(plugin: PluginRunner) -> None:
    with pytest.raises(NvrError) as caught:
        await plugin.request(rpc.COMPONENT_CONFIGURE, {"component": 5}, Nothing)
    assert caught.value.code == "bad_request"


async def test_routes_are_served_and_reconfigured(plugin: PluginRunner) -> None:
    assert plugin.routes_socket.stat().st_mode & 0o777 == 0o600
    transport = httpx.AsyncHTTPTransport(uds=str(plugin.routes_socket))
    async with httpx.AsyncClient(transport=transport, base_url="http://plugin") as client:
        reply = await client.get("/hello", headers={"x-nvr-user": "ada"})
        assert reply.json() == {"greeting": "Hello, ada"}
        body = json.dumps({"x": "y" * 300_000})
        assert (await client.post("/echo", content=body)).text == body
        assert (await client.get("/nothing")).status_code == 404
    await configure(plugin, "testkit-routes", greeting="Ahoy")
    transport = httpx.AsyncHTTPTransport(uds=str(plugin.routes_socket))
    async with httpx.AsyncClient(transport=transport, base_url="http://plugin") as client:
        assert (await client.get("/hello")).json() == {"greeting": "Ahoy, nobody"}
