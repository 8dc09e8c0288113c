"""Servers for the whole-server tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from system.server import NvrServer, running_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NvrServer]:
    """A running server with an admin account and no camera."""
    with running_server(tmp_path / "data") as running:
        yield running
