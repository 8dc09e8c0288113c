"""One follower of events on a web socket: what it wants, and what waits for it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec

from nvr_core.api.times import format_time
from nvr_core.events.topics import matches
from nvr_core.security.authorize import may
from nvr_core.security.logins import Caller
from nvr_sdk.messages import Event

MAX_WAITING = 500
_MAX_TEXT = 16_384


class _Subscribe(msgspec.Struct, tag="subscribe"):
    topics: Annotated[
        list[Annotated[str, msgspec.Meta(max_length=64)]], msgspec.Meta(max_length=50)
    ]
    cameras: Annotated[
        list[Annotated[str, msgspec.Meta(max_length=64)]], msgspec.Meta(max_length=500)
    ] = msgspec.field(default_factory=lambda: ["*"])


class _Ping(msgspec.Struct, tag="ping"):
    pass


class _Pong(msgspec.Struct, tag="pong"):
    pass


_decode = msgspec.json.Decoder(_Subscribe | _Ping | _Pong).decode


class EventClient:
    """One web socket: what it wants, and what waits for it."""

    def __init__(self, caller: Caller, max_waiting: int = MAX_WAITING) -> None:
        self._caller = caller
        self._max_waiting = max_waiting
        self._topics: Sequence[str] = ()
        self._cameras: Sequence[str] = ()
        self._queue: deque[dict[str, Any]] = deque()
        self._news = asyncio.Event()
        self._dropped = 0

    def on_event(self, event: Event) -> None:
        """Queue an event if it is wanted and allowed; the oldest waiting makes room."""
        if not any(matches(topic, event.topic) for topic in self._topics):
            return
        if event.camera_id is not None and not self._wants(event.camera_id):
            return
        if may_see(self._caller, event):
            self.put({"type": "event", **show_event(event)})

    def answer(self, text: str) -> None:
        """Take a message of the client and queue the answer to it."""
        try:
            message = _decode(text) if len(text) <= _MAX_TEXT else None
        except (msgspec.MsgspecError, UnicodeEncodeError):
            message = None
        if isinstance(message, _Subscribe):
            self._topics, self._cameras = tuple(message.topics), tuple(message.cameras)
            self.put({"type": "subscribed", "topics": message.topics, "cameras": message.cameras})
        elif isinstance(message, _Ping):
            self.put({"type": "pong"})
        elif message is None:
            self.put(_error("bad_request", "Send subscribe or ping as JSON."))

    def put(self, message: dict[str, Any]) -> None:
        """Queue a message."""
        if len(self._queue) >= self._max_waiting:
            self._queue.popleft()
            self._dropped += 1
        self._queue.append(message)
        self._news.set()

    async def next(self) -> dict[str, Any]:
        """Wait for the next message; says first if events were dropped."""
        while not self._queue:
            self._news.clear()
            await self._news.wait()
        if self._dropped:
            number, self._dropped = self._dropped, 0
            return _error("events_dropped", f"{number} events came too fast and were left out.")
        return self._queue.popleft()

    def _wants(self, camera_id: str) -> bool:
        return "*" in self._cameras or camera_id in self._cameras


def show_event(event: Event) -> dict[str, Any]:
    """Give an event as the API shows it."""
    return {
        "id": event.id,
        "topic": event.topic,
        "camera_id": event.camera_id,
        "time": format_time(event.time_ns // 1000),
        "data": dict(event.data),
    }


def may_see(caller: Caller, event: Event) -> bool:
    """Tell whether a caller may know of an event."""
    if event.camera_id is not None:
        return may(caller, "camera.view", event.camera_id)
    return may(caller, "system.view")


def _error(code: Literal["bad_request", "events_dropped"], message: str) -> dict[str, Any]:
    return {"type": "error", "code": code, "message": message}
