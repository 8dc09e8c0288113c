"""The event bus of the API process."""

from __future__ import annotations

import itertools
import logging
from collections import deque
from collections.abc import Callable, Mapping

from nvr_core.events.topics import TOPICS
from nvr_sdk.messages import Event, Scalar

KEPT = 2_000
"""Events kept in memory for ``GET /events``; they are not stored."""

Subscriber = Callable[[Event], None]

_log = logging.getLogger("nvr.events")


class EventBus:
    """Hands events to subscribers at once. Lives on one event loop; nothing here blocks."""

    def __init__(self, clock: Callable[[], int], kept: int = KEPT) -> None:
        self._clock = clock
        self._numbers = itertools.count()
        self._subscribers: list[Subscriber] = []
        self._recent: deque[Event] = deque(maxlen=kept)

    def publish(self, topic: str, camera_id: str | None, data: Mapping[str, Scalar]) -> Event:
        """Make an event and give it to every subscriber; ``data`` has the topic's keys."""
        if set(data) != set(TOPICS[topic]):
            raise ValueError(f"{topic} has other keys than {sorted(data)}")
        now = self._clock()
        event = Event(
            id=f"{now:014x}-{next(self._numbers) & 0xFFFFFF:06x}",
            topic=topic,
            time_ns=now * 1000,
            camera_id=camera_id,
            data=dict(data),
        )
        self._recent.append(event)
        for subscriber in tuple(self._subscribers):
            self._deliver(subscriber, event)
        return event

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call ``subscriber`` with each event, on the loop; it must not block. Gives the undo."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    def recent(self) -> list[Event]:
        """Give the events kept in memory, newest first."""
        return list(reversed(self._recent))

    def _deliver(self, subscriber: Subscriber, event: Event) -> None:
        try:
            subscriber(event)
        except Exception:  # noqa: BLE001 - names the consumer that failed
            # One consumer's fault must not keep an event from the others.
            _log.exception(
                "event consumer failed", extra={"topic": event.topic, "consumer": repr(subscriber)}
            )
