"""The built-in ``rtsp`` source: its form, and what it makes of addresses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nvr_core.cameras._url import UrlError, refuse_forbidden_host
from nvr_core.cameras.rtsp import RtspCameraConfig, RtspSource
from nvr_core.plugins._builtin import BuiltinSources
from nvr_core.processes import AddressProbe, AddressProbed
from nvr_core.security.secret_fields import secret_paths
from nvr_sdk.components import AddressSource
from nvr_sdk.config import config_schema
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import AudioTrack, ProbedStream, StreamInfo, VideoTrack

URL = "rtsp://127.0.0.1:554/stream1"


async def never(question: AddressProbe) -> AddressProbed:
    raise AssertionError("nothing is dialled")


def source(probe: Callable[..., object] = never) -> BuiltinSources:
    return BuiltinSources(probe)  # type: ignore[arg-type]


def mistake(**config: object) -> tuple[str, str, str]:
    with pytest.raises(NvrError) as caught:
        source().check("rtsp", config)
    [field] = caught.value.fields
    assert field.message.endswith(".")
    return caught.value.code, field.path, field.code


def test_it_is_a_camera_source_as_any_plugin_s() -> None:
    assert isinstance(RtspSource(), AddressSource)
    assert secret_paths(config_schema(RtspCameraConfig)) == ("password",)


def test_a_plain_address_passes_with_defaults() -> None:
    assert source().check("rtsp", {"main_url": f"  {URL} "}) == {
        "main_url": URL,
        "sub_url": None,
        "username": "",
        "password": None,
        "transport": "tcp",
    }
    assert source().check("rtsp", {"main_url": URL, "sub_url": " "})["sub_url"] is None


@pytest.mark.parametrize("scheme", ["rtsp", "rtsps", "rtmp", "http", "https", "RTSP"])
def test_allowed_schemes(scheme: str) -> None:
    checked = source().check("rtsp", {"main_url": f"{scheme}://cam.lan/x?a=1#f"})
    assert checked["main_url"] == f"{scheme.lower()}://cam.lan/x?a=1#f"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("exec:rm -rf /", "control_characters"),
        ("exec:ls", "scheme_not_allowed"),
        ("file:///etc/passwd", "scheme_not_allowed"),
        ("concat:rtsp://a/|rtsp://b/", "scheme_not_allowed"),
        ("/etc/passwd", "scheme_not_allowed"),
        ("rtsp:/cam/x", "scheme_not_allowed"),
        ("", "too_short"),
        ("rtsp:///stream", "host_missing"),
        ("rtsp://cam/\nSETUP rtsp://b/", "control_characters"),
        ("rtsp://cam/\x00", "control_characters"),
        ("rtsp://cam:99999/", "wrong_url"),
        ("rtsp://[::1/", "wrong_url"),
    ],
)
def test_other_addresses_are_refused_at_their_field(url: str, code: str) -> None:
    assert mistake(main_url=url) == ("validation_failed", "config.main_url", code)
    if url:  # no sub stream is no mistake
        assert mistake(main_url=URL, sub_url=url) == ("validation_failed", "config.sub_url", code)


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.1.1",
        "0xa9fea9fe",
        "2852039166",
        "169.254.43518",
        "[fe80::1]",
        "[::ffff:169.254.169.254]",
        "[fd00:ec2::254]",
        "100.100.100.200",
        "0.0.0.0",
        "224.0.0.1",
        "metadata.google.internal",
        "METADATA.google.internal.",
    ],
)
def test_link_local_and_metadata_addresses_are_refused(host: str) -> None:
    assert mistake(main_url=f"http://{host}/") == (
        "forbidden_url",
        "config.main_url",
        "forbidden_url",
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "192.168.1.20", "10.0.0.1", "::1", "camera.lan"])
def test_cameras_at_home_are_reachable(host: str) -> None:
    refuse_forbidden_host(host)


def test_credentials_in_the_address_move_to_their_fields() -> None:
    checked = source().check("rtsp", {"main_url": "rtsp://ad%40min:p%3Aw@cam.lan:8554/x"})
    assert checked["main_url"] == "rtsp://cam.lan:8554/x"
    assert (checked["username"], checked["password"]) == ("ad@min", "p:w")
    # Both addresses may hold the same ones.
    both = {"main_url": "rtsp://u:p@cam/1", "sub_url": "rtsp://u:p@cam/2"}
    checked = source().check("rtsp", both)
    assert (checked["main_url"], checked["sub_url"]) == ("rtsp://cam/1", "rtsp://cam/2")


def test_credentials_that_differ_from_the_fields_are_refused() -> None:
    assert mistake(main_url="rtsp://u:p@cam/1", username="other") == (
        "validation_failed",
        "config.main_url",
        "credentials_in_url",
    )
    assert mistake(main_url="rtsp://u:p@cam/1", sub_url="rtsp://v:q@cam/2")[1:] == (
        "config.sub_url",
        "credentials_in_url",
    )


def test_no_message_holds_the_password() -> None:
    with pytest.raises(NvrError) as caught:
        source().check("rtsp", {"main_url": "rtsp://u:canary@/x", "password": "canary2"})
    told = [caught.value.message, *(f.message for f in caught.value.fields)]
    assert not any("canary" in text for text in told)


async def test_streams_follow_from_the_addresses() -> None:
    assert await source().streams("rtsp", {"main_url": URL}) == ("main",)
    assert await source().streams("rtsp", {"main_url": URL, "sub_url": URL}) == ("main", "sub")


def probed(question: AddressProbe) -> AddressProbed:
    audio = AudioTrack("pcm_alaw", 8000, 1) if question.stream == "main" else None
    info = StreamInfo(VideoTrack("h265", 640, 360, ()), audio)
    return AddressProbed(
        ProbedStream(question.stream, info), b"jpeg" if question.thumbnail else b""
    )


async def test_a_probe_dials_both_streams_and_warns() -> None:
    asked: list[AddressProbe] = []

    async def dial(question: AddressProbe) -> AddressProbed:
        asked.append(question)
        return probed(question)

    config = {"main_url": URL, "sub_url": URL, "username": "u", "password": "p"}
    found = await source(dial).probe("rtsp", config)
    assert found.jpeg == b"jpeg"
    assert [stream.name for stream in found.result.streams] == ["main", "sub"]
    assert {(a.address.url, a.address.username, a.address.password) for a in asked} == {
        (URL, "u", "p")
    }
    warnings = " ".join(found.result.warnings)
    assert "same address" in warnings and "H.265" in warnings and "pcm_alaw" in warnings


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("auth_failed", "config.password"),
        ("unreachable", "config.sub_url"),
        ("timeout", "config.sub_url"),
        ("unsupported_codec", "config.sub_url"),
    ],
)
async def test_a_failed_probe_points_at_the_field_to_mend(code: str, path: str) -> None:
    async def dial(question: AddressProbe) -> AddressProbed:
        if question.stream == "sub":
            raise NvrError(code, "It did not work.")
        return probed(question)

    with pytest.raises(NvrError) as caught:
        await source(dial).probe("rtsp", {"main_url": URL, "sub_url": URL})
    assert (caught.value.code, caught.value.fields[0].path) == (code, path)


async def test_an_unknown_host_is_unreachable() -> None:
    with pytest.raises(NvrError) as caught:
        await source().probe("rtsp", {"main_url": "rtsp://no-such-host.invalid/"})
    assert (caught.value.code, caught.value.fields[0].path) == ("unreachable", "config.main_url")


def test_what_a_name_resolves_to_is_judged_too() -> None:
    with pytest.raises(UrlError):
        refuse_forbidden_host("fe80::1%eth0")
