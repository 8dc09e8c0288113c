"""What recording costs: the engine against one ``ffmpeg -c copy -f segment`` per camera.

    python benchmarks/record.py [--quick] [--json] [--streams 1 8 32] [--seconds 60]

Both sides record the same 1080p 4 Mbit/s H.264 + AAC cameras from one outside RTSP server, one
after the other in the same run, and are measured over the same time, children included. The engine
keeps its index and syncs each segment to disk. ``cpu_ratio`` and ``pss_ratio`` (sum of proportional
memory) belong to the most streams; the processor time and memory of a whole ``nvr serve`` with its
plugins are printed beside them. ``--quick`` takes 8 streams and 20 s.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from core.engine.kit import add_camera, as_json, make_database
from nvr_core.settings import Settings

ROOT = Path(__file__).parents[1]
_TICKS = os.sysconf("SC_CLK_TCK")
_SETTLE_S = 12.0
_GOAL_CPU, _GOAL_PSS = 0.5, 0.25


@dataclass(frozen=True)
class Cost:
    """What one side used while it was measured."""

    cpu_seconds: float
    pss_mib: float
    megabytes: float
    """Written in all, from the start on."""


def main() -> None:
    """Run both sides for each number of streams and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--streams", type=int, nargs="+")
    parser.add_argument("--seconds", type=float)
    options = parser.parse_args()
    counts = options.streams or ([8] if options.quick else [1, 8, 32])
    seconds = options.seconds or (20.0 if options.quick else 60.0)
    figures: dict[str, object] = {"quick": options.quick, "seconds": seconds}
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as directory:
        work = Path(directory)
        clip = make_camera_clip(work / "camera.mp4")
        with rtsp_server(clip) as port:
            for count in counts:
                figures[str(count)] = compare(work / str(count), count, port, seconds)
    most = figures[str(max(counts))]
    assert isinstance(most, dict)
    figures |= {key: most[key] for key in ("cpu_ratio", "pss_ratio")} | {"streams": max(counts)}
    print(json.dumps(figures) if options.json else in_words(figures, counts))


def compare(work: Path, count: int, port: int, seconds: float) -> dict[str, object]:
    """Measure one number of streams on both sides."""
    urls = [f"rtsp://127.0.0.1:{port}/camera{number}" for number in range(count)]
    engine = measure(lambda: start_engine(work / "engine", urls), work / "engine", seconds)
    ffmpeg = measure(lambda: start_ffmpeg(work / "ffmpeg", urls), work / "ffmpeg", seconds)
    serve = measure(lambda: start_serve(work / "serve", urls), work / "serve", seconds)
    return {
        "cpu_ratio": round(engine.cpu_seconds / ffmpeg.cpu_seconds, 3),
        "pss_ratio": round(engine.pss_mib / ffmpeg.pss_mib, 3),
        "engine": asdict(engine),
        "ffmpeg": asdict(ffmpeg),
        "serve": asdict(serve),
        "engine_cpu_seconds_per_camera_minute": round(engine.cpu_seconds / count * 60 / seconds, 4),
    }


def measure(start: Callable[[], list[subprocess.Popen[bytes]]], work: Path, seconds: float) -> Cost:
    """Start, let it settle, measure, and end it."""
    processes = start()
    try:
        time.sleep(_SETTLE_S)
        before = sum(cpu_seconds(pid) for pid in tree(processes))
        began = time.monotonic()
        time.sleep(seconds)
        pids = tree(processes)
        used = (sum(map(cpu_seconds, pids)) - before) * seconds / (time.monotonic() - began)
        memory = sum(map(pss_mib, pids))
        if any(process.poll() is not None for process in processes):
            raise SystemExit(f"a process of {work.name} ended while it was measured")
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(30)
    written = sum(path.stat().st_size for path in work.rglob("*") if path.suffix == ".mp4")
    return Cost(round(used, 2), round(memory, 1), round(written / 1e6, 1))


def start_engine(work: Path, urls: list[str]) -> list[subprocess.Popen[bytes]]:
    """Start the engine alone, with these cameras in its database."""
    settings = Settings(work)
    make_database(settings)
    for number, url in enumerate(urls):
        config = as_json({"main_url": url})
        add_camera(settings, f"camera{number}", plugin="core", source="rtsp", config=config)
    command = [sys.executable, "-m", "nvr_core.engine"]
    return [quiet(command, work, {**os.environ, **settings.to_env()})]


def start_ffmpeg(work: Path, urls: list[str]) -> list[subprocess.Popen[bytes]]:
    """Start one ffmpeg per camera."""
    work.mkdir(parents=True)
    read = ["ffmpeg", "-nostdin", "-v", "error", "-rtsp_transport", "tcp"]
    write = ["-c", "copy", "-f", "segment", "-segment_time", "10", "-reset_timestamps", "1"]
    return [
        quiet(
            [*read, "-i", url, *write, str(work / f"{number}-%05d.mp4")],
            work,
            dict(os.environ),
        )
        for number, url in enumerate(urls)
    ]


def start_serve(work: Path, urls: list[str]) -> list[subprocess.Popen[bytes]]:
    """Start a whole server; the cameras are put into its database once it has made it."""
    settings = Settings(work)
    command = [sys.executable, "-m", "nvr_core.cli", "serve", "--data", str(work)]
    arguments = [*command, "--host", "127.0.0.1", "--port", "0"]
    work.mkdir(parents=True)
    first = quiet(arguments, work, dict(os.environ))
    wait_for_tables(settings, first)
    first.send_signal(signal.SIGTERM)
    first.wait(30)
    for number, url in enumerate(urls):
        config = as_json({"main_url": url})
        add_camera(settings, f"camera{number}", plugin="core", source="rtsp", config=config)
    return [quiet(arguments, work, dict(os.environ))]


def wait_for_tables(settings: Settings, process: subprocess.Popen[bytes]) -> None:
    """Wait until the engine's socket shows that the database is made."""
    deadline = time.monotonic() + 60
    while not settings.engine_socket.exists():
        if time.monotonic() > deadline or process.poll() is not None:
            raise SystemExit("the server did not start:\n" + log_file(settings.data).read_text())
        time.sleep(0.1)


def quiet(command: list[str], work: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a process whose output goes to a file."""
    with log_file(work).open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, env=environment)


def log_file(work: Path) -> Path:
    """Where the output of what works in this directory goes."""
    return work.with_name(f"{work.name}.log")


def tree(processes: list[subprocess.Popen[bytes]]) -> list[int]:
    """The processes and all that descend from them."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int(stat_fields(int(entry.name))[1])
        except OSError:
            continue
    found = {process.pid for process in processes}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of the children that it has waited for."""
    try:
        return sum(map(int, stat_fields(pid)[11:15])) / _TICKS
    except OSError:
        return 0.0


def stat_fields(pid: int) -> list[str]:
    """What the kernel tells of a process after its name."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()


def pss_mib(pid: int) -> float:
    """Memory of a process, what is shared counted by its share."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def make_camera_clip(path: Path) -> Path:
    """Encode ten seconds of a 1080p camera of 4 Mbit/s with sound."""
    picture = "testsrc2=size=1920x1080:rate=25,noise=alls=12:allf=t"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", picture, "-f", "lavfi"]
    command += ["-i", "sine=sample_rate=44100", "-t", "10", "-c:v", "libx264"]
    command += ["-preset", "ultrafast", "-bf", "0", "-g", "50", "-pix_fmt", "yuv420p"]
    command += ["-b:v", "4M", "-minrate", "4M", "-maxrate", "4M", "-bufsize", "2M"]
    command += ["-x264-params", "nal-hrd=cbr", "-c:a", "aac", "-b:a", "64k"]
    subprocess.run([*command, str(path)], check=True, timeout=600)
    return path


@contextmanager
def rtsp_server(clip: Path) -> Iterator[int]:
    """Run the outside server; gives its port."""
    command = [sys.executable, str(ROOT / "tests/peers/rtsp_loop.py"), str(clip)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdin is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def in_words(figures: dict[str, object], counts: list[int]) -> str:
    """Make a table of it."""
    lines = [f"{'streams':>8} {'side':<8} {'CPU s':>8} {'PSS MiB':>8} {'MB':>8}"]
    for count in counts:
        found = figures[str(count)]
        assert isinstance(found, dict)
        for side in ("engine", "ffmpeg", "serve"):
            cost = found[side]
            lines.append(
                f"{count:>8} {side:<8} {cost['cpu_seconds']:>8} {cost['pss_mib']:>8}"
                f" {cost['megabytes']:>8}"
            )
    lines.append(
        f"over {figures['seconds']} s; {figures['streams']} streams: cpu_ratio"
        f" {figures['cpu_ratio']} (goal {_GOAL_CPU}), pss_ratio {figures['pss_ratio']}"
        f" (goal {_GOAL_PSS})"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
