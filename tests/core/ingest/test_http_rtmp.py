"""HLS, FLV over HTTP, RTMP; and what a hostile playlist or address cannot do."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from nvr_core.ingest.dialling import dial
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import StreamAddress
from peers.clips import frame_hash, make_clip
from peers.collector import Collector, read
from peers.http_server import make_flv, make_hls, serve_files, serve_redirects, serve_rtmp

pytestmark = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")

CLIP = {"codec": "h264", "audio": "aac", "bframes": 2}


def assert_whole(got: Collector) -> None:
    hashes = [frame_hash(unit.data, "h264") for unit in got.video]
    assert tuple(hashes) == make_clip(**CLIP).frames[: len(hashes)]
    assert (got.video[0].dts, got.video[0].pts) == (0, 7200)
    assert got.infos[0].audio.config[:2] == b"\x12\x10"
    assert len(got.infos) == 1
    assert got.audio[10].data[:1] != b"\xff", "the ADTS header is still there"


def test_hls_and_flv(tmp_path: Path) -> None:
    make_hls(make_clip(**CLIP), tmp_path)
    make_flv(make_clip(**CLIP), tmp_path)
    with serve_files(tmp_path) as url:
        assert_whole(read(StreamAddress(f"{url}/index.m3u8"), units=100))
        assert_whole(read(StreamAddress(f"{url}/clip.flv"), units=100))


def test_rtmp() -> None:
    with serve_rtmp(make_clip(**CLIP)) as url:
        deadline = time.monotonic() + 10
        while True:
            try:
                got = read(StreamAddress(url), units=40)
                break
            except NvrError as error:
                assert error.code == "unreachable"
                assert time.monotonic() < deadline
                time.sleep(0.1)
    assert_whole(got)


@pytest.mark.parametrize("line", ["file://{path}", "{path}", "concat:{path}", "data:,x"])
def test_a_playlist_cannot_reach_local_files(tmp_path: Path, line: str) -> None:
    make_hls(make_clip(**CLIP), tmp_path)
    segment = line.format(path=next(tmp_path.glob("*.ts")))
    served = tmp_path / "served"
    served.mkdir()
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{segment}\n#EXT-X-ENDLIST\n"
    (served / "evil.m3u8").write_text(playlist)
    with serve_files(served) as url, pytest.raises(NvrError) as caught:
        read(StreamAddress(f"{url}/evil.m3u8"), units=5)
    assert caught.value.code in ("no_video", "forbidden_url", "path_not_found")


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    file = make_flv(make_clip(**CLIP), tmp_path)
    with serve_files(tmp_path) as url, serve_redirects(url) as elsewhere:
        dial(StreamAddress(f"{url}/{file.name}")).close()
        with pytest.raises(NvrError, match="redirects") as caught:
            dial(StreamAddress(f"{elsewhere}/{file.name}"))
    assert caught.value.code == "unreachable"


def test_a_page_is_not_a_stream(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html>hello</html>")
    with serve_files(tmp_path) as url:
        for path, code in (("page.html", "no_video"), ("none", "path_not_found")):
            with pytest.raises(NvrError) as caught:
                dial(StreamAddress(f"{url}/{path}"))
            assert caught.value.code == code


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("file:///etc/passwd", "config_error"),
        ("concat:/etc/passwd", "config_error"),
        ("exec:id", "config_error"),
        ("rtsp://host/a\nb", "config_error"),
        ("rtsp://user:secret@host/a", "config_error"),
        ("http://169.254.169.254/latest/meta-data", "forbidden_url"),
        ("http://0xa9fea9fe/", "forbidden_url"),
        ("rtsp://[fe80::1]/x", "forbidden_url"),
        ("rtsp://no-such-host.invalid/x", "unreachable"),
        ("rtsp://127.0.0.1:1/x", "unreachable"),
    ],
)
def test_addresses_that_are_not_dialled(url: str, code: str) -> None:
    with pytest.raises(NvrError) as caught:
        dial(StreamAddress(url))
    assert caught.value.code == code
    assert "secret" not in caught.value.message


def test_a_name_that_resolves_to_a_forbidden_address(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(2, 1, 6, "", ("169.254.169.254", 80))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found)
    with pytest.raises(NvrError) as caught:
        dial(StreamAddress("http://camera.example/x"))
    assert caught.value.code == "forbidden_url"
