"""Real processes, kept alive."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from nvr_core.processes import ProcessRef, ProcessSpec
from nvr_sdk.errors import NvrError
from peers.waiting import until

SLEEP = "import time; time.sleep(600)"


async def test_a_killed_process_is_back_at_once_with_the_reason(rig) -> None:
    rig.keeper.start(rig.python("engine", SLEEP))
    first = await until(lambda: rig.status("engine").pid)
    os.kill(first, signal.SIGSEGV)
    began = time.monotonic()
    await until(lambda: rig.status("engine").pid not in (0, first))
    assert time.monotonic() - began < 0.3
    status = rig.status("engine")
    assert (status.state, status.restarts, status.last_exit) == ("running", 1, "killed by SIGSEGV")
    assert status.rss_bytes > 1 << 20
    assert status.started_us > 0


async def test_output_is_passed_on_and_the_tail_of_a_crash_is_kept(rig) -> None:
    code = "import sys\nfor i in range(60): print('line', i, file=sys.stderr)\nsys.exit(3)"
    await rig.keeper.ensure(rig.python("plugin:x", code))
    await until(lambda: rig.status("plugin:x").last_exit)
    status = rig.status("plugin:x")
    assert status.last_exit == "exit code 3"
    assert status.stderr_tail.splitlines()[-1] == "line 59"
    assert len(status.stderr_tail.splitlines()) <= 40
    assert rig.lines[:60] == [("plugin:x", f"line {i}") for i in range(60)]


async def test_an_unfinished_last_line_and_bytes_that_are_no_text_are_kept(rig) -> None:
    code = "import os; os.write(2, b'half \\xff line')"
    await rig.keeper.ensure(rig.python("plugin:x", code))
    assert (await until(lambda: rig.lines))[0] == ("plugin:x", "half \ufffd line")


async def test_each_new_process_gets_the_setup_on_standard_input(rig) -> None:
    code = "import sys; print(len(sys.stdin.buffer.read())); sys.exit(1)"
    await rig.keeper.ensure(rig.python("plugin:x", code, stdin=b"x" * 300_000))
    await until(lambda: len(rig.lines) >= 2)
    assert rig.lines[:2] == [("plugin:x", "300000")] * 2


async def test_a_plugin_is_quarantined_after_five_crashes_and_freed_on_request(rig) -> None:
    spec = rig.python("plugin:bad", "raise SystemExit(1)")
    await rig.keeper.ensure(spec)
    await until(lambda: rig.status("plugin:bad").state == "quarantined", 20)
    assert rig.status("plugin:bad").restarts == 5
    # The API says it again after its own restart; that is no reason to try again.
    assert (await rig.keeper.ensure(spec)).state == "quarantined"
    rig.keeper.restart(ProcessRef("plugin:bad"))
    await until(lambda: rig.status("plugin:bad").restarts == 6)
    assert rig.status("plugin:bad").state != "quarantined"


async def test_a_core_process_is_never_quarantined(rig) -> None:
    rig.keeper.start(rig.python("api", "raise SystemExit(1)"))
    await until(lambda: rig.status("api").restarts >= 5, 20)
    assert rig.status("api").state in ("backoff", "running")


async def test_the_same_spec_leaves_a_process_alone_and_another_replaces_it(rig) -> None:
    spec = rig.python("plugin:x", SLEEP)
    first = (await rig.keeper.ensure(spec)).pid
    assert first
    assert (await rig.keeper.ensure(spec)).pid == first
    changed = rig.python("plugin:x", SLEEP, env={"NEW": "1"})
    second = (await rig.keeper.ensure(changed)).pid
    assert second not in (0, first)
    assert not Path(f"/proc/{first}").exists()


async def test_a_new_setup_alone_is_kept_for_the_next_start(rig) -> None:
    code = "import sys, time; print(sys.stdin.read(), flush=True); time.sleep(600)"
    first = (await rig.keeper.ensure(rig.python("plugin:x", code, stdin=b"old"))).pid
    assert (await rig.keeper.ensure(rig.python("plugin:x", code, stdin=b"new"))).pid == first
    await until(lambda: rig.lines)
    os.kill(first, signal.SIGKILL)
    await until(lambda: len(rig.lines) == 2)
    assert [line for _, line in rig.lines] == ["old", "new"]


async def test_a_process_over_its_memory_limit_is_killed_with_the_reason(rig) -> None:
    code = (
        "import time\nx = bytearray(200 << 20)\nx[::4096] = b'1' * len(x[::4096])\ntime.sleep(99)"
    )
    watching = asyncio.create_task(rig.keeper.watch_memory())
    await rig.keeper.ensure(rig.python("plugin:big", code, memory_limit_bytes=128 << 20))
    await until(lambda: rig.status("plugin:big").last_exit)
    assert rig.status("plugin:big").last_exit == "over its memory limit of 128 MiB"
    watching.cancel()


async def test_memory_of_descendants_counts(rig) -> None:
    child = (
        "import time; x = bytearray(200 << 20); x[::4096] = b'1' * len(x[::4096]); time.sleep(9)"
    )
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-I', '-c', {child!r}])"
    await rig.keeper.ensure(rig.python("plugin:parent", code))
    await until(lambda: rig.status("plugin:parent").rss_bytes > 200 << 20)


async def test_a_failure_seen_by_the_host_counts_as_a_crash(rig) -> None:
    first = (await rig.keeper.ensure(rig.python("plugin:x", SLEEP))).pid
    rig.keeper.restart(ProcessRef("plugin:x", "setup timed out after 30 s"))
    await until(lambda: rig.status("plugin:x").pid not in (0, first))
    assert rig.status("plugin:x").last_exit == "setup timed out after 30 s"


async def test_removing_ends_the_process_and_what_it_started(rig) -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-I', '-c', 'import time; time.sleep(600)'])\n"
        "print(child.pid, flush=True)\ntime.sleep(600)"
    )
    await rig.keeper.ensure(rig.python("plugin:x", code))
    await until(lambda: rig.lines)
    grandchild = int(rig.lines[0][1])
    await rig.keeper.remove(ProcessRef("plugin:x"))
    assert rig.keeper.names() == ()
    await until(lambda: not _runs(grandchild))


async def test_one_that_ignores_the_signal_is_killed(rig) -> None:
    code = (
        "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('on', flush=True)\n" + SLEEP
    )
    rig.keeper.start(rig.python("engine", code))
    await until(lambda: rig.lines)
    began = time.monotonic()
    await rig.keeper.stop(["engine"], grace=0.5)
    assert 0.4 < time.monotonic() - began < 2
    assert rig.status("engine").state == "stopped"


async def test_the_server_s_own_processes_cannot_be_replaced_or_removed(rig) -> None:
    for asked in (
        rig.keeper.ensure(rig.python("engine", SLEEP)),
        rig.keeper.remove(ProcessRef("api")),
    ):
        with pytest.raises(NvrError) as caught:
            await asked
        assert caught.value.code == "forbidden"


async def test_a_program_that_is_not_there_is_said(rig) -> None:
    rig.keeper.start(ProcessSpec("engine", ("/nowhere/at-all",)))
    await until(lambda: rig.status("engine").last_exit)
    assert rig.status("engine").last_exit == "could not be started: No such file or directory"


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except FileNotFoundError:
        return False
    return state != "Z"
