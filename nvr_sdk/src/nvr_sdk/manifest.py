"""The static manifest ``nvr-plugin.toml``: what is known of a plugin without importing it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

MANIFEST_NAME = "nvr-plugin.toml"
"""File name of the manifest inside a plugin's top-level package."""

API_VERSION = 1
"""Version of the plugin API this SDK speaks."""

ContributionKind = Literal["camera_source", "recorder", "detector", "event_sink", "api_routes"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ApiRange(_Strict):
    """Plugin API versions that a plugin works with, both ends included."""

    min: int = Field(ge=1, description="Oldest plugin API version it works with.")
    max: int = Field(ge=1, description="Newest plugin API version it works with.")

    def admits(self, version: int) -> bool:
        """Tell whether ``version`` lies in the range."""
        return self.min <= version <= self.max


class Runtime(_Strict):
    """How the plugin is run."""

    memory_limit_mb: int = Field(
        default=1024, ge=64, description="Resident memory in MiB past which the worker is ended."
    )
    setup_timeout_s: float = Field(
        default=30.0, gt=0, le=600, description="Seconds that import and setup may take."
    )


class Permissions(_Strict):
    """What the plugin asks for; shown to the user before it is enabled."""

    network: Literal["none", "local", "any"] = Field(
        default="none", description="Network reach it needs."
    )
    devices: tuple[str, ...] = Field(
        default=(), description="Device files it needs, e.g. /dev/dri."
    )


class Contribution(_Strict):
    """One component that the plugin brings, with the pre-built schema of its forms."""

    kind: ContributionKind = Field(description="What it is.")
    id: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$", description="Unique inside the plugin.")
    title: str = Field(min_length=1, max_length=80, description="Name shown to the user.")
    description: str = Field(default="", max_length=500, description="One sentence for the user.")
    config_schema: dict[str, Any] = Field(description="JSON Schema of the component's config.")
    camera_schema: dict[str, Any] | None = Field(
        default=None, description="JSON Schema of one camera's config (camera sources only)."
    )


class ModelFile(_Strict):
    """A file of model weights that the plugin downloads when the user asks for it."""

    name: str = Field(description="File name.")
    url: str = Field(description="Where it is downloaded from.")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="Its SHA-256.")
    license: str = Field(description="SPDX id or name of its licence.")


class Manifest(_Strict):
    """The whole of ``nvr-plugin.toml``."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{1,63}$", description="Id; the entry point's name.")
    name: str = Field(min_length=1, max_length=80, description="Name shown to the user.")
    description: str = Field(default="", max_length=500, description="One sentence for the user.")
    license: str = Field(default="", description="SPDX id of the plugin's licence.")
    homepage: str = Field(default="", description="URL of the plugin's home page.")
    api: ApiRange = Field(description="Plugin API versions it works with.")
    runtime: Runtime = Field(default_factory=Runtime, description="How it is run.")
    permissions: Permissions = Field(default_factory=Permissions, description="What it asks for.")
    contributions: tuple[Contribution, ...] = Field(description="The components it brings.")
    models: tuple[ModelFile, ...] = Field(default=(), description="Model files it can download.")


def load_manifest(directory: Path) -> Manifest:
    """Read ``nvr-plugin.toml`` in ``directory`` and the schema files it names.

    In the file, ``config_schema`` and ``camera_schema`` are paths of JSON files relative to the
    manifest; here they are replaced by their contents. Raises `OSError`, `ValueError` (TOML or
    JSON syntax, a path that leaves the directory) or pydantic's `ValidationError`.
    """
    document = tomllib.loads((directory / MANIFEST_NAME).read_text(encoding="utf-8"))
    for contribution in document.get("contributions", ()):
        for key in ("config_schema", "camera_schema"):
            if isinstance(contribution, dict) and isinstance(contribution.get(key), str):
                contribution[key] = _read_schema(directory, contribution[key])
    return Manifest.model_validate(document)


def _read_schema(directory: Path, name: str) -> Any:
    path = (directory / name).resolve()
    if not path.is_relative_to(directory.resolve()):
        raise ValueError(f"schema path {name!r} leaves the plugin's directory")
    return json.loads(path.read_text(encoding="utf-8"))
