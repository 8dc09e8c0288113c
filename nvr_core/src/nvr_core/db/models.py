"""All tables. The engine writes the recording tables, the API all others.

Times in recording tables are microseconds since the Unix epoch (UTC), in integers; other times are
timezone-aware UTC datetimes stored as such integers as well (`*_us`).
"""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

Micros = BigInteger().with_variant(Integer, "sqlite")


class User(SQLModel, table=True):
    """A person who may log in."""

    __tablename__ = "user"
    id: int | None = Field(default=None, primary_key=True)
    username: str = Field(unique=True, max_length=64)
    password_hash: str
    role: str = Field(default="admin", max_length=16)
    created_us: int = Field(sa_type=BigInteger)


class AuthSession(SQLModel, table=True):
    """A login; the cookie holds a random token, the row its SHA-256."""

    __tablename__ = "auth_session"
    id: str = Field(primary_key=True, max_length=64)
    user_id: int = Field(foreign_key="user.id", index=True, ondelete="CASCADE")
    created_us: int = Field(sa_type=BigInteger)
    last_used_us: int = Field(sa_type=BigInteger)
    expires_us: int = Field(sa_type=BigInteger)
    user_agent: str = Field(default="", max_length=300)


class ApiToken(SQLModel, table=True):
    """A token for programs; shown once, kept as SHA-256."""

    __tablename__ = "api_token"
    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id", index=True, ondelete="CASCADE")
    name: str = Field(max_length=80)
    token_hash: str = Field(unique=True, max_length=64)
    created_us: int = Field(sa_type=BigInteger)
    last_used_us: int | None = Field(default=None, sa_type=BigInteger)


class Camera(SQLModel, table=True):
    """A camera as configured."""

    __tablename__ = "camera"
    id: str = Field(primary_key=True, max_length=64)
    name: str = Field(max_length=80)
    enabled: bool = True
    plugin: str = Field(max_length=64)
    """Plugin that brings the source; ``core`` for built-in sources."""
    source: str = Field(max_length=32)
    """Contribution id of the camera source."""
    config: dict[str, object] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """Configuration without its secrets."""
    config_version: int = 1
    """Layout version that `config` and `secrets` are in."""
    secrets: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))
    """Secrets of the configuration: AES-GCM over JSON, bound to this camera's id."""
    streams: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Names of the streams it has, main first."""
    recorded_streams: list[str] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False)
    )
    """Names of the streams that are recorded; empty when recording is off."""
    position: int = 0
    created_us: int = Field(sa_type=BigInteger)
    updated_us: int = Field(sa_type=BigInteger)


class CameraHealth(SQLModel, table=True):
    """The last known health of a camera's stream, as the engine reported it."""

    __tablename__ = "camera_health"
    camera_id: str = Field(primary_key=True, max_length=64)
    stream: str = Field(primary_key=True, max_length=8)
    status: dict[str, object] = Field(sa_column=Column(JSON, nullable=False))
    checked_us: int = Field(sa_type=BigInteger)


class PluginRow(SQLModel, table=True):
    """What the user decided about a plugin."""

    __tablename__ = "plugin"
    id: str = Field(primary_key=True, max_length=64)
    enabled: bool = True
    updated_us: int = Field(sa_type=BigInteger)


class PluginConfigRow(SQLModel, table=True):
    """Configuration of one contribution of a plugin."""

    __tablename__ = "plugin_config"
    plugin_id: str = Field(primary_key=True, max_length=64)
    component: str = Field(primary_key=True, max_length=32)
    version: int = 1
    config: dict[str, object] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    secrets: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))
    updated_us: int = Field(sa_type=BigInteger)


class Setting(SQLModel, table=True):
    """A setting of the server as a whole."""

    __tablename__ = "setting"
    key: str = Field(primary_key=True, max_length=64)
    value: dict[str, object] = Field(sa_column=Column(JSON, nullable=False))


class Storage(SQLModel, table=True):
    """A directory that recordings are kept in."""

    __tablename__ = "storage"
    id: int | None = Field(default=None, primary_key=True)
    uuid: str = Field(unique=True, max_length=36)
    """Equals the content of ``.nvr-storage`` in the directory: an unmounted disk is noticed."""
    path: str
    reserve_bytes: int = Field(default=1 << 30, sa_type=BigInteger)
    created_us: int = Field(sa_type=BigInteger)


class Stream(SQLModel, table=True):
    """Short number of a camera's stream in the recording tables; outlives the camera."""

    __tablename__ = "stream"
    __table_args__ = (UniqueConstraint("camera_id", "name"),)
    id: int | None = Field(default=None, primary_key=True)
    camera_id: str = Field(max_length=64)
    name: str = Field(max_length=8)


class Run(SQLModel, table=True):
    """An unbroken stretch of recording; grows with each segment, so coverage is read from here."""

    __tablename__ = "run"
    __table_args__ = (Index("ix_run_stream_start", "stream_id", "start_us"),)
    id: int | None = Field(default=None, primary_key=True)
    stream_id: int = Field(foreign_key="stream.id")
    start_us: int = Field(sa_type=BigInteger)
    end_us: int = Field(sa_type=BigInteger)
    init: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """ftyp + moov of every segment in the run (a change of codec begins a new run)."""
    mime: str = Field(max_length=120)


class Segment(SQLModel, table=True):
    """A media file. Its path follows from storage, stream, start and suffix."""

    __tablename__ = "segment"
    __table_args__ = ({"sqlite_with_rowid": False},)
    stream_id: int = Field(primary_key=True, foreign_key="stream.id")
    start_us: int = Field(primary_key=True, sa_type=BigInteger)
    duration_us: int
    run_id: int = Field(foreign_key="run.id", index=True)
    base_ticks: int = Field(sa_type=BigInteger)
    """Decode time of the file's zero since the run's start, in 90 kHz ticks."""
    size: int
    storage_id: int = Field(foreign_key="storage.id")
    suffix: int = 0
    """Collision number in the file name: 0 for none, n for ``_n``."""
    keyframes: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """One ``<III`` per group of pictures: offset in the file, size, ms since the start."""


class Gap(SQLModel, table=True):
    """Footage that should be there and is not, with the reason."""

    __tablename__ = "gap"
    __table_args__ = (Index("ix_gap_stream_start", "stream_id", "start_us"),)
    id: int | None = Field(default=None, primary_key=True)
    stream_id: int = Field(foreign_key="stream.id")
    start_us: int = Field(sa_type=BigInteger)
    end_us: int = Field(sa_type=BigInteger)
    reason: str = Field(max_length=32)
    """Stable code: camera_offline, engine_restart, source_restart, disk_full, recording_off …"""
    detail: str = Field(default="", max_length=300)


class Garbage(SQLModel, table=True):
    """A file that is to be deleted: row first, then the file, then the row goes."""

    __tablename__ = "garbage"
    id: int | None = Field(default=None, primary_key=True)
    path: str
    created_us: int = Field(sa_type=BigInteger)
