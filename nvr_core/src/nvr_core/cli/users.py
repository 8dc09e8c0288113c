"""``nvr user add``."""

from __future__ import annotations

import time

from nvr_core.db.engine import Database
from nvr_core.security.accounts import Accounts
from nvr_core.security.passwords import Passwords
from nvr_core.settings import Settings
from nvr_core.supervisor.data_dir import migrate, prepare


def add_user(settings: Settings, name: str, password: str) -> None:
    """Make an account in the server's database, also while the server runs.

    Raises `NvrError` ``user_exists`` or ``validation_failed``.
    """
    prepare(settings)
    migrate(settings)
    database = Database(settings.effective_database_url)
    try:
        accounts = Accounts(database, Passwords(), clock=lambda: time.time_ns() // 1000)
        accounts.create(name, password)
    finally:
        database.close()
