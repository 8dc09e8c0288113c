"""Alembic's entry point; `nvr_core.db.migrate` hands the connection over, no ini file is read."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection
from sqlmodel import SQLModel

from nvr_core.db import models  # noqa: F401  (fills the metadata)


def run() -> None:
    """Run the migrations in one transaction on the connection given."""
    connection = context.config.attributes.get("connection")
    if not isinstance(connection, Connection):
        raise RuntimeError("run `python -m nvr_core.db.migrate`: it makes the connection")
    context.configure(
        connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True
    )
    with context.begin_transaction():
        context.run_migrations()


run()
