"""The database layout this code works with. Imports nothing, so that a supervisor can compare."""

from __future__ import annotations

HEAD: str = "0001"
"""Alembic's head revision; the one row of ``alembic_version`` in an up-to-date database."""
