"""What the API gets from the engine's socket."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import av
import pytest

from core.engine.kit import Listener, add_camera, as_json, gaps, hashes, recorded, running, until
from core.engine.replay import load
from nvr_core.processes import (
    CAMERA_FORGET,
    CAMERA_RELOAD,
    ENGINE_STATUS,
    KEY_GET,
    LIVE_HELLO,
    LIVE_SUBSCRIBE,
    NOTICE_SEGMENT,
    NOTICE_STORAGE,
    NOTICE_STREAM,
    NOTICES_SUBSCRIBE,
    RECORDERS_SET,
    CameraRef,
    EngineStatus,
    KeyPicture,
    LiveHello,
    RecorderTargets,
    SegmentNotice,
    StorageStatus,
    StreamRef,
    StreamStatus,
)
from nvr_core.security.vault import Vault
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import AccessUnit, StreamInfo
from nvr_sdk.rpc import RECORDING_OPEN, RecordingOpen, StreamEnded
from nvr_sdk.wire import Channel, Kind, Nothing, QuietHandler, connect, serve, unpack
from peers.clips import frame_hash, make_clip

PORCH = StreamRef("porch", "main")


def hellos(listener: Listener) -> list[LiveHello]:
    return [unpack(body, LiveHello) for method, body in listener.notes if method == LIVE_HELLO]


async def test_live_view_decodes_from_the_first_fragment(settings, sources) -> None:
    clip = make_clip("h264", "aac", bframes=2)
    await sources(clip)
    add_camera(settings)
    async with running(settings) as (control, _):
        await until(lambda: recorded(settings))
        viewer = Listener()
        channel = await connect(settings.engine_socket, viewer)
        await channel.request(LIVE_SUBSCRIBE, PORCH, Nothing)
        await until(lambda: len(viewer.frames) > 40)
        picture = await control.request(KEY_GET, PORCH, KeyPicture)
        channel.close()
    (hello,) = hellos(viewer)
    assert hello.mime.startswith('video/mp4; codecs="avc1.')
    assert (hello.width, hello.height) == (640, 360)
    assert viewer.frames[0][0] == 1  # joined with the group of pictures so far
    data = hello.init + b"".join(frame[1:] for frame in viewer.frames)
    with av.open(io.BytesIO(data)) as container:
        audio = container.streams.audio[0]
        packets = [
            (packet.stream.type, float(packet.dts * packet.time_base), bytes(packet))
            for packet in container.demux()
            if packet.size
        ]
        assert audio.rate == 44100
    with av.open(io.BytesIO(data)) as container:
        decoded = sum(1 for _ in container.decode(video=0))
    found = [frame_hash(body, "h264") for kind, _, body in packets if kind == "video"]
    start = clip.frames.index(found[0])
    assert found == [clip.frames[(start + n) % len(clip.frames)] for n in range(len(found))]
    assert decoded == len(found)
    units = load(clip)
    times = {bytes(unit.data): unit.dts for unit in units.units}
    for kind, rate in (("video", 90_000), ("audio", 44_100)):
        places = [(at - times[body] / rate) % 8 for each, at, body in packets if each == kind]
        assert len(places) > 20
        assert max(places) - min(places) < 0.002
    with av.open(io.BytesIO(picture.mp4)) as container:
        (frame,) = container.decode(video=0)
        assert (frame.width, frame.height) == (640, 360)


async def test_live_view_of_what_is_not_there(settings, sources) -> None:
    source = await sources(make_clip("h264", "aac"))
    source.failure = StreamEnded("auth_failed", "User name or password was refused.")
    add_camera(settings)
    async with running(settings) as (control, _):
        for ref, codes in (
            (PORCH, {"auth_failed"}),
            (StreamRef("x", "main"), {"stream_not_found"}),
        ):
            await asyncio.sleep(0.2)
            with pytest.raises(NvrError) as caught:
                await control.request(LIVE_SUBSCRIBE, ref, Nothing)
            assert caught.value.code in codes
        with pytest.raises(NvrError) as caught:
            await control.request(KEY_GET, PORCH, KeyPicture)
        assert caught.value.code == "no_picture"
        status = await control.request(ENGINE_STATUS, Nothing(), EngineStatus)
        assert status.streams[0].state == "auth_failed"
        assert status.streams[0].message == "User name or password was refused."
        # Not asked again at once: the camera would lock the account. A changed camera is.
        assert len(source.opened) == 1
        source.failure = None
        await control.request(CAMERA_RELOAD, CameraRef("porch"), Nothing)
        await until(lambda: len(source.opened) == 2)


async def test_a_new_session_greets_viewers_anew(settings, sources) -> None:
    source = await sources(make_clip("h264", "aac"))
    add_camera(settings)
    async with running(settings):
        viewer = Listener()
        channel = await connect(settings.engine_socket, viewer)
        await channel.request(LIVE_SUBSCRIBE, PORCH, Nothing)
        await until(lambda: len(viewer.frames) > 5)
        assert len(hellos(viewer)) == 1
        await source.die()
        await source.serve(settings.plugin_socket("test"))
        seen = len(viewer.frames)
        await until(lambda: len(hellos(viewer)) == 2 and len(viewer.frames) > seen + 5)
        channel.close()
    first, second = hellos(viewer)
    assert first.init == second.init
    assert second.t0_us > first.t0_us


async def test_notices_and_status(settings, sources) -> None:
    await sources(make_clip("h264", "aac"))
    add_camera(settings)
    add_camera(settings, "off", enabled=0)
    async with running(settings) as (control, listener):
        await control.request(NOTICES_SUBSCRIBE, Nothing(), Nothing)
        await until(lambda: any(method == NOTICE_SEGMENT for method, _ in listener.notes))
        status = await control.request(ENGINE_STATUS, Nothing(), EngineStatus)
    streams = {each.camera_id: each for each in status.streams}
    assert streams["off"].state == "disabled"
    porch = streams["porch"]
    assert (porch.state, porch.recording, porch.video_codec) == ("online", True, "h264")
    assert porch.fps == pytest.approx(25, abs=4)
    assert 200_000 < porch.bitrate < 2_000_000
    assert (porch.width, porch.height, porch.audio_codec) == (640, 360, "aac")
    (storage,) = status.storages
    assert (storage.state, Path(storage.path)) == ("ok", settings.recordings)
    notes = listener.notes
    states = [unpack(body, StreamStatus) for method, body in notes if method == NOTICE_STREAM]
    assert ("porch", "online") in {(each.camera_id, each.state) for each in states}
    written = [unpack(body, SegmentNotice) for method, body in notes if method == NOTICE_SEGMENT]
    assert written[0].start_us == recorded(settings)[0].start_us
    assert any(method == NOTICE_STORAGE and unpack(body, StorageStatus) for method, body in notes)


async def test_reload_and_forget_leave_the_others_alone(settings, sources) -> None:
    one, two = (
        await sources(make_clip("h264", "aac"), "one"),
        await sources(make_clip("h264", None, seconds=4), "two"),
    )
    add_camera(settings, "one", plugin="one")
    add_camera(settings, "two", plugin="two")
    async with running(settings) as (control, _):
        await until(lambda: recorded(settings, "one") and recorded(settings, "two"))
        await control.request(CAMERA_FORGET, CameraRef("two"), Nothing)
        assert two.closed_on_purpose == 1
        assert not list((settings.recordings / "two").rglob("*.part"))
        count = len(recorded(settings, "two"))
        add_camera(settings, "two", plugin="two", recorded_streams="[]")
        await control.request(CAMERA_RELOAD, CameraRef("two"), Nothing)
        await until(lambda: len(two.opened) == 2)
        await until(lambda: len(recorded(settings, "one")) >= 3)
        status = await control.request(ENGINE_STATUS, Nothing(), EngineStatus)
        assert {each.camera_id: each.recording for each in status.streams} == {
            "one": True, "two": False,
        }  # fmt: skip
    assert len(recorded(settings, "two")) == count
    assert len(one.opened) == 1
    assert len({segment.run_id for segment in recorded(settings, "one")}) == 1
    assert gaps(settings) == []


async def test_the_source_gets_the_configuration_with_its_secrets(settings, sources) -> None:
    source = await sources(make_clip("h264", "aac"))
    sealed = Vault(settings.secret_key).seal({"login.password": "hunter2"}, "camera:porch")
    config = as_json({"host": "cam", "login": {"user": "me"}})
    add_camera(settings, config=config, secrets=sealed)
    add_camera(settings, "moved", plugin="moved", secrets=sealed)
    async with running(settings) as (control, _):
        await until(lambda: source.opened)
        status = await control.request(ENGINE_STATUS, Nothing(), EngineStatus)
    assert source.opened[0].config == {
        "host": "cam",
        "login": {"user": "me", "password": "hunter2"},
    }
    assert (source.opened[0].source, source.opened[0].stream) == ("replay", "main")
    moved = next(each for each in status.streams if each.camera_id == "moved")
    assert (moved.state, moved.code) == ("config_error", "config_error")


class _Recorder(QuietHandler):
    def __init__(self, received: list[object]) -> None:
        self._received = received

    async def on_request(self, channel: Channel, method: str, params: bytes) -> object:
        assert method == RECORDING_OPEN
        self._received.append(unpack(params, RecordingOpen))
        return Nothing()

    def on_frame(self, channel: Channel, kind: int, body: bytes) -> None:
        wanted = StreamInfo if kind == Kind.STREAM_INFO else AccessUnit
        self._received.append(unpack(body, wanted))

    def on_closed(self, channel: Channel) -> None:
        self._received.append("closed")


async def test_recorder_plugins_receive_what_is_recorded(settings, sources) -> None:
    clip = make_clip("h264", "aac")
    await sources(clip)
    add_camera(settings)
    received: list[object] = []
    socket = settings.plugin_socket("keeper")
    server = await serve(socket, lambda: _Recorder(received))
    async with running(settings) as (control, _):
        targets = RecorderTargets(((str(socket), "tape"),))
        await control.request(RECORDERS_SET, targets, Nothing)
        await until(lambda: len(received) > 100)
        await control.request(RECORDERS_SET, RecorderTargets(), Nothing)
        await until(lambda: received[-1] == "closed")
    server.close()
    assert received[0] == RecordingOpen("tape", "porch", "main")
    assert isinstance(received[1], StreamInfo)
    pictures = [each for each in received if isinstance(each, AccessUnit) and each.track == "video"]
    assert pictures[0].key
    found = [frame_hash(unit.data, "h264") for unit in pictures]
    start = clip.frames.index(found[0])
    assert found == [clip.frames[(start + n) % len(clip.frames)] for n in range(len(found))]
    assert hashes(recorded(settings))


async def test_an_address_source_is_asked_and_its_address_dialled(settings, sources) -> None:
    from nvr_sdk.messages import StreamAddress
    from nvr_sdk.rpc import STREAM_ADDRESS, STREAM_OPEN

    address = StreamAddress("rtmp://camera/1", "me", "secret")

    class Worker(QuietHandler):
        async def on_request(self, channel: Channel, method: str, params: bytes) -> object:
            if method == STREAM_OPEN:
                raise NvrError("no_push", "Use stream.address.")
            assert method == STREAM_ADDRESS
            return address

    server = await serve(settings.plugin_socket("onvif"), Worker)
    reader = await sources(make_clip("h264", "aac"))
    await reader.die()
    await reader.serve(settings.av_socket)
    add_camera(settings, "a", plugin="onvif", recorded_streams="[]")
    config = as_json({"main_url": "rtsp://camera/2", "username": "u", "transport": "udp"})
    add_camera(settings, "b", plugin="core", source="rtsp", config=config, recorded_streams="[]")
    async with running(settings):
        await until(lambda: len(reader.opened) == 2)
    server.close()
    opened = {request.camera_id: request for request in reader.opened}
    assert (opened["a"].source, opened["a"].address) == ("av", address)
    assert opened["b"].address == StreamAddress("rtsp://camera/2", "u", "", "udp")


async def test_an_order_is_finished_though_who_gave_it_died(settings, sources) -> None:
    await sources(make_clip("h264", "aac"))
    add_camera(settings)
    async with running(settings) as (control, _):
        await until(lambda: recorded(settings))
        add_camera(settings, recorded_streams="[]")
        dying = await connect(settings.engine_socket)
        order = asyncio.create_task(dying.request(CAMERA_RELOAD, CameraRef("porch"), Nothing))
        await asyncio.sleep(0)
        dying.close()
        with pytest.raises(NvrError, match="went away"):
            await order

        async def online() -> bool:
            status = await control.request(ENGINE_STATUS, Nothing(), EngineStatus)
            return [(each.state, each.recording) for each in status.streams] == [("online", False)]

        deadline = asyncio.get_running_loop().time() + 15
        while not await online():
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.05)
