"""Takes cameras over from a mirror file: all of them or, if one is not right, none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from nvr_core.cameras.ids import PATTERN, RESERVED
from nvr_core.cameras.mirror import MirroredCamera
from nvr_core.cameras.service import Cameras
from nvr_core.db.models import Camera
from nvr_sdk.errors import FieldError, NvrError


@dataclass(frozen=True, slots=True)
class Imported:
    """Ids of cameras by what happened to them."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


async def import_cameras(cameras: Cameras, wanted: Sequence[MirroredCamera]) -> Imported:
    """Add new cameras and change those that differ; none is removed.

    Raises `NvrError` with paths below ``yaml.cameras.<n>`` before anything was changed.
    """
    present = {camera.id: camera for camera in await cameras.list()}
    rows: list[Camera] = []
    for index, item in enumerate(wanted):
        path = f"yaml.cameras.{index}"
        _check(item, path, present, {row.id for row in rows})
        rows.append(await _prepare(cameras, item, path))
    done = Imported()
    for row in rows:
        before = present.get(row.id)
        if before is None:
            await cameras.restore(row)
            done.created.append(row.id)
        elif cameras.same(before, row):
            done.unchanged.append(row.id)
        else:
            await cameras.replace(row)
            done.updated.append(row.id)
    return done


def _check(item: MirroredCamera, path: str, present: dict[str, Camera], earlier: set[str]) -> None:
    if not re.fullmatch(PATTERN, item.id) or item.id in earlier or item.id in RESERVED:
        raise _refused(f"{path}.id", "An id is made of a-z, 0-9 and -, and stands once.")
    if not 1 <= len(item.name) <= 80 or not item.name.isprintable():
        raise _refused(f"{path}.name", "A name has 1 to 80 printable characters.")
    if not 0 <= item.position <= 1_000_000:
        raise _refused(f"{path}.position", "The position has to be 0 or more.")
    before = present.get(item.id)
    if before and (before.plugin, before.source) != (item.plugin, item.source):
        raise _refused(f"{path}.source", f"The camera {item.id!r} here has another source.")


async def _prepare(cameras: Cameras, item: MirroredCamera, path: str) -> Camera:
    try:
        return await cameras.prepare(item)
    except NvrError as error:
        fields = tuple(
            FieldError(f"{path}.{field.path}", field.code, field.message) for field in error.fields
        )
        where = fields or (FieldError(path, error.code, error.message),)
        raise NvrError(error.code, f"{item.name}: {error.message}", where) from None


def _refused(path: str, message: str) -> NvrError:
    return NvrError("import_failed", message, (FieldError(path, "import_failed", message),))
