"""A whole session's bytes: chunking, changes of parameter sets, anything at all."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nvr_core.rtsp.rtp import Demuxer
from nvr_core.rtsp.sdp import parse_sdp
from nvr_core.rtsp.stream import MediaStream
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import AccessUnit, StreamInfo
from peers.rtp_packets import (
    H264_PPS,
    H264_SPS,
    H265_PPS,
    H265_SPS,
    H265_VPS,
    Packetizer,
    aac_payload,
    h264_payloads,
    h264_slice,
    h265_payloads,
    h265_slice,
    prefixed,
    sender_report,
    stap_a,
)

AUDIO = """m=audio 0 RTP/AVP 97
a=rtpmap:97 mpeg4-generic/44100/2
a=fmtp:97 mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1210
"""


class Session:
    """A demuxer and a stream with a clock that stands still."""

    def __init__(self, codec: str = "H264") -> None:
        sdp = f"m=video 0 RTP/AVP 96\na=rtpmap:96 {codec}/90000\n{AUDIO}"
        video, audio = parse_sdp(sdp.encode()).medias
        self.infos: list[StreamInfo] = []
        self.got: list[StreamInfo | AccessUnit] = []
        self.stream = MediaStream(video, self, lambda: 5.0)
        self.demuxer = Demuxer(lambda _: None)
        self.demuxer.route(0, self.stream.video_taker, self.stream.on_rtcp("video"))
        taker = self.stream.use_audio(audio)
        assert taker is not None
        self.demuxer.route(2, taker, self.stream.on_rtcp("audio"))

    def begin(self, info: StreamInfo) -> None:
        self.infos.append(info)
        self.got.append(info)

    def push(self, unit: AccessUnit) -> None:
        assert self.infos, "a unit came before its stream was described"
        self.got.append(unit)

    def feed(self, data: bytes) -> None:
        while data:
            space = self.demuxer.space()
            count = min(len(space), len(data))
            space[:count] = data[:count]
            self.demuxer.received(count)
            data = data[count:]

    @property
    def units(self) -> list[AccessUnit]:
        return [item for item in self.got if isinstance(item, AccessUnit)]


def recording(codec: str = "H264", pictures: int = 12) -> bytes:
    """Give a session's bytes: mid-GOP start, sound, reports, an answer, a loss, a wrap."""
    video, audio = Packetizer(96, 0), Packetizer(97, 2)
    data = b""
    start = (1 << 32) - 5 * 3600
    for number in range(pictures):
        time = start + number * 3600
        key = number % 5 == 2
        if codec == "H264":
            nal = h264_slice(number, key=key, size=3000)
            head, body = [stap_a([H264_SPS, H264_PPS])], h264_payloads(nal)
        else:
            nal = h265_slice(number, key=key, size=3000)
            head, body = [H265_VPS, H265_SPS, H265_PPS], h265_payloads(nal)
        if number == 8:
            video.lose()
        video.send([*head, *body] if key else body, time)
        audio.send([aac_payload(bytes([number] * 200), b"z" * 90)], number * 1764)
        data += video.data + audio.data
        video.sent.clear()
        audio.sent.clear()
        if number == 6:
            data += sender_report(1, 4e9, time % (1 << 32)) + b"RTSP/1.0 200 OK\r\n\r\n"
            data += sender_report(3, 4e9, number * 1764)
    return data


@pytest.mark.parametrize("codec", ["H264", "H265"])
def test_what_a_session_gives(codec: str) -> None:
    session = Session(codec)
    session.feed(recording(codec))
    (info,) = session.infos
    assert info.video is not None and (info.video.width, info.video.height) == (640, 360)
    assert info.audio is not None and info.audio.sample_rate == 44_100
    video = [unit for unit in session.units if unit.track == "video"]
    assert [unit.dts for unit in video] == [index * 3600 for index in range(len(video))]
    assert [unit.key for unit in video] == [index % 5 == 0 for index in range(len(video))]
    assert [unit.corrupt for unit in video] == [index == 6 for index in range(len(video))]
    sets = [H264_SPS, H264_PPS] if codec == "H264" else [H265_VPS, H265_SPS, H265_PPS]
    slices = h264_slice if codec == "H264" else h265_slice
    assert video[0].data == prefixed(*sets, slices(2, key=True, size=3000))


@pytest.mark.parametrize("codec", ["H264", "H265"])
@given(cuts=st.lists(st.integers(0, 45_000), max_size=40))
@settings(deadline=None, max_examples=60)
def test_any_split_of_the_bytes_gives_the_same(codec: str, cuts: list[int]) -> None:
    data = recording(codec)
    whole = Session(codec)
    whole.feed(data)
    parts = Session(codec)
    edges = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    for start, end in pairwise(edges):
        parts.feed(data[start:end])
    assert parts.got == whole.got


def test_byte_by_byte() -> None:
    data = recording(pictures=5)
    whole, single = Session(), Session()
    whole.feed(data)
    for index in range(len(data)):
        single.feed(data[index : index + 1])
    assert single.got == whole.got and len(whole.units) > 3


def test_new_parameter_sets_give_a_new_description_at_their_key_unit() -> None:
    session, video = Session(), Packetizer()
    other = H264_PPS + b"\x80"
    for number in range(12):
        pps = other if number >= 6 else H264_PPS
        key = number in (0, 4, 8)
        head = [stap_a([H264_SPS, pps])] if key else []
        video.send([*head, h264_slice(number, key=key)], number * 3600)
    session.feed(video.data)
    assert [i.video.parameter_sets[1] for i in session.infos if i.video] == [H264_PPS, other]
    position = session.got.index(session.infos[1])
    following = session.got[position + 1]
    assert isinstance(following, AccessUnit) and following.key and following.dts == 8 * 3600


def test_sound_ahead_of_the_first_picture_is_kept_from_zero_on() -> None:
    session, video, audio = Session(), Packetizer(96, 0), Packetizer(97, 2)
    for number in range(4):
        audio.send([aac_payload(bytes([number]))], number * 1024)
    video.send([stap_a([H264_SPS, H264_PPS]), h264_slice(0, key=True)], 0)
    video.send([h264_slice(1)], 3600)
    session.feed(audio.data + video.data)
    assert [unit.track for unit in session.units] == ["video", *["audio"] * 4]
    assert [unit.dts for unit in session.units[1:]] == [0, 1024, 2048, 3072]


def test_parameter_sets_that_make_no_sense_end_the_session() -> None:
    session, video = Session(), Packetizer()
    video.send([b"\x67\x64\0\x1e\xff\xff", H264_PPS, h264_slice(0, key=True)], 0)
    video.send([h264_slice(1)], 3600)
    with pytest.raises(NvrError) as caught:
        session.feed(video.data)
    assert caught.value.code == "protocol_error"


PIECES = st.one_of(
    st.binary(max_size=80),
    st.binary(min_size=1, max_size=60).map(lambda body: packet_of(96, 0, body)),
    st.binary(min_size=1, max_size=60).map(lambda body: packet_of(97, 2, body)),
    st.sampled_from([recording()[:4000], b"RTSP/1.0 200 OK\r\n", b"$", b"\r\n"]),
)


def packet_of(payload_type: int, channel: int, body: bytes) -> bytes:
    maker = Packetizer(payload_type, channel, sequence=body[0])
    maker.send([body], body[-1] * 1000, marker=body[0] % 2 == 0)
    return maker.data


@pytest.mark.parametrize("codec", ["H264", "H265"])
@given(pieces=st.lists(PIECES, max_size=25))
@settings(deadline=None, max_examples=200)
def test_any_bytes_give_units_or_an_error_with_a_code(codec: str, pieces: list[bytes]) -> None:
    session = Session(codec)
    try:
        for piece in pieces:
            session.feed(piece)
    except NvrError as error:
        assert error.code in ("protocol_error", "needs_av_lane")
    for track in ("video", "audio"):
        times = [unit.dts for unit in session.units if unit.track == track]
        assert all(later > earlier for earlier, later in pairwise(times))
