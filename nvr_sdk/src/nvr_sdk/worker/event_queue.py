"""Events on their way to one sink: in order, one at a time, the oldest dropped past 1000."""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from nvr_sdk.components import EventSink
from nvr_sdk.messages import Event

log = logging.getLogger("nvr.events")

LIMIT = 1000
"""Events that may wait for a sink."""
_IN_HAND_S = 0.5


class EventQueue:
    """Bounded queue before one event sink; an `Attachment` of its component.

    `put` may be called from any thread, also while the plugin loop is blocked; `run` and the rest
    belong on the plugin loop.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._waiting: deque[Event] = deque(maxlen=LIMIT)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = asyncio.Event()
        self._woken = False
        self._topics: tuple[str, ...] = ()
        self._consumer: asyncio.Task[None] | None = None
        self.dropped = 0
        """Events dropped because the sink was too slow."""

    async def start(self, component: EventSink) -> None:
        """Begin to hand events to the sink."""
        self._topics = component.topics
        self._loop = asyncio.get_running_loop()
        self._ready.set()
        self._consumer = asyncio.create_task(self._consume(component))

    async def stop(self) -> None:
        """Hand out nothing more; what waits is kept for a start under a new configuration.

        The event in hand may still be dealt with, for half a second.
        """
        self._loop = None
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            self._ready.set()
            await asyncio.wait({consumer}, timeout=_IN_HAND_S)
            consumer.cancel()

    def put(self, event: Event) -> None:
        """Queue an event if its topic is wanted."""
        loop = self._loop
        if loop is None or not wanted(event.topic, self._topics):
            return
        if len(self._waiting) == LIMIT:
            self.dropped += 1
        self._waiting.append(event)
        if not self._woken:
            # Once only: wake-ups must not pile up on a loop that is blocked.
            self._woken = True
            loop.call_soon_threadsafe(self._ready.set)

    async def _consume(self, sink: EventSink) -> None:
        while self._loop is not None:
            await self._ready.wait()
            self._ready.clear()
            # Before the queue is looked at: whatever comes later wakes this loop again.
            self._woken = False
            while self._waiting and self._loop is not None:
                event = self._waiting.popleft()
                try:
                    await sink.handle(event)
                except Exception:
                    # One event that a sink cannot take must not keep it from the next.
                    log.exception("sink %s failed to handle %s", self._name, event.topic)


def wanted(topic: str, topics: tuple[str, ...]) -> bool:
    """Tell whether a topic is among those wanted; a trailing ``*`` matches any ending."""
    return any(
        topic.startswith(pattern[:-1]) if pattern.endswith("*") else topic == pattern
        for pattern in topics
    )
