"""The plugin in a real worker, and its routes."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest

from demo.conftest import KEY
from nvr_demo.loop import Loop, read_loop
from nvr_demo.routes import DemoRoutes
from nvr_demo.scene.layout import CYCLE_S
from nvr_demo.sei import parse_sei
from nvr_demo.truth import Truth
from nvr_sdk import AccessUnit, PluginContext, ProbeResult, StreamInfo, rpc
from nvr_sdk.testing import OpenedStream, PluginRunner, contract_problems

LOOP_CAMERA = {"mode": "loop", "seed": KEY.seed, "weather": KEY.weather}
MOMENT = 1_790_000_014.0


def runner() -> PluginRunner:
    return PluginRunner("nvr_demo.plugin", configs={"demo": {}, "demo-api": {}})


async def take(stream: OpenedStream, count: int) -> tuple[StreamInfo, list[AccessUnit]]:
    """The description and the first pictures of a stream."""
    info = await stream.next(timeout=60)
    assert isinstance(info, StreamInfo)
    return info, await more(stream, count)


def test_the_plugin_keeps_its_contract() -> None:
    assert contract_problems("nvr_demo") == []


async def test_a_camera_with_no_input_at_all_streams_live() -> None:
    async with runner() as plugin:
        await plugin.wait_for("running")
        query = rpc.CameraQuery("demo", {})
        named = await plugin.request(rpc.CAMERA_STREAMS, query, rpc.StreamNames)
        assert named.streams == ("main", "sub")
        probed = await plugin.request(rpc.CAMERA_PROBE, query, ProbeResult)
        sizes = [(each.name, each.info.video.width) for each in probed.streams]
        assert sizes == [("main", 640), ("sub", 320)]
        assert all(each.info.video.codec == "h264" for each in probed.streams)
        assert all(each.info.audio.codec == "aac" for each in probed.streams)
        stream = await plugin.open_stream("demo", {})
        info, units = await take(stream, 12)
        assert info == probed.streams[0].info
        frames = [parse_sei(unit.data).frame for unit in units]
        assert frames == list(range(frames[0], frames[0] + 12))
        await stream.close()


async def test_a_loop_is_made_once_and_shared(loop: Loop, loop_dir: Path) -> None:
    async with runner() as plugin:
        await plugin.wait_for("running")
        # Put it where the first use would: making it takes seconds that other tests spent already.
        place = plugin.data_dir / "loops"
        place.mkdir()
        (place / KEY.file_name).write_bytes((loop_dir / KEY.file_name).read_bytes())
        streams = [await plugin.open_stream("demo", LOOP_CAMERA, f"cam{n}") for n in range(3)]
        for stream in streams:
            info, units = await take(stream, 20)
            assert info.video == loop.main.track
            frames = [parse_sei(unit.data).frame for unit in units]
            assert frames == list(range(frames[0], frames[0] + 20))
            shown = loop.main.pictures[frames[0] % 360].data
            assert units[0].data.endswith(shown)
            await stream.close()
        assert [file.name for file in place.iterdir()] == [KEY.file_name]


async def test_a_first_loop_is_made_while_a_still_is_shown() -> None:
    camera = {"mode": "loop", "seed": 77, "substream": False}
    async with runner() as plugin:
        await plugin.wait_for("running")
        query = rpc.CameraQuery("demo", camera)
        probed = await plugin.request(rpc.CAMERA_PROBE, query, ProbeResult)
        assert [each.name for each in probed.streams] == ["main"] and probed.warnings
        stream = await plugin.open_stream("demo", camera)
        info, units = await take(stream, 10)
        assert info == probed.streams[0].info
        place = plugin.data_dir / "loops"
        assert not list(place.glob("loop-*")), "pictures come before the loop is made"
        deadline = asyncio.get_running_loop().time() + 90
        while not list(place.glob("loop-*")):
            assert asyncio.get_running_loop().time() < deadline
            units += await more(stream, 5)
        made = read_loop(next(place.glob("loop-*.msgpack")))
        assert made is not None and made.main.track == info.video
        while not units[-1].data.endswith(picture_of(made, units[-1])):
            assert asyncio.get_running_loop().time() < deadline
            units += await more(stream, 1)
        frames = [parse_sei(unit.data).frame for unit in units]
        assert frames == list(range(frames[0], frames[0] + len(frames)))
        await stream.close()


async def more(stream: OpenedStream, count: int) -> list[AccessUnit]:
    """The next pictures of a stream."""
    units: list[AccessUnit] = []
    while len(units) < count:
        item = await stream.next(timeout=60)
        assert isinstance(item, AccessUnit), stream.ended
        if item.track == "video":
            units.append(item)
    return units


def picture_of(loop: Loop, unit: AccessUnit) -> bytes:
    return loop.main.pictures[parse_sei(unit.data).frame % 360].data


async def get(routes: DemoRoutes, path: str, **query: object) -> tuple[int, dict]:
    """Ask the ASGI application as a server would."""
    sent: list[dict] = []

    async def send(message: dict) -> None:
        sent.append(message)

    async def receive() -> dict:
        return {"type": "http.request", "body": b""}

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": urlencode(query).encode(),
    }
    await routes.app()(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], json.loads(body)


@pytest.fixture
async def routes(loop: Loop, loop_dir: Path) -> DemoRoutes:
    component = DemoRoutes()
    context = PluginContext("nvr-demo", loop_dir.parent, None)
    await component.setup(context, component.config_model())
    return component


async def test_truth_at_a_time(routes: DemoRoutes) -> None:
    status, body = await get(routes, "/truth", seed=5, time=MOMENT)
    expected = Truth(5, looped=False).at(MOMENT)
    assert status == 200 and [item["id"] for item in body["objects"]] == [o.id for o in expected]
    assert body["objects"][0]["box"]["left"] == expected[0].box.left
    text = datetime.fromtimestamp(MOMENT, UTC).isoformat()
    assert (await get(routes, "/truth", seed=5, time=text))[1] == body
    looped = (await get(routes, "/truth", seed=5, time=MOMENT, mode="loop"))[1]
    again = (await get(routes, "/truth", seed=5, time=MOMENT + CYCLE_S, mode="loop"))[1]
    assert [o["box"] for o in looped["objects"]] == [o["box"] for o in again["objects"]]


async def test_tracks_between_times(routes: DemoRoutes) -> None:
    status, body = await get(routes, "/truth", seed=5, start=MOMENT, end=MOMENT + 4, step=1)
    assert status == 200 and len(body["tracks"]) > 2
    assert max(len(track["points"]) for track in body["tracks"]) == 5


async def test_loop_tells_whether_it_is_ready(routes: DemoRoutes) -> None:
    status, body = await get(routes, "/loop", seed=KEY.seed, weather=KEY.weather)
    assert status == 200 and body["ready"] and body["frames"] == 360 and body["bytes"] > 100_000
    assert not (await get(routes, "/loop", seed=123))[1]["ready"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"time": "noon"}, "time"),
        ({"time": "nan"}, "time"),
        ({"time": "2026-01-01T00:00:00"}, "time"),
        ({}, "start"),
        ({"start": 100, "end": 50}, "end"),
        ({"start": 100, "end": 1e6}, "end"),
        ({"start": 100, "end": 110, "step": 0}, "step"),
        ({"time": 5, "seed": "x"}, "seed"),
        ({"time": 5, "mode": "both"}, "mode"),
    ],
)
async def test_wrong_questions_name_their_field(
    routes: DemoRoutes, query: dict[str, object], field: str
) -> None:
    status, body = await get(routes, "/truth", **query)
    assert status == 422 and body["error"]["code"] == "validation_failed"
    assert body["error"]["fields"][0]["path"] == field


async def test_unknown_routes_are_not_found(routes: DemoRoutes) -> None:
    status, body = await get(routes, "/lies")
    assert status == 404 and body["error"]["code"] == "route_not_found"
