"""Test cameras: GStreamer's RTSP server as a child process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Literal

from peers.clips import Clip

SYSTEM_PYTHON = "/usr/bin/python3"
_PROBE = "import gi; gi.require_version('GstRtspServer', '1.0')"


def gst_missing() -> str:
    """Say why GStreamer's RTSP server cannot run here; empty when it can."""
    if not Path(SYSTEM_PYTHON).exists():
        return "no system Python for GStreamer"
    done = subprocess.run([SYSTEM_PYTHON, "-c", _PROBE], capture_output=True, check=False)
    return "" if done.returncode == 0 else "GStreamer's RTSP server is not installed"


class RtspServer:
    """A running server; a context manager that stops it."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, login: str) -> None:
        self._process = process
        self.port = port
        self.login = login
        """``user:password@`` or empty."""

    def url(self, mount: str = "cam", *, login: bool = False) -> str:
        """Give the address of a mount, with the credentials inside only if asked for."""
        return f"rtsp://{self.login if login else ''}127.0.0.1:{self.port}/{mount}"

    def pause(self) -> None:
        """Stall it: connections stay open and nothing comes any more."""
        os.kill(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        os.kill(self._process.pid, signal.SIGCONT)

    def stop(self) -> None:
        """End it at once (also when paused); harmless when it has ended."""
        self._process.kill()
        self._process.wait(10)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> RtspServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType
    ) -> None:
        self.stop()


def start_gst(
    *,
    port: int = 0,
    user: str = "",
    password: str = "",
    auth: Literal["basic", "digest"] = "digest",
    **mounts: Clip,
) -> RtspServer:
    """Start a server with a mount per keyword (``cam=make_clip()`` is at ``/cam``).

    Every mount loops its clip in real time, starting over when its first client comes. With port 0
    the system chooses one. Returns once it listens.
    """
    spec = {
        "port": port,
        "user": user,
        "password": password,
        "auth": auth,
        "mounts": {
            name: {"path": str(clip.path), "codec": clip.codec, "audio": clip.audio}
            for name, clip in mounts.items()
        },
    }
    script = Path(__file__).with_name("gst_rtsp.py")
    process = subprocess.Popen(
        [SYSTEM_PYTHON, "-I", str(script), json.dumps(spec)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=sys.stderr.fileno() if os.environ.get("NVR_PEER_LOG") else subprocess.DEVNULL,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.strip():
        process.wait(10)
        raise RuntimeError(f"GStreamer's RTSP server ended with {process.returncode}")
    login = f"{user}:{password}@" if user else ""
    return RtspServer(process, int(line), login)
