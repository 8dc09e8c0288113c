"""The API's view of the supervisor: which processes there are and how they fare."""

from __future__ import annotations

from collections.abc import Callable

from nvr_core.api.peer_link import PeerLink
from nvr_core.processes import (
    NOTICE_PROCESS,
    PROCESS_LIST,
    PROCESS_WATCH,
    ProcessList,
    ProcessStatus,
)
from nvr_core.settings import Settings
from nvr_sdk.errors import NvrError
from nvr_sdk.wire import Channel, Nothing, unpack


class SupervisorLink:
    """Watches all processes; `processes` asks for fresh numbers."""

    def __init__(self, settings: Settings, on_process: Callable[[ProcessStatus], None]) -> None:
        self._on_process = on_process
        self._known: dict[str, ProcessStatus] = {}
        self._link = PeerLink(settings.supervisor_socket, self._on_note, self._on_connected)

    @property
    def known(self) -> list[ProcessStatus]:
        """The processes as last told."""
        return list(self._known.values())

    async def run(self) -> None:
        """Stay connected until cancelled."""
        await self._link.run()

    async def processes(self) -> list[ProcessStatus]:
        """Ask for all processes; gives what is known when the supervisor does not answer."""
        if self._link.connected:
            try:
                answer = await self._link.request(PROCESS_LIST, Nothing(), ProcessList, timeout=3)
            except NvrError:
                return self.known
            self._known = {status.name: status for status in answer.processes}
        return self.known

    async def _on_connected(self, channel: Channel) -> None:
        await channel.request(PROCESS_WATCH, Nothing(), Nothing)
        answer = await channel.request(PROCESS_LIST, Nothing(), ProcessList)
        self._known = {status.name: status for status in answer.processes}

    def _on_note(self, method: str, params: bytes) -> None:
        if method == NOTICE_PROCESS:
            status = unpack(params, ProcessStatus)
            self._known[status.name] = status
            self._on_process(status)
