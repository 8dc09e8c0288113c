"""Session descriptions in the ways cameras write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nvr_core.rtsp.sdp import base_url, control_url, parse_sdp
from nvr_core.rtsp.tracks import choose_audio, choose_video, make_audio, make_video
from nvr_sdk.errors import NvrError

CAMERA = b"""v=0\r
o=- 1 1 IN IP4 0.0.0.0\r
s=Media\r
a=control:rtsp://10.0.0.9/cam/\r
m=video 0 RTP/AVP 96\r
a=framerate:25.0\r
a=rtpmap:96 H264/90000\r
a=fmtp:96 mode=1; sprop-parameter-sets=Z2QAHqy0BQF/y4CIAAADAAgAAAMBkHixdQ==,aO88sA==\r
a=control:trackID=1\r
m=audio 0 RTP/AVP 8\r
a=control:trackID=2\r
m=audio 0 RTP/AVP 97\r
a=rtpmap:97 mpeg4-generic/16000/1\r
a=sendonly\r
m=application 0 RTP/AVP 107\r
a=rtpmap:107 vnd.onvif.metadata/90000\r
"""


def _ignore(*_: object) -> None:
    pass


def test_a_camera_with_talk_back_and_metadata() -> None:
    description = parse_sdp(CAMERA)
    assert [m.kind for m in description.medias] == ["video", "audio", "audio", "application"]
    assert description.control == "rtsp://10.0.0.9/cam/"
    video, audio = choose_video(description), choose_audio(description)
    assert (video.codec, video.fps, video.control) == ("H264", 25.0, "trackID=1")
    track = make_video(video, _ignore).track()
    assert track is not None
    assert (track.width, track.height, len(track.parameter_sets)) == (640, 360, 2)
    assert audio is not None and (audio.codec, audio.clock_rate) == ("PCMA", 8000)


def test_missing_parameter_sets_are_waited_for() -> None:
    sdp = b"m=video 0 RTP/AVP 96\na=rtpmap:96 H265/90000\na=fmtp:96 sprop-vps=%%%;sprop-sps=\n"
    assert make_video(choose_video(parse_sdp(sdp)), _ignore).track() is None


@pytest.mark.parametrize(
    ("sdp", "code"),
    [
        (b"", "no_video"),
        (b"m=audio 0 RTP/AVP 8\n", "no_video"),
        (b"m=video 0 RTP/AVP 26\n", "unsupported_codec"),
        (b"m=video 0 RTP/AVP 96\na=rtpmap:96 MP4V-ES/90000\n", "unsupported_codec"),
        (
            b"m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96 packetization-mode=2\n",
            "unsupported_codec",
        ),
    ],
)
def test_nothing_to_read(sdp: bytes, code: str) -> None:
    with pytest.raises(NvrError) as caught:
        choose_video(parse_sdp(sdp))
    assert caught.value.code == code


def test_sound_that_cannot_be_read_is_left_out_or_sent_to_the_other_lane() -> None:
    assert choose_audio(parse_sdp(b"m=audio 0 RTP/AVP 97\na=rtpmap:97 G726-32/8000\n")) is None
    broken = b"m=audio 0 RTP/AVP 97\na=rtpmap:97 mpeg4-generic/48000/2\na=fmtp:97 config=zz\n"
    assert choose_audio(parse_sdp(broken)) is None
    with pytest.raises(NvrError) as caught:
        choose_audio(parse_sdp(b"m=audio 0 RTP/AVP 97\na=rtpmap:97 MP4A-LATM/48000\n"))
    assert caught.value.code == "needs_av_lane"


def test_opus() -> None:
    media = parse_sdp(b"m=audio 0 RTP/AVP 97\na=rtpmap:97 opus/48000/2\n").medias[0]
    made = make_audio(media, _ignore)
    assert made is not None
    assert (made[1].codec, made[1].sample_rate, len(made[1].config)) == ("opus", 48_000, 11)


@pytest.mark.parametrize(
    ("answered", "base"),
    [
        ("", "rtsp://1.2.3.4:8554/cam?x=1"),
        ("rtsp://10.0.0.9/cam/?x=1", "rtsp://1.2.3.4:8554/cam/?x=1"),
        ("/cam/", "rtsp://1.2.3.4:8554/cam/"),
        ("garbage", "rtsp://1.2.3.4:8554/cam?x=1"),
        ("rtsp://[::bad/cam", "rtsp://1.2.3.4:8554/cam?x=1"),
    ],
)
def test_base_is_at_the_host_that_was_dialled(answered: str, base: str) -> None:
    assert base_url("rtsp://1.2.3.4:8554/cam?x=1", answered) == base


@pytest.mark.parametrize(
    ("control", "url"),
    [
        ("", "rtsp://h/cam?channel=1/"),
        ("*", "rtsp://h/cam?channel=1/"),
        ("trackID=0", "rtsp://h/cam?channel=1/trackID=0"),
        ("rtsp://10.0.0.9:99/a/b", "rtsp://h/a/b"),
        ("/a/b", "rtsp://h/a/b"),
    ],
)
def test_controls(control: str, url: str) -> None:
    assert control_url("rtsp://h/cam?channel=1/", control) == url


LINES = st.sampled_from(CAMERA.split(b"\r\n"))


@given(st.lists(st.one_of(LINES, st.binary(max_size=60)), max_size=30))
@settings(deadline=None)
def test_any_lines(lines: list[bytes]) -> None:
    description = parse_sdp(b"\n".join(lines))
    try:
        make_video(choose_video(description), _ignore)
        choose_audio(description)
    except NvrError as error:
        assert error.code in ("no_video", "unsupported_codec", "needs_av_lane")
