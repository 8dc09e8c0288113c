"""The command ``nvr``. Each subcommand imports what it needs when it runs."""

from __future__ import annotations

import os


def main() -> None:
    """Entry point of the command ``nvr``."""
    # rich would double the time that a plain `nvr serve` takes to begin.
    os.environ.setdefault("TYPER_USE_RICH", "0")
    from nvr_core.cli.app import app

    app()
