"""Streams over HTTP (Python's own server) and RTMP (the ffmpeg program) for tests."""

from __future__ import annotations

import functools
import http.server
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from peers.clips import Clip


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that hangs up in the middle is nothing to report."""


@contextmanager
def serve_files(directory: Path) -> Iterator[str]:
    """Serve a directory; gives its URL without a slash at the end."""
    with _serve(functools.partial(_Quiet, directory=str(directory))) as url:
        yield url


class _Redirect(_Quiet):
    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", self.directory + self.path)
        self.end_headers()


@contextmanager
def serve_redirects(target: str) -> Iterator[str]:
    """Send every request on to ``target``; gives the URL that does so."""
    with _serve(functools.partial(_Redirect, directory=target)) as url:
        yield url


@contextmanager
def _serve(handler: Callable[..., http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def make_hls(clip: Clip, directory: Path) -> Path:
    """Cut a clip into a finished HLS playlist of MPEG transport segments."""
    playlist = directory / "index.m3u8"
    _ffmpeg("-i", str(clip.path), "-c", "copy", "-hls_time", "2", "-hls_list_size", "0", playlist)
    return playlist


def make_flv(clip: Clip, directory: Path) -> Path:
    """Put a clip into FLV."""
    file = directory / "clip.flv"
    _ffmpeg("-i", str(clip.path), "-c", "copy", "-f", "flv", file)
    return file


@contextmanager
def serve_rtmp(clip: Clip) -> Iterator[str]:
    """Send a clip in real time to the one RTMP client that comes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"rtmp://127.0.0.1:{port}/live/cam"
    command = ["ffmpeg", "-v", "error", "-re", "-i", str(clip.path), "-c", "copy"]
    with subprocess.Popen([*command, "-f", "flv", "-listen", "1", url]) as process:
        try:
            yield url
        finally:
            process.kill()


def _ffmpeg(*arguments: str | Path) -> None:
    command = ["ffmpeg", "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True, timeout=60)
