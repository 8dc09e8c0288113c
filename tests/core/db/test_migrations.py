"""The packaged migrations make exactly the tables that the models describe, on both engines."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlmodel import Session, SQLModel, select

from nvr_core.db import migrate, models
from nvr_core.db.engine import make_engine, make_migration_engine
from nvr_core.db.migrate import alembic_config, upgrade
from nvr_core.db.revision import HEAD
from nvr_core.settings import Settings
from nvr_sdk.errors import NvrError


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of our own, on a socket in a temporary directory."""
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if not candidates:
        pytest.skip("PostgreSQL is not installed")
    binaries = candidates[0]
    # Not in pytest's directories, which only root may enter.
    root = Path(tempfile.mkdtemp(prefix="nvr-pg-"))
    data = root / "data"
    prefix: list[str] = []
    if os.geteuid() == 0:
        runuser = shutil.which("runuser")
        if runuser is None:
            pytest.skip("PostgreSQL refuses to run as root and there is no runuser")
        prefix = [runuser, "-u", "postgres", "--"]
        shutil.chown(root, "postgres")
    run = [*prefix, str(binaries / "initdb"), "-D", str(data), "-U", "nvr", "-A", "trust", "-N"]
    subprocess.run(run, check=True, capture_output=True)
    control = [*prefix, str(binaries / "pg_ctl"), "-D", str(data), "-w"]
    options = f"-c listen_addresses='' -c unix_socket_directories={root} -c fsync=off"
    start = [*control, "-l", str(data / "log"), "-o", options, "start"]
    subprocess.run(start, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"postgresql://nvr@/postgres?host={root}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True)
        shutil.rmtree(root)


def _differences(url: str) -> list[object]:
    engine = make_migration_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, SQLModel.metadata)
    engine.dispose()
    return found


def test_head_is_alembics_head() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_current_head() == HEAD


def test_revision_module_imports_nothing() -> None:
    code = "import sys; import nvr_core.db.revision; print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"


def test_sqlite_migrations_equal_the_models(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'nvr.db'}"
    upgrade(url)
    assert _differences(url) == []
    engine = make_migration_engine(url)
    with engine.connect() as connection:
        made = connection.execute(
            text("SELECT sql FROM sqlite_master WHERE name = 'segment'")
        ).scalar_one()
    engine.dispose()
    assert "WITHOUT ROWID" in made


def test_postgresql_migrations_equal_the_models(postgres: str) -> None:
    url = make_engine(postgres).url.render_as_string(hide_password=False)
    upgrade(url)
    assert _differences(url) == []
    engine = make_engine(postgres)
    with Session(engine) as session:
        session.add(models.Garbage(path="x", created_us=1 << 50))
        session.commit()
        assert session.exec(select(models.Garbage)).one().created_us == 1 << 50
    engine.dispose()


def test_downgrade_leaves_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'nvr.db'}"
    upgrade(url)
    engine = make_migration_engine(url)
    with engine.connect() as connection:
        command.downgrade(alembic_config(connection), "base")
        connection.commit()
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        assert set(names.scalars()) == {"alembic_version"}
    engine.dispose()


def test_an_old_database_is_copied_before_it_is_migrated(tmp_path: Path) -> None:
    database = tmp_path / "nvr.db"
    url = f"sqlite:///{database}"
    upgrade(url)
    upgrade(url)
    assert list(tmp_path.glob("*.before-*")) == []

    scripts = tmp_path / "migrations"
    shutil.copytree(Path(migrate.__file__).parent / "migrations", scripts)
    next_step = "\n".join(
        (
            "from alembic import op",
            "revision, down_revision = 'next', " + repr(HEAD),
            "def upgrade(): op.execute('CREATE TABLE extra (id INTEGER)')",
        )
    )
    (scripts / "versions" / "next.py").write_text(next_step)
    upgrade(url, scripts)
    copy = tmp_path / f"nvr.db.before-{HEAD}"
    assert _tables(database) - _tables(copy) == {"extra"}
    assert copy.stat().st_mode & 0o777 == 0o600


def _tables(database: Path) -> set[str]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {name for (name,) in rows}


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    database = tmp_path / "nvr.db"
    upgrade(f"sqlite:///{database}")
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'f00d'")
    connection.close()
    with pytest.raises(NvrError) as caught:
        upgrade(f"sqlite:///{database}")
    assert caught.value.code == "database_newer"


def test_the_command_migrates_the_server_of_its_environment(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    command_line = [sys.executable, "-m", "nvr_core.db.migrate"]
    subprocess.run(command_line, check=True, env=settings.to_env())
    assert settings.data.stat().st_mode & 0o777 == 0o700
    with sqlite3.connect(settings.database) as connection:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    connection.close()
    assert found == (HEAD,)
