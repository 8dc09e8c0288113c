"""The storage locations of a server: made at first start, checked all the time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from nvr_core.processes import RecoveryReport, StorageStatus
from nvr_core.recording.index import Index, database_file, open_database
from nvr_core.recording.recovery import recover
from nvr_core.recording.recovery_index import RecoveryIndex
from nvr_core.recording.storage import StorageLocation, StorageRow, prepare_default
from nvr_core.settings import Settings

_log = logging.getLogger("nvr.storage")


def load_storages(settings: Settings, now_us: int) -> list[StorageRow]:
    """Read the locations, and make the default one if there is none. Blocks."""
    connection = open_database(database_file(settings))
    try:
        index = Index(connection)
        rows = index.storages()
        if not rows:
            uuid, reserve = prepare_default(settings.recordings)
            index.add_storage(uuid, settings.recordings, reserve, now_us)
            rows = index.storages()
        return rows
    finally:
        connection.close()


class Storages:
    """All locations; new segments go to the first."""

    def __init__(
        self,
        settings: Settings,
        rows: list[StorageRow],
        changed: Callable[[StorageStatus], None],
        checked: Callable[[StorageStatus], None],
    ) -> None:
        self._settings = settings
        self._changed = changed
        self._checked = checked
        self._locations = [StorageLocation(row) for row in rows]
        self._statuses: dict[int, StorageStatus] = {}

    @property
    def recording(self) -> StorageLocation:
        """Where new segments go."""
        return self._locations[0]

    @property
    def statuses(self) -> tuple[StorageStatus, ...]:
        """Last known states."""
        return tuple(self._statuses.values())

    async def recover(self, started_us: int) -> RecoveryReport:
        """Scan all locations, each on its own thread: what recorders write waits behind it."""
        loop = asyncio.get_running_loop()
        reports = await asyncio.gather(
            *(
                loop.run_in_executor(each.executor, self._recover_one, each, started_us)
                for each in self._locations
            )
        )
        return RecoveryReport(
            adopted=sum(report.adopted for report in reports),
            repaired=sum(report.repaired for report in reports),
            quarantined=sum(report.quarantined for report in reports),
            missing=sum(report.missing for report in reports),
            started_us=started_us,
        )

    async def check(self) -> None:
        """Look at all locations and tell who wants to know."""
        for location in self._locations:
            await self.check_one(location)

    async def check_one(self, location: StorageLocation) -> None:
        """Look at one location."""
        loop = asyncio.get_running_loop()
        status = await loop.run_in_executor(location.executor, location.check)
        before = self._statuses.get(status.id)
        self._statuses[status.id] = status
        if before is None or before.state != status.state:
            if status.state != "ok":
                _log.warning("storage %d: %s", status.id, status.message)
            self._changed(status)
        if location is self.recording:
            self._checked(status)

    def close(self) -> None:
        """End the threads once they have written what is queued; blocks."""
        for location in self._locations:
            location.executor.shutdown(wait=True)

    def _recover_one(self, location: StorageLocation, started_us: int) -> RecoveryReport:
        if location.check().state in ("missing", "error"):
            return RecoveryReport(started_us=started_us)
        connection = open_database(database_file(self._settings))
        try:
            return recover(RecoveryIndex(connection), location.row, started_us)
        finally:
            connection.close()
