"""Finding plugins without importing them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from core.plugins.plugin_server import CONTRIBUTION, INSTALLER, MANIFEST, write_plugin
from nvr_core.plugins.discovery import FoundPlugin, discover
from nvr_core.settings import Settings

BOOM = "raise SystemExit('imported')\n"
GOOD = {
    "__init__.py": BOOM,
    "plugin.py": BOOM,
    "nvr-plugin.toml": MANIFEST.format(id="nvr-one") + CONTRIBUTION,
    "sink.json": "{}",
}


def found(*sites: Path) -> dict[str, FoundPlugin]:
    settings = Settings(data=Path("/nonexistent"), plugin_paths=sites)
    return {plugin.id: plugin for plugin in discover(settings)}


def problem(site: Path, **changes: str | None) -> FoundPlugin:
    """Discover the good plugin with some of its files changed or taken away."""
    files = {**GOOD, **{name.replace("__", "."): text for name, text in changes.items()}}
    write_plugin(site, "nvr-one", {k: v for k, v in files.items() if v is not None})
    plugin = found(site)["nvr-one"]
    assert plugin.manifest is None
    assert plugin.reason.endswith(".")
    return plugin


def test_a_good_plugin_is_known_without_an_import(tmp_path: Path) -> None:
    write_plugin(tmp_path, "nvr-one", GOOD, version="2.5")
    plugin = found(tmp_path)["nvr-one"]
    assert (plugin.problem, plugin.reason) == ("", "")
    assert (plugin.version, plugin.distribution) == ("2.5", "nvr-one")
    assert (plugin.module, plugin.search_path) == ("nvr_one.plugin", tmp_path)
    assert [each.id for each in plugin.contributions] == ["sink"]
    assert "nvr_one" not in sys.modules


def test_the_plugins_of_this_environment_are_found_too() -> None:
    # nvr-demo is installed in an editable way, as plugins are while they are written.
    demo = found()["nvr-demo"]
    assert (demo.problem, demo.search_path, demo.module) == ("", None, "nvr_demo.plugin")


def test_an_environment_made_by_pip_is_found(tmp_path: Path) -> None:
    """The same on ``sys.path`` of a fresh interpreter, as after ``pip install`` of a wheel."""
    write_plugin(tmp_path, "nvr-one", GOOD)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from nvr_core.plugins.discovery import discover\n"
        "from nvr_core.settings import Settings\n"
        "[p] = [p for p in discover(Settings(data=Path('/x'))) if p.id == 'nvr-one']\n"
        "print(p.problem or 'fine', 'nvr_one' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["fine", "False"]


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ("id = ", "not valid TOML"),
        (MANIFEST.format(id="nvr-other"), "contributions"),
        (MANIFEST.format(id="nvr-other") + CONTRIBUTION, "both must bear the same id"),
        (MANIFEST.format(id="nvr-one") + CONTRIBUTION + "colour = 'red'", "colour"),
        (
            MANIFEST.format(id="nvr-one") + CONTRIBUTION.replace("sink.json", "../../x.json"),
            "leaves the plugin's directory",
        ),
        (
            MANIFEST.format(id="nvr-one") + CONTRIBUTION.replace("sink.json", "none.json"),
            "holds no none.json",
        ),
    ],
)
def test_a_broken_manifest_is_a_reason(tmp_path: Path, manifest: str, words: str) -> None:
    plugin = problem(tmp_path, **{"nvr-plugin.toml": manifest})
    assert plugin.problem == "failed"
    assert words in plugin.reason


def test_a_missing_manifest_package_or_schema_is_a_reason(tmp_path: Path) -> None:
    plugin = problem(tmp_path / "a", **{"nvr-plugin.toml": None})
    assert "holds no nvr-plugin.toml" in plugin.reason
    plugin = problem(tmp_path / "b", **{"sink.json": "{"})
    assert "cannot be read" in plugin.reason
    write_plugin(tmp_path / "c", "nvr-one", GOOD)
    for path in (tmp_path / "c" / "nvr_one").iterdir():
        path.unlink()
    (tmp_path / "c" / "nvr_one").rmdir()
    assert "no package" in found(tmp_path / "c")["nvr-one"].reason


@pytest.mark.parametrize(
    ("range_", "words"),
    [("min = 2\nmax = 3", "update the server"), ("min = 7\nmax = 7", "plugin API 7;")],
)
def test_another_plugin_api_is_incompatible(tmp_path: Path, range_: str, words: str) -> None:
    manifest = (MANIFEST.format(id="nvr-one") + CONTRIBUTION).replace("min = 1\nmax = 1", range_)
    plugin = problem(tmp_path, **{"nvr-plugin.toml": manifest})
    assert plugin.problem == "incompatible"
    assert words in plugin.reason
    # A later API may have words in the manifest that this server has never heard of.
    plugin = problem(tmp_path, **{"nvr-plugin.toml": "news = 1\n" + manifest})
    assert plugin.problem == "incompatible"


def test_an_id_that_two_distributions_claim_is_refused(tmp_path: Path) -> None:
    write_plugin(tmp_path, "nvr-one", GOOD)
    write_plugin(tmp_path, "nvr-two", GOOD)
    points = tmp_path / "nvr_two-1.0.dist-info" / "entry_points.txt"
    points.write_text("[nvr.plugins]\nnvr-one = nvr_two.plugin\n")
    plugin = found(tmp_path)["nvr-one"]
    assert plugin.problem == "failed"
    assert "nvr-one, nvr-two" in plugin.reason


def test_the_first_of_two_copies_counts_as_for_python(tmp_path: Path) -> None:
    write_plugin(tmp_path / "new", "nvr-one", GOOD, version="2.0")
    write_plugin(tmp_path / "old", "nvr-one", GOOD, version="1.0")
    assert found(tmp_path / "new", tmp_path / "old")["nvr-one"].version == "2.0"


def test_the_id_of_the_core_is_reserved(tmp_path: Path) -> None:
    write_plugin(tmp_path, "core", GOOD)
    assert "reserved" in found(tmp_path)["core"].reason


def test_damaged_metadata_of_other_distributions_does_no_harm(tmp_path: Path) -> None:
    write_plugin(tmp_path, "nvr-one", GOOD)
    for name, files in {
        "empty-1.0.dist-info": {},
        "binary-1.0.dist-info": {"METADATA": b"Name: binary\n", "entry_points.txt": b"\xff\xfe"},
        "broken-1.0.dist-info": {"METADATA": b"Name: broken\n", "entry_points.txt": b"[x\ny"},
    }.items():
        (tmp_path / name).mkdir()
        for file, content in files.items():
            (tmp_path / name / file).write_bytes(content)
    assert found(tmp_path)["nvr-one"].problem == ""


def test_the_misbehaving_test_plugins_are_found_and_not_imported(tmp_path: Path) -> None:
    INSTALLER.install(tmp_path, *INSTALLER.ALL)
    plugins = found(tmp_path)
    assert {name: plugins[name].problem for name in INSTALLER.ALL} == {
        "nvr-testkit": "",
        "nvr-raises": "",
        "nvr-hangs": "",
        "nvr-leaks": "",
        "nvr-segfaults": "",
        "nvr-broken-manifest": "failed",
        "nvr-future": "incompatible",
    }
    assert not {name.replace("-", "_") for name in INSTALLER.ALL} & set(sys.modules)
