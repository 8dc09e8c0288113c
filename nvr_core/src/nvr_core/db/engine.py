"""How the core talks to its database: sync SQLAlchemy, called from threads, one writer at a time.

SQLite is opened in WAL mode. Transactions that write begin with ``BEGIN IMMEDIATE``: a read that
is upgraded to a write fails at once when somebody else writes, whatever the busy timeout.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool
from sqlmodel import Session

_BUSY_TIMEOUT_MS = 10_000
_WRITES = "nvr_writes"


def make_engine(url: str) -> Engine:
    """Make an engine; connects lazily. PostgreSQL URLs may leave the driver out."""
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_MS / 1000})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            url = "postgresql+psycopg://" + url.removeprefix(scheme)
    return create_engine(url, pool_pre_ping=True)


def make_migration_engine(url: str) -> Engine:
    """Make an engine for Alembic: one connection, foreign keys off while tables are rebuilt."""
    if url.startswith("sqlite"):
        return create_engine(url, poolclass=NullPool, connect_args={"timeout": 60})
    return make_engine(url)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # With None the driver leaves transactions to us; see _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {_BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class Database:
    """Sessions on one database. Thread-safe; every method blocks, so call it from a thread."""

    def __init__(self, url: str) -> None:
        self._reader = make_engine(url)
        self._writer = self._reader.execution_options(**{_WRITES: True})

    @property
    def writer(self) -> Engine:
        """The engine whose every transaction takes the write lock at its beginning."""
        return self._writer

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session for reading; what it loads stays usable after the block."""
        with Session(self._reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session for writing: committed at the end of the block, rolled back on error."""
        with Session(self._writer, expire_on_commit=False) as session:
            yield session
            session.commit()

    def close(self) -> None:
        """Close the idle connections."""
        self._reader.dispose()
