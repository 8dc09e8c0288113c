"""What plugin authors test with: the contract checks and the schemas command."""

from __future__ import annotations

import importlib
from importlib.metadata import distributions
from pathlib import Path

import pytest

from nvr_sdk import schemas
from nvr_sdk.testing import contract_problems

PLUGIN = '''
"""An example."""

from nvr_sdk import Health, PluginConfig, hookimpl
from pydantic import Field


class Config(PluginConfig):
    """Its configuration."""

    word: str = Field(default="x", title="Word", description="A word.")


class Sink:
    """A sink."""

    id = "example"
    config_model = Config
    topics = ("*",)

    async def setup(self, context, config): ...
    async def start(self): ...
    async def stop(self): ...
    async def health(self): return Health("ok")
    async def options(self, field, config): return []
    async def handle(self, event): ...


@hookimpl
def nvr_event_sinks():
    return [Sink]
'''
MANIFEST = """
id = "nvr-example"
name = "Example"
[api]
min = 1
max = 1
[[contributions]]
kind = "event_sink"
id = "example"
title = "Example"
config_schema = "schemas/example.json"
"""


class Author:
    """Writes a plugin package and changes it."""

    def __init__(self, directory: Path, name: str) -> None:
        self.package = name
        self.home = directory / name
        self.home.mkdir()
        (self.home / "__init__.py").write_text('"""An example."""\n')
        self.write(PLUGIN, MANIFEST)

    def write(self, plugin: str, manifest: str) -> None:
        (self.home / "plugin.py").write_text(plugin)
        (self.home / "nvr-plugin.toml").write_text(manifest)
        importlib.invalidate_caches()

    def make_schemas(self) -> None:
        assert schemas.main([self.package]) == 0


@pytest.fixture
def author(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Author:
    monkeypatch.syspath_prepend(str(tmp_path))
    return Author(tmp_path, f"nvr_example_{abs(hash(request.node.nodeid))}")


def test_kit_keeps_its_contract(importable: Path) -> None:
    assert contract_problems("nvr_testkit") == []


def test_kit_in_the_tree_has_current_schemas(importable: Path) -> None:
    assert schemas.main(["nvr_testkit", "--check"]) == 0


def test_installed_plugins_are_found_by_entry_point(importable: Path) -> None:
    points = [p for d in distributions(path=[str(importable)]) for p in d.entry_points]
    found = {point.name: point.value for point in points if point.group == "nvr.plugins"}
    assert found["nvr-testkit"] == "nvr_testkit.plugin"
    assert len(found) == 7
    assert schemas.hooks_module("nvr_testkit") == "nvr_testkit.plugin"


def test_schemas_are_written_then_checked(
    author: Author, capsys: pytest.CaptureFixture[str]
) -> None:
    assert schemas.main([author.package, "--check"]) == 1
    assert capsys.readouterr().out == "schemas/example.json\n"
    author.make_schemas()
    assert schemas.main([author.package, "--check"]) == 0
    assert contract_problems(author.package) == []


def test_hand_edited_schema_is_found(author: Author) -> None:
    author.make_schemas()
    path = author.home / "schemas/example.json"
    path.write_text(path.read_text().replace("A word.", "Another word."))
    assert schemas.main([author.package, "--check"]) == 1
    (problem,) = contract_problems(author.package)
    assert "example.json differs" in problem


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('title="Word", ', "", "Config.word has no title."),
        (', description="A word."', "", "Config.word has no description."),
        ('    async def health(self): return Health("ok")\n', "", "Sink has no 'health'."),
        ("    async def handle(self, event): ...\n", "", "Sink has no 'handle'."),
    ],
)
def test_code_that_breaks_the_contract_is_told(
    author: Author, old: str, new: str, problem: str
) -> None:
    assert old in PLUGIN
    author.write(PLUGIN.replace(old, new), MANIFEST)
    author.make_schemas()
    assert contract_problems(author.package) == [problem]


def test_ids_must_be_equal(author: Author) -> None:
    author.make_schemas()
    author.write(PLUGIN, MANIFEST.replace('id = "example"', 'id = "exampel"'))
    assert contract_problems(author.package) == [
        "The manifest names event_sink 'exampel', no hook returns it.",
        "A hook returns event_sink 'example', the manifest lacks it.",
    ]
    assert schemas.main([author.package]) == 2


def test_other_api_range_is_told(author: Author) -> None:
    author.make_schemas()
    author.write(PLUGIN, MANIFEST.replace("min = 1\nmax = 1", "min = 7\nmax = 8"))
    assert contract_problems(author.package) == [
        "The manifest does not admit plugin API version 1."
    ]


def test_broken_manifest_is_a_problem_not_a_crash(importable: Path) -> None:
    (problem,) = contract_problems("nvr_broken_manifest")
    assert problem.startswith("The manifest is not valid: ")


def test_unknown_package_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert schemas.main(["nvr_no_such_package"]) == 2
    assert "There is no package 'nvr_no_such_package' here." in capsys.readouterr().err
