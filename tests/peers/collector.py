"""The receiving end of the av worker's reader, for tests."""

from __future__ import annotations

import threading

from nvr_core.ingest.reader import read_stream
from nvr_sdk.messages import AccessUnit, StreamAddress, StreamInfo
from nvr_sdk.rpc import StreamOpen


class Collector:
    """A `StreamWriter` that keeps what it gets and closes when it has enough."""

    def __init__(self, units: int) -> None:
        self.closed = threading.Event()
        self.infos: list[StreamInfo] = []
        self.video: list[AccessUnit] = []
        self.audio: list[AccessUnit] = []
        self._enough = units

    def begin(self, info: StreamInfo) -> None:
        self.infos.append(info)

    def push(self, unit: AccessUnit) -> None:
        assert self.infos, "a unit came before the description"
        (self.video if unit.track == "video" else self.audio).append(unit)
        if len(self.video) >= self._enough:
            self.closed.set()


def read(address: StreamAddress, units: int = 60) -> Collector:
    """Read that many video units of an address."""
    collector = Collector(units)
    read_stream(StreamOpen("av", "cam", "main", address=address), collector)
    return collector
