"""One running process: it cannot outlive the supervisor, and is watched without a thread."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence

_PR_SET_PDEATHSIG = 1
_MAX_LINE = 16 << 10
_prctl = ctypes.CDLL(None, use_errno=True).prctl


class Child:
    """A started process in a session of its own; its output is read line by line."""

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        stdin: bytes,
        on_line: Callable[[str], None],
    ) -> None:
        """Start it; raises `OSError` if that fails. Needs a running event loop.

        ``stdin`` is what it reads on standard input. ``on_line`` takes each line it writes to
        standard output or error, without line end, cut at 16 KiB.
        """
        self._on_line = on_line
        self._loop = asyncio.get_running_loop()
        self._rest = b""
        read_end, write_end = os.pipe()
        payload = os.memfd_create("stdin")
        try:
            with open(payload, "wb", closefd=False) as file:
                file.write(stdin)
            os.lseek(payload, 0, os.SEEK_SET)
            self._process = subprocess.Popen(
                argv,
                env=dict(env),
                stdin=payload,
                stdout=write_end,
                stderr=write_end,
                start_new_session=True,
                # Safe beside the log's thread: it makes two system calls and takes no lock.
                preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509
            )
        except BaseException:
            os.close(read_end)
            raise
        finally:
            os.close(write_end)
            os.close(payload)
        self.pid = self._process.pid
        self._output = read_end
        os.set_blocking(read_end, False)
        self._loop.add_reader(read_end, self._read)
        self._exited: asyncio.Future[int] = self._loop.create_future()
        self._pidfd = os.pidfd_open(self.pid)
        self._loop.add_reader(self._pidfd, self._reap)

    async def wait(self) -> int:
        """Wait for its end; gives the exit code, negative for a signal."""
        return await asyncio.shield(self._exited)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it alone; nothing if it has ended."""
        if not self._exited.done():
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    def kill(self) -> None:
        """Kill it and its descendants."""
        if not self._exited.done():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def _reap(self) -> None:
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        # Before the pid is given back: what it left behind is in its group and must not stay.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        code = self._process.wait()
        self._read()
        self._close_output()
        if not self._exited.done():
            self._exited.set_result(code)

    def _read(self) -> None:
        while self._output >= 0:
            try:
                data = os.read(self._output, 1 << 16)
            except BlockingIOError:
                return
            if not data:
                self._close_output()
                return
            *lines, rest = (self._rest + data).split(b"\n")
            self._rest = rest[-_MAX_LINE:]
            for line in lines:
                self._on_line(line[:_MAX_LINE].decode("utf-8", "replace").rstrip("\r"))

    def _close_output(self) -> None:
        if self._output < 0:
            return
        self._loop.remove_reader(self._output)
        os.close(self._output)
        self._output = -1
        if self._rest:
            self._on_line(self._rest.decode("utf-8", "replace"))
            self._rest = b""


def _die_with(parent: int) -> Callable[[], None]:
    """Give what the new process does before it runs its program."""

    def prepare() -> None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def exit_reason(code: int) -> str:
    """Say how a process ended, e.g. ``exit code 1`` or ``killed by SIGSEGV``."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
