"""Pre-built schemas of a plugin: ``python -m nvr_sdk.schemas <package> [--check]``.

Writes the JSON files that the package's ``nvr-plugin.toml`` names, from the pydantic models of its
components; with ``--check`` it only says which are missing or differ, and exits with 1.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nvr_sdk.config import PluginConfig, config_schema
from nvr_sdk.errors import NvrError
from nvr_sdk.manifest import MANIFEST_NAME
from nvr_sdk.worker.activation import Brought, collect

_MODEL_OF_SCHEMA = {"config_schema": "config_model", "camera_schema": "camera_model"}
ENTRY_POINT_GROUP = "nvr.plugins"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m nvr_sdk.schemas", description=__doc__)
    parser.add_argument("package", help="top-level package that holds nvr-plugin.toml")
    parser.add_argument("--module", help="module with the hooks (default: the entry point's)")
    parser.add_argument("--check", action="store_true", help="change nothing, report differences")
    options = parser.parse_args(arguments)
    try:
        directory = package_directory(options.package)
        files = expected_files(directory, collect(options.module or hooks_module(options.package)))
        differing = [path for path, text in files.items() if _read(path) != text]
    except (NvrError, OSError, ValueError, ImportError) as error:
        print(f"{options.package}: {error}", file=sys.stderr)  # noqa: T201
        return 2
    for path in differing:
        print(path.relative_to(directory))  # noqa: T201
    if options.check:
        return 1 if differing else 0
    for path in differing:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path], encoding="utf-8")
    return 0


def package_directory(package: str) -> Path:
    """Find a package's directory without importing it; raises `NvrError` ``unknown_package``."""
    spec = find_spec(package.partition(".")[0])
    if spec is None or not spec.submodule_search_locations:
        raise NvrError("unknown_package", f"There is no package {package!r} here.")
    return Path(spec.submodule_search_locations[0])


def hooks_module(package: str) -> str:
    """Name the module with the plugin's hooks: its entry point's, else ``<package>.plugin``."""
    for point in entry_points(group=ENTRY_POINT_GROUP):
        if point.module.partition(".")[0] == package:
            return point.module
    return f"{package}.plugin"


def expected_files(directory: Path, brought: tuple[Brought, ...]) -> dict[Path, str]:
    """Give the schema files that the manifest names, with the text they should hold."""
    document = tomllib.loads((directory / MANIFEST_NAME).read_text(encoding="utf-8"))
    classes = {each.component.id: each.component for each in brought}
    return dict(_files(directory, document, classes))


def _files(
    directory: Path, document: dict[str, Any], classes: dict[str, Any]
) -> Iterator[tuple[Path, str]]:
    for contribution in document.get("contributions", ()):
        identity = contribution.get("id")
        if identity not in classes:
            raise NvrError("unknown_component", f"No component has the id {identity!r}.")
        for key, attribute in (
            ("config_schema", "config_model"),
            ("camera_schema", "camera_model"),
        ):
            name = contribution.get(key)
            if isinstance(name, str):
                yield directory / name, schema_text(getattr(classes[identity], attribute))


def schema_text(model: type[PluginConfig]) -> str:
    """Give a model's schema as it is stored. The order of fields is the order of the form."""
    return json.dumps(config_schema(model), indent=2, ensure_ascii=False) + "\n"


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main())
