"""The supervisor's socket: what the API asks of it."""

from __future__ import annotations

from nvr_core import processes as p
from nvr_core.supervisor._proc import Usage
from nvr_core.supervisor.keeper import Keeper
from nvr_core.supervisor.managed import Managed
from nvr_sdk.errors import NvrError
from nvr_sdk.wire import Channel, Nothing, QuietHandler, unpack


class Watchers:
    """Connections that asked for ``process.watch``."""

    def __init__(self) -> None:
        self._channels: set[Channel] = set()

    def add(self, channel: Channel) -> None:
        """Tell this connection of changes from now on."""
        self._channels.add(channel)

    def discard(self, channel: Channel) -> None:
        """Forget it."""
        self._channels.discard(channel)

    def tell(self, managed: Managed) -> None:
        """Send the state of a process to all; memory and processor time are left out."""
        for channel in tuple(self._channels):
            channel.note(p.NOTICE_PROCESS, managed.status(Usage()))


class Control(QuietHandler):
    """Answers one connection."""

    def __init__(self, keeper: Keeper, watchers: Watchers) -> None:
        self._keeper = keeper
        self._watchers = watchers

    async def on_request(self, channel: Channel, method: str, params: bytes) -> object:
        """Do what was asked."""
        if method == p.PROCESS_ENSURE:
            return await self._keeper.ensure(unpack(params, p.ProcessSpec))
        if method == p.PROCESS_REMOVE:
            await self._keeper.remove(unpack(params, p.ProcessRef))
            return Nothing()
        if method == p.PROCESS_RESTART:
            return self._keeper.restart(unpack(params, p.ProcessRef))
        if method == p.PROCESS_LIST:
            return self._keeper.list()
        if method == p.PROCESS_WATCH:
            self._watchers.add(channel)
            return self._keeper.list()
        raise NvrError("unknown_method", f"The supervisor has no method {method!r}.")

    def on_closed(self, channel: Channel) -> None:
        """Forget the connection."""
        self._watchers.discard(channel)
