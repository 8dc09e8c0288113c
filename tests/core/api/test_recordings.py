"""Ranges, segments, playback plans and HLS, from an index and files that a test writes."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlmodel import select

from nvr_core.api.schemas.recordings import PlaybackView, RecordingsView
from nvr_core.db.engine import Database
from nvr_core.db.models import Gap, Run, Segment, Storage, Stream
from nvr_core.recording.keyframes import Keyframe, pack_keyframes
from nvr_core.recording.paths import segment_path
from peers.api_server import Server, wait_for

T0 = int(datetime(2026, 11, 21, 23, 59, 50, tzinfo=UTC).timestamp()) * 1_000_000
SECOND = 1_000_000


@dataclass(frozen=True)
class Recorded:
    """A camera that is gone while its recordings were kept."""

    camera: str
    root: Path

    @property
    def base(self) -> str:
        return f"/api/v1/cameras/{self.camera}"

    def path(self, start_us: int) -> Path:
        return segment_path(self.root, self.camera, "main", start_us)


@pytest.fixture(scope="session")
def recorded(server: Server) -> Recorded:
    """Two runs: three segments, a gap of a minute, two segments; real fragmented MP4 in each."""
    root = server.settings.recordings
    database = Database(server.settings.effective_database_url)
    media = fragmented_mp4(server.settings.data / "clip.mp4")
    init_size = media.index(b"moof") - 4
    init = media[:init_size]
    with database.write() as session:
        storage = Storage(uuid="u", path=str(root), created_us=0)
        stream = Stream(camera_id="kept", name="main")
        session.add_all((storage, stream))
        session.flush()
        for begin, count in ((T0, 3), (T0 + 90 * SECOND, 2)):
            end = begin + count * 10 * SECOND
            run = Run(stream_id=stream.id or 0, start_us=begin, end_us=end, init=init, mime="m")
            session.add(run)
            session.flush()
            for number in range(count):
                start = begin + number * 10 * SECOND
                path = segment_path(root, "kept", "main", start)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(media)
                session.add(
                    Segment(
                        stream_id=stream.id or 0,
                        start_us=start,
                        duration_us=10 * SECOND,
                        run_id=run.id or 0,
                        base_ticks=number * 900_000,
                        size=len(media),
                        storage_id=storage.id or 0,
                        keyframes=pack_keyframes([Keyframe(init_size, len(media) - init_size, 0)]),
                    )
                )
        gap = (T0 + 30 * SECOND, T0 + 90 * SECOND)
        session.add(
            Gap(stream_id=stream.id or 0, start_us=gap[0], end_us=gap[1], reason="camera_offline")
        )
    database.close()
    return Recorded("kept", root)


def fragmented_mp4(path: Path) -> bytes:
    """Make a second of fragmented MP4 with ffmpeg: not written by the code under test."""
    command = (
        "ffmpeg -v error -y -f lavfi -i testsrc=s=64x48:r=10:d=1 -c:v libx264 -pix_fmt yuv420p"
    )
    flags = "-movflags frag_keyframe+empty_moov+default_base_moof"
    tail = "-video_track_timescale 90000"
    subprocess.run([*command.split(), *flags.split(), *tail.split(), str(path)], check=True)
    data = path.read_bytes()
    end = data.rindex(b"mfra") - 4
    return data[:end]


def _window(start_s: float, end_s: float) -> dict[str, str]:
    def text(seconds: float) -> str:
        return datetime.fromtimestamp(T0 / 1e6 + seconds, UTC).isoformat()

    return {"start": text(start_s), "end": text(end_s)}


def test_ranges_gaps_and_pages_of_segments(anna: httpx.Client, recorded: Recorded) -> None:
    address = f"{recorded.base}/recordings"
    found = anna.get(address, params={**_window(5, 200), "limit": 2}).json()
    RecordingsView.model_validate(found, strict=True)
    assert found["ranges"] == [
        {"start": "2026-11-21T23:59:55.000Z", "end": "2026-11-22T00:00:20.000Z"},
        {"start": "2026-11-22T00:01:20.000Z", "end": "2026-11-22T00:01:40.000Z"},
    ]
    assert [(gap["reason"], gap["start"]) for gap in found["gaps"]] == [
        ("camera_offline", "2026-11-22T00:00:20.000Z")
    ]
    starts = [segment["start"] for segment in found["segments"]]
    while found["next_cursor"]:
        query = {**_window(5, 200), "limit": 2, "cursor": found["next_cursor"]}
        found = anna.get(address, params=query).json()
        starts += [segment["start"] for segment in found["segments"]]
    assert starts == [
        "2026-11-21T23:59:50.000Z",
        "2026-11-22T00:00:00.000Z",
        "2026-11-22T00:00:10.000Z",
        "2026-11-22T00:01:20.000Z",
        "2026-11-22T00:01:30.000Z",
    ]


@pytest.mark.parametrize(("start", "end", "count"), [(30, 90, 0), (29.9, 30, 1), (90, 90.1, 1)])
def test_a_window_takes_what_touches_it(
    anna: httpx.Client, recorded: Recorded, start: float, end: float, count: int
) -> None:
    found = anna.get(f"{recorded.base}/recordings", params=_window(start, end)).json()
    assert len(found["segments"]) == count
    assert len(found["ranges"]) == count


def test_wrong_windows_are_refused(anna: httpx.Client, recorded: Recorded) -> None:
    address = f"{recorded.base}/recordings"
    for window in (_window(5, 5), _window(0, 32 * 86_400), {"start": "yesterday", "end": "x"}, {}):
        answer = anna.get(address, params=window)
        assert answer.status_code == 422, window
        assert answer.json()["error"]["fields"]
    missing = anna.get("/api/v1/cameras/nobody/recordings", params=_window(0, 1))
    assert missing.json()["error"]["code"] == "camera_not_found"
    long = anna.get(f"{recorded.base}/playback", params=_window(0, 90_000))
    assert long.json()["error"]["fields"][0]["code"] == "too_long"


def test_days_are_split_at_midnight(anna: httpx.Client, recorded: Recorded) -> None:
    found = anna.get(f"{recorded.base}/days", params={"month": "2026-11"}).json()
    assert found == {
        "items": [{"date": "2026-11-21", "seconds": 10.0}, {"date": "2026-11-22", "seconds": 40.0}]
    }


def test_the_playback_plan_names_bytes_that_are_there(
    anna: httpx.Client, recorded: Recorded
) -> None:
    plan = anna.get(f"{recorded.base}/playback", params=_window(0, 200)).json()
    PlaybackView.model_validate(plan, strict=True)
    assert [len(run["segments"]) for run in plan["runs"]] == [3, 2]
    second = plan["runs"][0]["segments"][1]
    assert second["base_s"] == 10.0
    file = recorded.path(T0 + 10 * SECOND).read_bytes()
    assert anna.get(plan["runs"][0]["init_url"]).content == file[: second["init_size"]]
    key = second["keyframes"][0]
    wanted = f"bytes={key['offset']}-{key['offset'] + key['size'] - 1}"
    part = anna.get(second["url"], headers={"Range": wanted})
    assert part.status_code == 206
    assert part.content == file[key["offset"] : key["offset"] + key["size"]]
    assert part.content[4:8] == b"moof"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("bytes=0-0", 206),
        ("bytes=-5", 206),
        ("bytes=5-", 206),
        ("bytes=99999999-", 416),
        ("bytes=-0", 416),
        ("bytes=5-1", 200),
        ("bytes=0-1,3-4", 200),
        ("lines=1-2", 200),
        ("bytes=x", 200),
    ],
)
def test_byte_ranges(anna: httpx.Client, recorded: Recorded, asked: str, status: int) -> None:
    file = recorded.path(T0).read_bytes()
    answer = anna.get(f"{recorded.base}/segments/main-{T0}.mp4", headers={"Range": asked})
    assert answer.status_code == status
    if status == 416:
        assert answer.json()["error"]["code"] == "range_not_satisfiable"
        assert answer.headers["content-range"] == f"bytes */{len(file)}"
    elif status == 200:
        assert answer.content == file
    else:
        assert 0 < len(answer.content) < len(file)


def test_hls_plays_in_ffmpeg_without_a_jump(
    server: Server, anna: httpx.Client, recorded: Recorded
) -> None:
    address = f"{server.origin}{recorded.base}/hls/index.m3u8"
    query = httpx.QueryParams({**_window(0, 30)})
    cookie = f"Cookie: nvr_session={anna.cookies['nvr_session']}\r\n"
    command = ["ffprobe", "-v", "error", "-headers", cookie, "-allowed_extensions", "ALL"]
    command += ["-extension_picky", "0"] if _has_extension_picky() else []
    command += ["-show_entries", "packet=pts_time", "-of", "csv=p=0", f"{address}?{query}"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    times = [float(line.strip(",")) for line in done.stdout.split()]
    assert len(times) == 30
    begins = [times[0], times[10], times[20]]
    assert [round(begin - begins[0], 2) for begin in begins] == [0.0, 10.0, 20.0]


def _has_extension_picky() -> bool:
    done = subprocess.run(
        ["ffmpeg", "-h", "demuxer=hls"], capture_output=True, text=True, check=False
    )
    return "extension_picky" in done.stdout


def test_runs_are_parted_by_a_discontinuity(anna: httpx.Client, recorded: Recorded) -> None:
    text = anna.get(f"{recorded.base}/hls/index.m3u8", params=_window(0, 200)).text
    assert text.count("#EXT-X-DISCONTINUITY\n") == 1
    assert text.count("#EXT-X-MAP") == 2
    assert "#EXT-X-PROGRAM-DATE-TIME:2026-11-21T23:59:50.000Z" in text
    nothing = anna.get(f"{recorded.base}/hls/index.m3u8", params=_window(40, 50))
    assert nothing.json()["error"]["code"] == "recording_not_found"


@pytest.mark.parametrize(
    "name",
    ["..%2f..%2fnvr.db", "main-1", "main-1%00", "main--1", "third-1", "%2e%2e/%2e%2e/secret.key"],
)
def test_no_file_but_segments_is_given_out(
    anna: httpx.Client, recorded: Recorded, name: str
) -> None:
    for suffix in ("mp4", "m4s"):
        answer = anna.get(f"{recorded.base}/segments/{name}.{suffix}")
        assert answer.status_code in (404, 422)
        assert answer.json()["error"]["code"]
    other = anna.get(f"/api/v1/cameras/another/segments/main-{T0}.mp4")
    assert other.json()["error"]["code"] == "segment_not_found"


def test_a_file_that_is_gone_is_not_found(
    server: Server, anna: httpx.Client, recorded: Recorded
) -> None:
    start = T0 + 100 * SECOND
    path = recorded.path(start)
    data = path.read_bytes()
    path.unlink()
    try:
        for suffix in ("mp4", "m4s"):
            answer = anna.get(f"{recorded.base}/segments/main-{start}.{suffix}")
            assert answer.json()["error"]["code"] == "segment_not_found"
    finally:
        path.write_bytes(data)


def test_a_removed_camera_takes_its_recordings_along(
    server: Server, anna: httpx.Client, recorded: Recorded, camera: str
) -> None:
    path = segment_path(recorded.root, camera, "main", T0)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    torn = path.with_name("torn.mp4.part")
    torn.write_bytes(b"y")
    _index(server, camera)
    address = f"/api/v1/cameras/{camera}/segments/main-{T0}.mp4"
    assert anna.get(address).content == b"x"
    assert anna.delete(f"/api/v1/cameras/{camera}").status_code == 204
    assert anna.get(address).json()["error"]["code"] == "segment_not_found"
    wait_for(lambda: not (recorded.root / camera).exists(), 10, "the files to be deleted")
    assert recorded.path(T0).exists()


def _index(server: Server, camera: str) -> None:
    database = Database(server.settings.effective_database_url)
    with database.write() as session:
        storage = session.exec(select(Storage)).one()
        stream = Stream(camera_id=camera, name="main")
        session.add(stream)
        session.flush()
        run = Run(stream_id=stream.id or 0, start_us=T0, end_us=T0 + 1, init=b"i", mime="m")
        session.add(run)
        session.flush()
        session.add(
            Segment(
                stream_id=stream.id or 0,
                start_us=T0,
                duration_us=1,
                run_id=run.id or 0,
                base_ticks=0,
                size=1,
                storage_id=storage.id or 0,
                keyframes=b"",
            )
        )
    database.close()
