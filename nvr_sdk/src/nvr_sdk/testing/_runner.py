"""Runs a plugin in a real worker process."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from nvr_sdk import rpc
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import AccessUnit, PluginState, StreamInfo
from nvr_sdk.wire import Channel, ChannelClosed, Kind, Nothing, QuietHandler, connect, pack, unpack

T = TypeVar("T")

_POLL_S = 0.02
_START_TIMEOUT_S = 60.0


class OpenedStream(QuietHandler):
    """A stream as the engine receives it. Made by `PluginRunner.open_stream`."""

    def __init__(self) -> None:
        self.resumed = False
        """True when the worker went on with a lingering session."""
        self.ended: rpc.StreamEnded | None = None
        """Why the worker ended the stream, once it did."""
        self.channel: Channel | None = None
        """The connection; abort it to play a killed engine."""
        self._items: asyncio.Queue[StreamInfo | AccessUnit | None] = asyncio.Queue()

    def on_frame(self, channel: Channel, kind: int, body: bytes) -> None:
        """Keep what arrived."""
        if kind == Kind.STREAM_INFO:
            self._items.put_nowait(unpack(body, StreamInfo))
        elif kind == Kind.ACCESS_UNIT:
            self._items.put_nowait(unpack(body, AccessUnit))

    def on_note(self, channel: Channel, method: str, params: bytes) -> None:
        """Keep the reason of the end."""
        if method == rpc.STREAM_ENDED:
            self.ended = unpack(params, rpc.StreamEnded)

    def on_closed(self, channel: Channel) -> None:
        """End the iteration."""
        self._items.put_nowait(None)

    async def next(self, timeout: float = 10.0) -> StreamInfo | AccessUnit | None:
        """Give what comes next, None at the end; raises `TimeoutError`."""
        async with asyncio.timeout(timeout):
            return await self._items.get()

    async def close(self) -> None:
        """Close on purpose: the session ends."""
        if self.channel is not None:
            self.channel.note(rpc.STREAM_CLOSE)
            self.channel.close()

    async def items(self) -> AsyncIterator[StreamInfo | AccessUnit]:
        """Give everything until the stream ends."""
        while (item := await self.next()) is not None:
            yield item


class PluginRunner:
    """A plugin in a worker of its own, as an async context manager.

    ``module`` is the entry point's module, ``configs`` maps contribution ids to configurations,
    ``paths`` are put in front of the worker's ``sys.path``. Everything lies in a temporary
    directory that is removed at the end.
    """

    def __init__(
        self,
        module: str,
        *,
        configs: Mapping[str, Mapping[str, object]] | None = None,
        versions: Mapping[str, int] | None = None,
        paths: Sequence[Path] = (),
        plugin_id: str = "plugin-under-test",
    ) -> None:
        self._module = module
        self._configs = dict(configs or {})
        self._versions = dict(versions or {})
        self._paths = tuple(map(str, paths))
        self._plugin_id = plugin_id
        self._stack = contextlib.AsyncExitStack()
        self._process: asyncio.subprocess.Process | None = None
        self._channel: Channel | None = None

    async def __aenter__(self) -> PluginRunner:
        self._home = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="nvr-")))
        self.data_dir.mkdir()
        try:
            await self.start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.stop()
        await self._stack.aclose()
        # asyncio lets go of an aborted connection in its next turn.
        await asyncio.sleep(0)

    @property
    def socket(self) -> Path:
        """The worker's socket."""
        return self._home / "plugin.sock"

    @property
    def routes_socket(self) -> Path:
        """Where the plugin's API routes are served."""
        return self._home / "routes.sock"

    @property
    def data_dir(self) -> Path:
        """The plugin's own directory."""
        return self._home / "data"

    @property
    def pid(self) -> int:
        """Process id of the worker."""
        return self._running().pid

    @property
    def running(self) -> bool:
        """True while the worker's process lives."""
        return self._process is not None and self._process.returncode is None

    @property
    def log(self) -> str:
        """What the worker has written to its standard error so far."""
        return (self._home / "stderr").read_text(errors="replace")

    async def start(self) -> None:
        """Start a worker (again, after `stop` or `kill`) and connect to it."""
        with (self._home / "stderr").open("ab") as stderr:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "nvr_sdk.worker"),
                stdin=asyncio.subprocess.PIPE,
                stderr=stderr,
            )
        try:
            stdin = self._running().stdin
            assert stdin is not None
            stdin.write(pack(self._setup()))
            stdin.close()
            await stdin.wait_closed()
            async with asyncio.timeout(_START_TIMEOUT_S):
                self._channel = await self._connect_when_up()
        except BaseException:
            await self.kill()
            raise

    async def stop(self) -> int:
        """End the worker as the server does (SIGTERM) and give its exit status."""
        return await self._end(lambda process: process.terminate())

    async def kill(self) -> int:
        """Kill the worker (SIGKILL) and give its exit status."""
        return await self._end(lambda process: process.kill())

    async def wait_exit(self, timeout: float = 10.0) -> int:
        """Wait for the worker to end by itself and give its exit status (-n: signal n)."""
        async with asyncio.timeout(timeout):
            return await self._running().wait()

    async def request(
        self, method: str, params: object, result: type[T], timeout: float = 10.0
    ) -> T:
        """Call a method of the worker; see `nvr_sdk.rpc` for their names and types."""
        if self._channel is None:
            raise ChannelClosed
        return await self._channel.request(method, params, result, timeout)

    async def status(self) -> rpc.PluginStatus:
        """Ask for the plugin's state."""
        return await self.request(rpc.PLUGIN_STATUS, Nothing(), rpc.PluginStatus)

    async def wait_for(self, state: PluginState, timeout: float = 20.0) -> rpc.PluginStatus:
        """Wait until the plugin has this state; raises `AssertionError` with what it is instead."""
        deadline = asyncio.get_running_loop().time() + timeout
        while (status := await self.status()).state != state:
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"not {state} but {status.state}: {status.reason}")
            await asyncio.sleep(_POLL_S)
        return status

    async def open_stream(
        self, source: str, config: Mapping[str, object], camera_id: str = "camera"
    ) -> OpenedStream:
        """Open the main stream of a camera with this configuration, as the engine does."""
        stream = OpenedStream()
        stream.channel = await connect(self.socket, stream)
        self._stack.callback(stream.channel.abort)
        request = rpc.StreamOpen(source, camera_id, "main", config)
        opened = await stream.channel.request(rpc.STREAM_OPEN, request, rpc.StreamOpened)
        stream.resumed = opened.resumed
        return stream

    def _setup(self) -> rpc.WorkerSetup:
        return rpc.WorkerSetup(
            plugin_id=self._plugin_id,
            module=self._module,
            socket=str(self.socket),
            routes_socket=str(self.routes_socket),
            data_dir=str(self.data_dir),
            configs=self._configs,
            paths=self._paths,
            versions=self._versions,
        )

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise NvrError("unavailable", "No worker has been started.")
        return self._process

    async def _connect_when_up(self) -> Channel:
        while True:
            try:
                return await connect(self.socket)
            except ChannelClosed:
                if self._running().returncode is not None:
                    raise AssertionError(f"the worker did not start:\n{self.log}") from None
                await asyncio.sleep(_POLL_S)

    async def _end(self, signal: Callable[[asyncio.subprocess.Process], None]) -> int:
        process = self._running()
        if process.returncode is None:
            signal(process)
        if self._channel is not None:
            self._channel.abort()
        return await process.wait()
