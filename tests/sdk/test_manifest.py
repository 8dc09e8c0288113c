"""The manifest: read without importing the plugin, refused with a reason."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from nvr_sdk.manifest import MANIFEST_NAME, ApiRange, load_manifest

GOOD = """
id = "nvr-example"
name = "Example"
[api]
min = 1
max = 2
[[contributions]]
kind = "event_sink"
id = "example"
title = "Example"
config_schema = "schemas/example.json"
"""


def write(directory: Path, text: str, schema: str = '{"type": "object"}') -> Path:
    (directory / "schemas").mkdir(exist_ok=True)
    (directory / "schemas/example.json").write_text(schema)
    (directory / MANIFEST_NAME).write_text(text)
    return directory


def test_schemas_are_read_and_defaults_filled_in(tmp_path: Path) -> None:
    manifest = load_manifest(write(tmp_path, GOOD))
    assert manifest.contributions[0].config_schema == {"type": "object"}
    assert manifest.runtime.memory_limit_mb == 1024
    assert manifest.permissions.network == "none"


@pytest.mark.parametrize(("version", "admitted"), [(0, False), (1, True), (2, True), (3, False)])
def test_api_range_includes_both_ends(version: int, admitted: bool) -> None:
    assert ApiRange(min=1, max=2).admits(version) is admitted


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('id = "nvr-example"', 'id = "NVR Example"'),
        ('name = "Example"', 'nmae = "Example"'),
        ("min = 1", 'min = "one"'),
        ('kind = "event_sink"', 'kind = "toaster"'),
        ('id = "example"', 'id = "Example!"'),
        ("[api]\nmin = 1\nmax = 2", ""),
        ('title = "Example"', 'title = ""'),
    ],
)
def test_invalid_manifest_is_refused(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(ValidationError):
        load_manifest(write(tmp_path, GOOD.replace(old, new)))


@pytest.mark.parametrize("path", ["../secret.json", "/etc/passwd", "schemas/../../secret.json"])
def test_schema_outside_the_plugin_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.json").write_text("{}")
    inside = tmp_path / "plugin"
    inside.mkdir()
    with pytest.raises(ValueError, match="leaves the plugin's directory"):
        load_manifest(write(inside, GOOD.replace("schemas/example.json", path)))


def test_broken_files_are_value_or_os_errors(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Expecting"):
        load_manifest(write(tmp_path, GOOD, schema="{"))
    with pytest.raises(ValueError, match="Invalid value"):
        load_manifest(write(tmp_path, "id = "))
    with pytest.raises(FileNotFoundError):
        load_manifest(write(tmp_path, GOOD.replace("example.json", "none.json")))


def test_test_plugins_are_as_their_names_say(site: Path) -> None:
    kit = load_manifest(site / "nvr_testkit")
    assert len(kit.contributions) == 6
    assert not load_manifest(site / "nvr_future").api.admits(1)
    with pytest.raises(ValidationError):
        load_manifest(site / "nvr_broken_manifest")
    assert "nvr_testkit" not in sys.modules
