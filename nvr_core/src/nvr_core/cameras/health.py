"""The last known health of every stream: in memory for readers, in the database for restarts."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import asdict, dataclass

import msgspec
from sqlmodel import select

from nvr_core.db.engine import Database
from nvr_core.db.models import Camera, CameraHealth
from nvr_core.processes import StreamStatus


@dataclass(frozen=True, slots=True)
class Checked:
    """A status with the time it was reported."""

    status: StreamStatus
    checked_us: int


class HealthBoard:
    """Keeps statuses. `take` and the readers belong to the event loop; `load`, `store` block."""

    def __init__(self, database: Database, clock: Callable[[], int]) -> None:
        self._database = database
        self._clock = clock
        self._board: dict[tuple[str, str], Checked] = {}
        self._unsaved: set[tuple[str, str]] = set()

    def take(self, status: StreamStatus) -> bool:
        """Note a status; True when its state, code or picture changed since the last one."""
        key = (status.camera_id, status.stream)
        before = self._board.get(key)
        self._board[key] = Checked(status, self._clock())
        self._unsaved.add(key)
        return before is None or _face(before.status) != _face(status)

    def get(self, camera_id: str, stream: str) -> Checked | None:
        """Give the last status of a stream, if there was one."""
        return self._board.get((camera_id, stream))

    def all(self) -> list[Checked]:
        """Give every status."""
        return list(self._board.values())

    def forget(self, camera_id: str) -> None:
        """Drop a camera."""
        for key in [key for key in self._board if key[0] == camera_id]:
            del self._board[key]
            self._unsaved.discard(key)

    def keep_only(self, streams: Container[tuple[str, str]]) -> None:
        """Drop every (camera, stream) that there is none of any more."""
        for key in [key for key in self._board if key not in streams]:
            del self._board[key]
            self._unsaved.discard(key)

    def pending(self) -> list[CameraHealth]:
        """Give the rows that `store` should write, and count them as written."""
        rows = [
            CameraHealth(
                camera_id=camera_id,
                stream=stream,
                status=asdict(self._board[camera_id, stream].status),
                checked_us=self._board[camera_id, stream].checked_us,
            )
            for camera_id, stream in sorted(self._unsaved)
        ]
        self._unsaved.clear()
        return rows

    def store(self, rows: list[CameraHealth]) -> None:
        """Write rows of cameras that there still are; blocks."""
        if rows:
            with self._database.write() as session:
                cameras = set(session.exec(select(Camera.id)))
                for row in rows:
                    if row.camera_id in cameras:
                        session.merge(row)

    def load(self) -> None:
        """Read what the last run of the server knew; blocks. Rows that fit no more are left out."""
        with self._database.read() as session:
            rows = list(session.exec(select(CameraHealth)))
        for row in rows:
            status = _decode(row.status)
            if status is not None:
                self._board.setdefault((row.camera_id, row.stream), Checked(status, row.checked_us))


def _face(status: StreamStatus) -> tuple[object, ...]:
    return (
        status.state,
        status.code,
        status.message,
        status.recording,
        status.video_codec,
        status.audio_codec,
        status.width,
        status.height,
        status.lane,
        status.lane_reason,
    )


def _decode(stored: Mapping[str, object]) -> StreamStatus | None:
    try:
        return msgspec.convert(stored, StreamStatus)
    except msgspec.ValidationError:
        return None
