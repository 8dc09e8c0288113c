"""One stream session: a source in its own thread, and the connection that takes its units."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable

from nvr_sdk.errors import NvrError
from nvr_sdk.messages import AccessUnit, StreamInfo
from nvr_sdk.rpc import STREAM_ENDED, StreamEnded, StreamOpen
from nvr_sdk.wire import Channel
from nvr_sdk.worker._stream_queue import StreamQueue

log = logging.getLogger("nvr.streams")


class SessionWriter:
    """The `StreamWriter` given to a source."""

    def __init__(self, queue: StreamQueue, wake: Callable[[], None], name: str) -> None:
        self._queue = queue
        self._wake = wake
        self._name = name
        self._closed = threading.Event()

    @property
    def closed(self) -> threading.Event:
        """Set when nobody wants the stream any more."""
        return self._closed

    def begin(self, info: StreamInfo) -> None:
        """Announce what follows."""
        if not self._closed.is_set():
            self._queue.begin(info)
            self._wake()

    def push(self, unit: AccessUnit) -> None:
        """Queue one unit, or drop it with its GOP when the reader is too slow."""
        if self._closed.is_set():
            return
        if not self._queue.push(unit):
            log.warning("%s: the reader is too slow; dropping up to the next key unit", self._name)
        self._wake()


class Session:
    """Runs ``run(request, writer)`` in a thread and pumps what it delivers to one channel.

    Lives on the event loop it was made on; only the writer is used by the source's thread.
    """

    def __init__(
        self,
        request: StreamOpen,
        run: Callable[[StreamOpen, SessionWriter], None],
        queue: StreamQueue,
        on_end: Callable[[Session], None],
    ) -> None:
        self.request = request
        self.name = f"{request.camera_id}/{request.stream}"
        self.queue = queue
        self.channel: Channel | None = None
        self.linger: asyncio.TimerHandle | None = None
        self._run = run
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._ready = asyncio.Event()
        self._writer = SessionWriter(queue, self._wake, self.name)
        self._outcome: StreamEnded | None = None
        self._pump: asyncio.Task[None] | None = None
        # A daemon: a source that ignores `closed` must not keep the process from ending.
        self._thread = threading.Thread(
            target=self._run_source, name=f"stream {self.name}", daemon=True
        )

    def start(self) -> None:
        """Start the source's thread."""
        self._thread.start()

    @property
    def closed(self) -> bool:
        """True once the source was told to end."""
        return self._writer.closed.is_set()

    def attach(self, channel: Channel) -> None:
        """Send to this channel from now on."""
        self.detach()
        self.channel = channel
        self._ready.set()
        self._pump = self._loop.create_task(self._send_all(channel))
        self._pump.add_done_callback(self._pump_done)

    def detach(self) -> None:
        """Send nothing for now; what the source delivers is kept, within bounds."""
        if self.linger is not None:
            self.linger.cancel()
            self.linger = None
        if self._pump is not None:
            self._pump.cancel()
            self._pump = None
        self.channel = None

    def close(self) -> None:
        """Tell the source to end, and forget what was not sent."""
        self.detach()
        self._writer.closed.set()
        self._on_end(self)

    def join(self, timeout: float) -> bool:
        """Wait for the source's thread (blocking); False if it did not end in time."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._ready.set)
        except RuntimeError:
            # The loop has been closed: the process is ending, nobody reads any more.
            self._writer.closed.set()

    def _pump_done(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s: sending failed", self.name, exc_info=error)
            self.close()

    def _run_source(self) -> None:
        try:
            self._run(self.request, self._writer)
            code, message = "ended", "The source ended the stream."
        except NvrError as error:
            code, message = error.code, error.message
        except Exception as error:
            # The session is what contains its source.
            log.exception("%s: source %s failed", self.name, self.request.source)
            code, message = "source_failed", f"The camera source failed: {type(error).__name__}."
        self._outcome = StreamEnded(code, message, self.queue.dropped)
        self._wake()

    async def _send_all(self, channel: Channel) -> None:
        while True:
            await self._ready.wait()
            self._ready.clear()
            ended = self._outcome
            await self._send_queued(channel)
            if ended is not None and not channel.closed:
                channel.note(STREAM_ENDED, ended)
                channel.close()
                self._pump = None
                self.close()
                return

    async def _send_queued(self, channel: Channel) -> None:
        while not channel.closed and (frame := self.queue.take()) is not None:
            channel.send(*frame)
            await channel.drain()
