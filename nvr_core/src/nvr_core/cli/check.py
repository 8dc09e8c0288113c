"""``nvr check``: does this machine have what a server needs?"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from nvr_core.cli.hardware import usable_devices
from nvr_core.db.revision import HEAD
from nvr_core.settings import Settings
from nvr_core.supervisor.addresses import choose_port
from nvr_sdk.errors import NvrError

_LITTLE_SPACE = 5 << 30


@dataclass(frozen=True, slots=True)
class Result:
    """What one check found."""

    name: str
    state: Literal["ok", "note", "failed"]
    """``note`` is worth knowing but stops nobody."""
    message: str


def run_checks(settings: Settings) -> tuple[Result, ...]:
    """Run all checks; takes a few seconds and changes nothing but a file it writes and removes."""
    return (
        _python(),
        *_libraries(),
        *_hardware(),
        *_disk(settings.data),
        _database(settings),
        _port(settings),
    )


def show(results: Sequence[Result], *, as_json: bool) -> None:
    """Print the results."""
    if as_json:
        print(json.dumps([asdict(result) for result in results], indent=2))
        return
    for result in results:
        print(f"{result.state:<7} {result.name:<10} {result.message}")


def _python() -> Result:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    return Result("python", "ok" if good else "failed", f"{version}, 3.11 or later is needed")


def _libraries() -> Iterator[Result]:
    try:
        import av
    except ImportError as error:
        yield Result("ffmpeg", "failed", f"PyAV cannot be loaded: {error}")
        return
    versions = ", ".join(
        f"{name} {'.'.join(map(str, version))}" for name, version in av.library_versions.items()
    )
    yield Result("ffmpeg", "ok", f"PyAV {av.__version__} with {versions}")
    missing = [name for name in ("h264", "hevc", "aac", "mjpeg") if not _has_codec(name)]
    if missing:
        yield Result("codecs", "failed", f"PyAV was built without {', '.join(missing)}")


def _has_codec(name: str) -> bool:
    import av

    try:
        av.Codec(name, "r")
    except ValueError:
        return False
    return True


def _hardware() -> Iterator[Result]:
    for device in usable_devices():
        if device.works:
            yield Result("hardware", "ok", f"{device.name} decodes H.264")
        else:
            yield Result("hardware", "note", f"{device.name}: not usable ({device.reason})")


def _disk(data: Path) -> Iterator[Result]:
    existing = next(p for p in (data, *data.parents) if p.exists())
    try:
        probe = existing / f".nvr-check-{os.getpid()}"
        probe.write_bytes(b"\0" * 4096)
        probe.unlink()
    except OSError as error:
        yield Result("disk", "failed", f"{existing} cannot be written: {error.strerror}")
        return
    free = shutil.disk_usage(existing).free
    state: Literal["ok", "note"] = "ok" if free >= _LITTLE_SPACE else "note"
    yield Result("disk", state, f"{free / 1e9:.1f} GB free for {data}")


def _database(settings: Settings) -> Result:
    if settings.database_url:
        return Result("database", "note", "given by NVR_DATABASE_URL, not looked at")
    if not settings.database.exists():
        return Result("database", "ok", "none yet, made at the first start")
    try:
        uri = f"{settings.database.as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=5)) as connection:
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    except (sqlite3.Error, TypeError) as error:
        return Result("database", "failed", f"{settings.database} cannot be read: {error}")
    if verdict != "ok":
        return Result("database", "failed", f"{settings.database} is damaged: {verdict}")
    if revision != HEAD:
        return Result("database", "note", f"layout {revision}, brought to {HEAD} at the next start")
    return Result("database", "ok", f"layout {revision}, intact")


def _port(settings: Settings) -> Result:
    try:
        choose_port(settings.host, settings.port, patience=0)
    except NvrError as error:
        return Result("port", "note", error.message)
    return Result("port", "ok", f"{settings.port} is free")
