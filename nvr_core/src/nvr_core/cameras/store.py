"""Camera rows in the database. Every method blocks: call it from a thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlmodel import Session, col, delete, func, select

from nvr_core.cameras.ids import make_id
from nvr_core.db.engine import Database
from nvr_core.db.models import Camera, CameraHealth, Gap, Garbage, Run, Segment, Storage, Stream
from nvr_core.recording.paths import segment_path
from nvr_sdk.errors import NvrError

MAX_POSITION = 1_000_000


class CameraStore:
    """Reads and writes the table ``camera`` and clears what a deleted camera leaves behind."""

    def __init__(self, database: Database, clock: Callable[[], int]) -> None:
        self._database = database
        self._clock = clock

    def all(self) -> list[Camera]:
        """Give all cameras in the user's order."""
        statement = select(Camera).order_by(col(Camera.position), col(Camera.id))
        with self._database.read() as session:
            return list(session.exec(statement))

    def get(self, camera_id: str) -> Camera:
        """Give a camera; raises `NvrError` ``camera_not_found``."""
        with self._database.read() as session:
            return _require(session, camera_id)

    def new_id(self, name: str) -> str:
        """Give a free id for a camera of this name; ids of kept recordings count as taken."""
        with self._database.read() as session:
            taken = set(session.exec(select(Camera.id)))
            taken.update(session.exec(select(Stream.camera_id)))
        return make_id(name, taken)

    def add(self, camera: Camera, *, behind: bool) -> Camera:
        """Store a new camera, ``behind`` the others or where it says.

        Raises ``camera_exists`` if its id is taken.
        """
        with self._database.write() as session:
            if session.get(Camera, camera.id) is not None:
                raise NvrError("camera_exists", f"There is a camera {camera.id!r} already.")
            if behind:
                last = session.exec(select(func.max(Camera.position))).one()
                camera.position = 0 if last is None else min(int(last) + 1, MAX_POSITION)
            camera.created_us = camera.updated_us = self._clock()
            session.add(camera)
        return camera

    def change(self, camera_id: str, change: Callable[[Camera], None]) -> Camera:
        """Apply ``change`` to a camera's row inside one transaction."""
        with self._database.write() as session:
            camera = _require(session, camera_id)
            change(camera)
            camera.updated_us = max(self._clock(), camera.updated_us + 1)
            session.add(camera)
        return camera

    def remove(self, camera_id: str) -> None:
        """Delete a camera's row and its health; its recordings stay."""
        with self._database.write() as session:
            session.delete(_require(session, camera_id))
            session.exec(delete(CameraHealth).where(col(CameraHealth.camera_id) == camera_id))

    def drop_recordings(self, camera_id: str) -> None:
        """Turn a camera's index into ``garbage`` rows, which `recordings.sweep` then works off."""
        now = self._clock()
        with self._database.write() as session:
            storages = {row.id: row.path for row in session.exec(select(Storage))}
            streams = select(Stream).where(Stream.camera_id == camera_id)
            for stream in session.exec(streams).all():
                for segment in session.exec(select(Segment).where(Segment.stream_id == stream.id)):
                    path = segment_path(
                        storages[segment.storage_id],
                        camera_id,
                        stream.name,
                        segment.start_us,
                        segment.suffix,
                    )
                    session.add(Garbage(path=str(path), created_us=now))
                for table in (Segment, Run, Gap):
                    session.exec(delete(table).where(col(table.stream_id) == stream.id))
                session.delete(stream)

    def next_garbage(self, limit: int) -> list[Garbage]:
        """Give some of the files that are to be deleted."""
        with self._database.read() as session:
            return list(session.exec(select(Garbage).order_by(col(Garbage.id)).limit(limit)))

    def forget_garbage(self, rows: list[Garbage]) -> None:
        """Drop the rows of files that are gone now."""
        with self._database.write() as session:
            session.exec(delete(Garbage).where(col(Garbage.id).in_([row.id for row in rows])))

    def roots(self) -> list[Path]:
        """Give the directories of all storage locations."""
        with self._database.read() as session:
            return [Path(path) for path in session.exec(select(Storage.path))]


def _require(session: Session, camera_id: str) -> Camera:
    camera = session.get(Camera, camera_id)
    if camera is None:
        raise NvrError("camera_not_found", "There is no such camera.")
    return camera
