"""What subcommands share: settings from options and environment, and how errors are shown."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from nvr_core.settings import Settings
from nvr_sdk.errors import NvrError


def make_settings(
    data: Path | None,
    plugin_path: Sequence[Path] | None = None,
    host: str = "0.0.0.0",
    port: int = 8080,
) -> Settings:
    """Put options before the environment, and that before the defaults."""
    paths = os.environ.get("NVR_PLUGIN_PATHS", "").split(os.pathsep)
    paths += map(str, plugin_path or ())
    return Settings(
        data=(data or Path(os.environ.get("NVR_DATA") or "data")).resolve(),
        host=host,
        port=port,
        plugin_paths=tuple(Path(p).resolve() for p in paths if p),
        database_url=os.environ.get("NVR_DATABASE_URL", ""),
    )


@contextmanager
def errors_shown() -> Iterator[None]:
    """End the command with status 1 and a sentence when an `NvrError` is raised."""
    try:
        yield
    except NvrError as error:
        lines = [f"nvr: {error.message}"]
        lines += [f"  {field.path}: {field.message}" for field in error.fields]
        sys.stderr.write("\n".join(lines) + "\n")
        raise SystemExit(1) from None
