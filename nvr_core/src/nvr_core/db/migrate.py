"""Bring the database to the layout of this code: ``python -m nvr_core.db.migrate``.

The only module that imports Alembic; `db.revision` tells cheaply whether it has to run.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, make_url

from nvr_core.db.engine import make_migration_engine
from nvr_core.settings import Settings
from nvr_sdk.errors import NvrError

_SCRIPTS = Path(__file__).parent / "migrations"


def alembic_config(connection: Connection | None = None, scripts: Path = _SCRIPTS) -> Config:
    """Give Alembic's configuration; no ini file is needed."""
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(url: str, scripts: Path = _SCRIPTS) -> None:
    """Migrate the database at ``url`` to the head revision; blocks.

    A SQLite file with an older layout is copied to ``<name>.before-<revision>`` first. Raises
    `NvrError` ``database_newer`` if the layout is one this code does not know.
    """
    engine = make_migration_engine(url)
    try:
        with engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
            connection.rollback()
            history = ScriptDirectory.from_config(alembic_config(scripts=scripts))
            _check_known(history, found)
            if found == history.get_current_head():
                return
            if found is not None and engine.dialect.name == "sqlite":
                _back_up(Path(str(make_url(url).database)), found)
            command.upgrade(alembic_config(connection, scripts), "head")
            connection.commit()
    finally:
        engine.dispose()


def _check_known(history: ScriptDirectory, revision: str | None) -> None:
    if revision is None:
        return
    try:
        history.get_revision(revision)
    except CommandError:
        raise NvrError(
            "database_newer",
            f"The database has layout {revision!r}, which this version does not know: it was "
            "written by a newer version. Install that version again.",
        ) from None


def _back_up(database: Path, revision: str) -> None:
    copy = database.with_name(f"{database.name}.before-{revision}")
    copy.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))
    copy.chmod(0o600)


def main() -> int:
    """Migrate the server named by the environment; returns the exit status."""
    settings = Settings.from_env()
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        upgrade(settings.effective_database_url)
    except NvrError as error:
        sys.stderr.write(f"nvr: {error.message}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
