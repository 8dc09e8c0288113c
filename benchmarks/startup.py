"""What a start costs: processor time until ``/healthz`` answers, with every plugin installed here.

    python benchmarks/startup.py [--quick] [--json]

``cpu_seconds`` counts the supervisor, the engine and the API (user and system time, with the
children they have waited for); the av worker and the plugin workers stand beside it. The first
start also makes the database, so it is told apart; the figure is the median of the others.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_GOAL = 2.0


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return sum(int(field) for field in fields[11:15]) / _TICKS


def children(pid: int) -> dict[str, float]:
    """Processor time of each child, by the module it runs."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(") ")[2].split()[1])
            if parent == pid:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                name = re.search(r"-m (\S+)", command)
                key = f"{name[1] if name else command.strip()} {entry.name}"
                found[key] = cpu_seconds(int(entry.name))
        except (OSError, IndexError):
            continue
    return found


def start(data: Path, port: int) -> dict[str, object]:
    """Start a server, wait for its health, read the meters, end it."""
    began = time.monotonic()
    command = [sys.executable, "-m", "nvr_core.cli", "serve", "--data", str(data)]
    # Without bytecode, as some build environments have it, every start would compile everything.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with (data.parent / "log").open("ab") as log:
        server = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            stdout=log,
            stderr=log,
            env=environment,
        )
    try:
        wait_for_health(port, server)
        wall = time.monotonic() - began
        parts = {"supervisor": cpu_seconds(server.pid)}
        beside = {}
        for name, seconds in children(server.pid).items():
            core = next((c for c in ("engine", "api") if f"nvr_core.{c} " in name), None)
            if core:
                parts[core] = seconds
            else:
                beside[name.rpartition(" ")[0]] = seconds
        return {"cpu_seconds": sum(parts.values()), "wall": wall, "parts": parts, "beside": beside}
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def wait_for_health(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            if server.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the server did not come up") from None
            time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one start after the first")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        data = Path(directory) / "data"
        first = start(data, free_port())
        runs = [start(data, free_port()) for _ in range(1 if options.quick else 5)]
    median = statistics.median(float(str(run["cpu_seconds"])) for run in runs)
    middle = min(runs, key=lambda run: abs(float(str(run["cpu_seconds"])) - median))
    result = {
        **middle,
        "cpu_seconds": round(median, 3),
        "first_cpu_seconds": first["cpu_seconds"],
        "goal": _GOAL,
    }
    if options.json:
        print(json.dumps(result))
        return
    print(f"start: {median:.2f} s of CPU (goal under {_GOAL:g}), {result['wall']:.1f} s of time")
    for name, seconds in {**result["parts"], **result["beside"]}.items():
        print(f"  {name:<28} {seconds:.2f} s")


if __name__ == "__main__":
    main()
