"""The reader against a scripted camera: logins, keep-alive, refusals, stalls, odd streams."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from nvr_core.rtsp.reader import ReaderLimits, RtspReader
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import AccessUnit, StreamAddress, StreamInfo
from peers.rtp_packets import (
    H264_PPS,
    H264_SPS,
    Packetizer,
    goodbye,
    h264_slice,
    stap_a,
)
from peers.rtsp_script import Login, Request, ScriptedCamera

VIDEO = "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:trackID=0\r\n"
AUDIO = "m=audio 0 RTP/AVP 8\r\na=control:trackID=1\r\n"
QUICK = ReaderLimits(connect_s=1, answer_s=0.5, stall_s=1, key_s=60)
DEADLINE = 10


class Sink:
    def __init__(self) -> None:
        self.infos: list[StreamInfo] = []
        self.units: list[AccessUnit] = []

    def begin(self, info: StreamInfo) -> None:
        self.infos.append(info)

    def push(self, unit: AccessUnit) -> None:
        self.units.append(unit)

    async def until(self, done: Callable[[Sink], bool]) -> None:
        async with asyncio.timeout(DEADLINE):
            while not done(self):
                await asyncio.sleep(0.01)


async def play(camera: ScriptedCamera) -> None:
    """Send 50 pictures a second, a key picture each tenth, from the middle of a GOP."""
    video = Packetizer()
    number = 7
    while True:
        head = [stap_a([H264_SPS, H264_PPS])] if number % 10 == 0 else []
        video.send([*head, h264_slice(number, key=number % 10 == 0)], number * 1800)
        camera.send(video.data)
        video.sent.clear()
        number += 1
        await asyncio.sleep(0.02)


@asynccontextmanager
async def reading(
    camera: ScriptedCamera,
    sink: Sink,
    *,
    username: str = "",
    password: str = "",
    limits: ReaderLimits = QUICK,
) -> AsyncIterator[asyncio.Task[None]]:
    address = StreamAddress(camera.url, username, password)
    task = asyncio.create_task(RtspReader(limits=limits).run(address, sink))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def code_of(
    camera: ScriptedCamera, username: str = "", password: str = "", url: str = ""
) -> str:
    address = StreamAddress(url or camera.url, username, password)
    async with asyncio.timeout(DEADLINE):
        with pytest.raises(NvrError) as caught:
            await RtspReader(limits=QUICK).run(address, Sink())
    assert "secret" not in caught.value.message
    return caught.value.code


@pytest.mark.parametrize("algorithm", ["legacy", "MD5", "SHA-256"])
@pytest.mark.parametrize("qop", [False, True])
async def test_digest(algorithm: str, qop: bool) -> None:
    login = Login(algorithm=algorithm, qop=qop, basic_too=True)
    sink = Sink()
    async with (
        ScriptedCamera(VIDEO, play, login=login) as camera,
        reading(camera, sink, username="admin", password="secret"),
    ):
        await sink.until(lambda s: len(s.units) > 5)
        refused = [r for r in camera.requests if not login.accepts(r)]
        assert [r.method for r in refused] == ["OPTIONS"]


async def test_a_wrong_password_is_tried_once() -> None:
    async with ScriptedCamera(VIDEO, play, login=Login()) as camera:
        assert await code_of(camera, "admin", "wrong") == "auth_failed"
        assert len([r for r in camera.requests if "authorization" in r.headers]) == 1
        assert await code_of(camera) == "auth_failed"


async def test_a_nonce_that_grows_stale_in_mid_session() -> None:
    login, sink = Login(), Sink()
    camera = ScriptedCamera(VIDEO, play, login=login, session="S;timeout=2")
    async with camera, reading(camera, sink, username="admin", password="secret"):
        await sink.until(lambda s: len(s.units) > 5)
        login.nonce, login.stale = "n-2", True
        await sink.until(lambda s: len(camera.asked("GET_PARAMETER")) >= 3)
        assert login.accepts(camera.asked("GET_PARAMETER")[-1])


async def test_keep_alive_and_teardown() -> None:
    sink = Sink()
    camera = ScriptedCamera(VIDEO, play, session="S;timeout=2")
    async with camera:
        async with reading(camera, sink):
            await sink.until(lambda s: len(camera.asked("GET_PARAMETER")) >= 2)
        await sink.until(lambda s: len(camera.asked("TEARDOWN")) == 1)
        assert all(r.headers["session"] == "S" for r in camera.asked("GET_PARAMETER"))


async def test_keep_alive_by_options_where_nothing_else_is_offered() -> None:
    sink = Sink()
    camera = ScriptedCamera(VIDEO, play, session="S;timeout=2", public="DESCRIBE")
    camera.answers["OPTIONS"] = lambda request: None if request.count > 1 else "default"
    async with camera, reading(camera, sink) as task:
        # An unanswered keep-alive harms nobody as long as pictures come.
        await sink.until(lambda s: len(camera.asked("OPTIONS")) >= 4)
        assert not task.done() and not camera.asked("GET_PARAMETER")


async def test_a_forgotten_session_ends() -> None:
    camera = ScriptedCamera(VIDEO, play, session="S;timeout=2")
    camera.answers["GET_PARAMETER"] = lambda _: "454 Session Not Found"
    async with camera:
        assert await code_of(camera) == "unreachable"


async def test_it_begins_at_the_first_key_picture_with_strictly_rising_times() -> None:
    sink = Sink()
    async with ScriptedCamera(VIDEO, play) as camera, reading(camera, sink):
        await sink.until(lambda s: len(s.units) > 20)
    assert sink.units[0].key and sink.units[0].dts == 0
    assert [u.dts for u in sink.units] == [i * 1800 for i in range(len(sink.units))]
    assert not any(unit.corrupt for unit in sink.units)


@pytest.mark.parametrize(
    ("method", "answer", "code"),
    [
        ("DESCRIBE", "404 Not Found", "path_not_found"),
        ("DESCRIBE", "403 Forbidden", "auth_failed"),
        ("DESCRIBE", "503 Service Unavailable", "unreachable"),
        ("DESCRIBE", "400 Bad Request", "protocol_error"),
        ("DESCRIBE", None, "timeout"),
        ("DESCRIBE", "302 Moved\r\nLocation: rtsp://10.9.9.9/x", "unreachable"),
        ("SETUP", "461 Unsupported Transport", "unsupported_transport"),
        (
            "SETUP",
            "200 OK\r\nSession: 1\r\nTransport: RTP/AVP;unicast;client_port=1-2",
            "unsupported_transport",
        ),
        ("SETUP", "200 OK", "protocol_error"),
        ("PLAY", "453 Not Enough Bandwidth", "unreachable"),
        ("PLAY", "200 OK", "timeout"),
    ],
)
async def test_refusals(method: str, answer: str | None, code: str) -> None:
    async with ScriptedCamera(VIDEO, answers={method: lambda _: answer}) as camera:
        assert await code_of(camera) == code


async def test_streams_that_the_reader_does_not_take() -> None:
    async with ScriptedCamera(AUDIO) as camera:
        assert await code_of(camera) == "no_video"
    async with ScriptedCamera("m=video 0 RTP/AVP 26\r\n") as camera:
        assert await code_of(camera) == "unsupported_codec"
        assert await code_of(camera, url="http://127.0.0.1/x") == "unsupported_transport"
        assert await code_of(camera, url="rtsp://127.0.0.1:99999/x") == "config_error"
        assert await code_of(camera, "a\r\nb", "c") == "config_error"


async def test_nobody_there() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"rtsp://127.0.0.1:{bound.getsockname()[1]}/x"
        async with ScriptedCamera(VIDEO) as camera:
            assert await code_of(camera, url=url) == "unreachable"


async def test_a_stall_a_goodbye_and_a_hang_up_are_noticed() -> None:
    async def key_only(camera: ScriptedCamera) -> None:
        video = Packetizer()
        for number in range(10):
            head = [stap_a([H264_SPS, H264_PPS])] if not number else []
            video.send([*head, h264_slice(number, key=not number)], number * 1800)
        camera.send(video.data)

    async def ends(camera: ScriptedCamera) -> None:
        await key_only(camera)
        camera.send(goodbye(1))

    async def hangs_up(camera: ScriptedCamera) -> None:
        await key_only(camera)
        camera.hang_up()

    for script, code in ((key_only, "timeout"), (ends, "unreachable"), (hangs_up, "unreachable")):
        async with ScriptedCamera(VIDEO, script) as camera:
            assert await code_of(camera) == code


async def test_sound_alone_does_not_hide_a_dead_picture() -> None:
    async def sound(camera: ScriptedCamera) -> None:
        audio = Packetizer(8, 2)
        for number in range(1000):
            audio.send([b"a" * 160], number * 160)
            camera.send(audio.data)
            audio.sent.clear()
            await asyncio.sleep(0.02)

    async with ScriptedCamera(VIDEO + AUDIO, sound) as camera:
        assert await code_of(camera) == "timeout"


async def test_no_key_picture_goes_to_the_other_lane() -> None:
    async def without(camera: ScriptedCamera) -> None:
        video = Packetizer()
        for number in range(1000):
            video.send([h264_slice(number)], number * 1800)
            camera.send(video.data)
            video.sent.clear()
            await asyncio.sleep(0.02)

    limits = ReaderLimits(stall_s=1, key_s=1)
    async with ScriptedCamera(VIDEO, without) as camera:
        with pytest.raises(NvrError) as caught:
            async with asyncio.timeout(DEADLINE):
                await RtspReader(limits=limits).run(StreamAddress(camera.url), Sink())
    assert caught.value.code == "needs_av_lane"


@pytest.mark.parametrize(
    ("method", "ends"),
    [("ANNOUNCE", True), ("REDIRECT", True), ("SET_PARAMETER", False), ("NONSENSE", False)],
)
async def test_requests_of_the_camera(method: str, ends: bool) -> None:
    sink = Sink()
    async with ScriptedCamera(VIDEO, play) as camera, reading(camera, sink) as task:
        await sink.until(lambda s: len(s.units) > 5)
        count = len(sink.units)
        camera.send(f"{method} rtsp://x RTSP/1.0\r\nCSeq: 9\r\n\r\n".encode())
        if ends:
            with pytest.raises(NvrError, match="camera"):
                await asyncio.wait_for(task, DEADLINE)
        else:
            await sink.until(lambda s: len(s.units) > count + 10)
            assert not task.done()


async def test_a_redirect_on_the_same_host_is_followed() -> None:
    sink = Sink()
    async with ScriptedCamera(VIDEO, play) as target, ScriptedCamera(VIDEO) as camera:
        camera.answers["DESCRIBE"] = lambda _: f"302 Moved\r\nLocation: {target.url}"
        async with reading(camera, sink):
            await sink.until(lambda s: len(s.units) > 5)
        camera.answers["DESCRIBE"] = lambda _: f"302 Moved\r\nLocation: {camera.url}"
        assert await code_of(camera) == "unreachable"


async def test_a_wrong_host_in_the_base_and_refused_sound() -> None:
    def setup(request: Request) -> str:
        return "default" if request.uri.endswith("trackID=0") else "500 Internal Server Error"

    sink = Sink()
    camera = ScriptedCamera(VIDEO + AUDIO, play, content_base="rtsp://10.1.2.3:99/live/")
    camera.answers["SETUP"] = setup
    async with camera, reading(camera, sink):
        await sink.until(lambda s: len(s.units) > 5)
        assert camera.asked("PLAY")[0].uri == f"{camera.url}/"
    assert sink.infos[0].audio is None


async def test_an_exception_of_the_sink_comes_out() -> None:
    class Broken(Sink):
        def push(self, unit: AccessUnit) -> None:
            raise RuntimeError("disk on fire")

    async with ScriptedCamera(VIDEO, play) as camera, reading(camera, Broken()) as task:
        with pytest.raises(RuntimeError, match="disk on fire"):
            await asyncio.wait_for(task, DEADLINE)


async def test_rtsps_with_a_certificate_of_its_own(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=camera", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    sink = Sink()
    async with ScriptedCamera(VIDEO, play, tls=context) as camera:
        async with reading(camera, sink):
            await sink.until(lambda s: len(s.units) > 20)
        assert not any(unit.corrupt for unit in sink.units)
        with pytest.raises(NvrError) as caught:
            await RtspReader(verify_tls=True).run(StreamAddress(camera.url), Sink())
        assert caught.value.code == "unreachable" and "TLS" in caught.value.message
