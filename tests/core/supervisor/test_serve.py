"""A whole supervisor as a process, with stand-ins for the processes it keeps."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nvr_core import processes as p
from nvr_core.db.revision import HEAD
from nvr_core.settings import Settings
from nvr_core.supervisor.data_dir import layout_is_current
from nvr_core.supervisor.serve import setup_code
from nvr_sdk import wire
from peers.waiting import wait_until

STAND_IN = Path(__file__).with_name("stand_in.py")


class Server:
    """A started supervisor."""

    def __init__(self, data: Path, port: int = 0, *flags: str) -> None:
        self.data = data
        self.out = data.with_suffix(".out")
        with self.out.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, str(STAND_IN), str(data), str(port), *flags],
                stdout=out,
                stderr=subprocess.PIPE,
                text=True,
            )

    @property
    def printed(self) -> str:
        return self.out.read_text()

    def log(self) -> list[dict[str, object]]:
        file = self.data / "log" / "server.log"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def events(self, process: str) -> list[dict[str, object]]:
        return [line for line in self.log() if line["process"] == process]

    def api_begun(self) -> list[object]:
        """What each started API was told about safe mode."""
        return [line["safe"] for line in self.events("api") if "safe" in line]

    def children(self) -> dict[str, int]:
        found = {}
        for entry in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = entry.read_text().rpartition(") ")[2].split()
            except OSError:
                continue
            if int(fields[1]) == self.process.pid and fields[0] != "Z":
                found[entry.parent.name] = int(entry.parent.name)
        return found

    def ready(self) -> None:
        wait_until(lambda: "Setup code" in self.printed, 30)

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)

    def error(self) -> str:
        assert self.process.stderr is not None
        self.process.wait(30)
        return self.process.stderr.read()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    started: list[Server] = []

    def begin(*flags: str, port: int = 0) -> Server:
        server = Server(tmp_path / "data", port, *flags)
        started.append(server)
        return server

    yield begin
    for server in started:
        server.process.kill()
        server.process.wait()
        if server.process.stderr is not None:
            server.process.stderr.close()


def test_it_prints_the_url_and_the_setup_code_that_the_api_knows(start) -> None:
    server = start()
    server.ready()
    match = re.search(r"ready at http://127\.0\.0\.1:\d+/\n.*account: (\S+)", server.printed)
    assert match is not None
    assert re.fullmatch(r"[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}", match[1])
    wait_until(lambda: server.events("api"))
    assert server.events("api")[0]["code"] == match[1]
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700


def test_the_database_has_the_current_layout(start) -> None:
    server = start()
    server.ready()
    with sqlite3.connect(server.data / "nvr.db") as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
    connection.close()
    assert layout_is_current(Settings(data=server.data))
    assert not layout_is_current(Settings(data=server.data / "none"))


def test_it_ends_in_order(start) -> None:
    server = start()
    server.ready()
    wait_until(lambda: len(server.events("engine")) == 1)
    assert server.end() == 0
    ends = [line["process"] for line in server.log() if line["event"] == "ends"]
    assert ends == ["api", "engine", "av"]


def test_no_child_outlives_a_killed_supervisor(start) -> None:
    server = start()
    server.ready()
    children = wait_until(lambda: len(c := server.children()) == 3 and c)
    server.process.kill()
    server.process.wait()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children.values()), 3)


def test_after_a_kill_it_starts_again_at_the_same_port(start) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    first = start(port=port)
    first.ready()
    first.process.kill()
    first.out.unlink()
    second = start(port=port)
    second.ready()
    assert f":{port}/" in second.printed


def test_a_second_server_on_the_same_data_is_refused(start) -> None:
    first = start()
    first.ready()
    second = start()
    error = second.error()
    assert "data_in_use" in error
    assert str(first.process.pid) in error
    assert "--data" in error
    assert second.process.returncode != 0


def test_a_port_in_use_is_refused_with_the_option_to_change_it(start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        error = start(port=taken.getsockname()[1]).error()
    assert "port_in_use" in error
    assert "--port" in error


def test_a_killed_child_is_back_and_the_log_says_why(start) -> None:
    server = start()
    server.ready()
    before = server.children()
    victim = max(before.values())
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: len(c := server.children()) == 3 and victim not in c.values())
    wait_until(lambda: any(e["event"] == "backoff" for e in server.events("supervisor")))
    event = next(e for e in server.events("supervisor") if e["event"] == "backoff")
    assert event["last_exit"] == "killed by SIGKILL"


def test_two_boots_without_an_answer_mean_safe_mode(start) -> None:
    server = start("silent")
    begun = wait_until(lambda: len(b := server.api_begun()) >= 3 and b, 20)
    assert begun[:3] == ["", "", "1"]


def test_two_kills_before_the_boot_is_proven_mean_safe_mode(start) -> None:
    for _ in range(2):
        server = start()
        server.ready()
        server.process.kill()
        server.process.wait()
        server.out.unlink()
    server = start("short")
    assert wait_until(lambda: len(b := server.api_begun()) == 3 and b, 20) == ["", "", "1"]
    wait_until(lambda: (server.data / "boot-attempts").read_text() == "0", 20)


def test_an_orderly_end_is_no_failed_boot(start) -> None:
    server = start()
    server.ready()
    server.end()
    assert (server.data / "boot-attempts").read_text() == "0"


async def test_the_api_can_add_watch_and_remove_a_worker(start) -> None:
    server = start()
    server.ready()
    notes: list[p.ProcessStatus] = []

    class Watcher(wire.QuietHandler):
        def on_note(self, channel: wire.Channel, method: str, params: bytes) -> None:
            assert method == p.NOTICE_PROCESS
            notes.append(wire.unpack(params, p.ProcessStatus))

    channel = await wire.connect(Settings(data=server.data).supervisor_socket, Watcher())
    listed = await channel.request(p.PROCESS_WATCH, wire.Nothing(), p.ProcessList)
    assert {status.name for status in listed.processes} == {"engine", "av", "api"}
    code = "import sys, time; sys.stdin.read(); time.sleep(600)"
    spec = p.ProcessSpec("plugin:x", (sys.executable, "-I", "-c", code), stdin=b"setup")
    status = await channel.request(p.PROCESS_ENSURE, spec, p.ProcessStatus)
    assert status.state == "running"
    await channel.request(p.PROCESS_REMOVE, p.ProcessRef("plugin:x"), wire.Nothing)
    assert [(n.name, n.state) for n in notes] == [("plugin:x", "running"), ("plugin:x", "stopped")]
    channel.close()


def test_setup_codes_are_drawn_from_unambiguous_characters() -> None:
    assert setup_code(lambda alphabet: alphabet[0]) == "AAAA-AAAA"
    assert not set("01IO") & set("".join(setup_code() for _ in range(200)))
