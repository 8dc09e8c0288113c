"""The command ``nvr``. Each subcommand imports what it needs when it runs."""

from __future__ import annotations

import os
import sys

from nvr_core.cli import _plain_serve


def main() -> None:
    """Entry point of the command ``nvr``."""
    options = _plain_serve.read(sys.argv[1:])
    if options is not None:
        _serve(options)
        return
    # rich would double the time that a command takes to begin.
    os.environ.setdefault("TYPER_USE_RICH", "0")
    from nvr_core.cli.app import app

    app()


def _serve(options: _plain_serve.ServeOptions) -> None:
    from nvr_core.cli._surroundings import errors_shown, make_settings
    from nvr_core.supervisor.serve import serve

    with errors_shown():
        serve(make_settings(options.data, options.plugin_path, options.host, options.port))
