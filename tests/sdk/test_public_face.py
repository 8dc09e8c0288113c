"""What the SDK shows: its names, its documentation, and what importing it costs."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import nvr_sdk

ROOT = Path(nvr_sdk.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))

ALL = [
    "API_VERSION",
    "AccessUnit",
    "AddressSource",
    "ApiRoutes",
    "AudioTrack",
    "AuthFailed",
    "Box",
    "CameraSource",
    "Component",
    "ConfigError",
    "Contribution",
    "Detection",
    "Detector",
    "DetectorSpec",
    "Event",
    "EventSink",
    "FieldError",
    "FrameReader",
    "FrameView",
    "Health",
    "Manifest",
    "NvrError",
    "Option",
    "PluginConfig",
    "PluginContext",
    "ProbeResult",
    "ProbedStream",
    "PushSource",
    "Recorder",
    "RecordingSession",
    "Secret",
    "StreamAddress",
    "StreamInfo",
    "StreamRequest",
    "StreamWriter",
    "VideoTrack",
    "config_schema",
    "hint",
    "hookimpl",
    "hookspec",
    "load_manifest",
]
HOOKS = [
    "nvr_camera_sources",
    "nvr_recorders",
    "nvr_detectors",
    "nvr_event_sinks",
    "nvr_api_routes",
]


def test_names_are_pinned() -> None:
    """A change here is a change of the plugin API: think of API_VERSION and the changelog."""
    assert nvr_sdk.__all__ == ALL


def test_every_name_can_be_had_and_lies_where_the_table_says() -> None:
    assert sorted(nvr_sdk._HOME) == sorted(ALL)
    for name, home in nvr_sdk._HOME.items():
        assert getattr(nvr_sdk, name) is getattr(importlib.import_module(f"nvr_sdk.{home}"), name)


def test_type_checkers_see_the_same_names_as_programs() -> None:
    tree = ast.parse((ROOT / "__init__.py").read_text())
    (block,) = [n for n in tree.body if isinstance(n, ast.If)]
    seen = {
        alias.name: node.module.removeprefix("nvr_sdk.")
        for node in block.body
        for alias in node.names
        if alias.asname == alias.name
    }
    assert seen == nvr_sdk._HOME


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = nvr_sdk.nothing_of_the_kind


@pytest.mark.parametrize(
    ("modules", "unwanted"),
    [
        ("nvr_sdk.wire, nvr_sdk.messages, nvr_sdk.rpc", {"pydantic", "numpy", "pluggy"}),
        ("nvr_sdk.worker.streams", {"pydantic", "numpy", "pluggy"}),
        ("nvr_sdk.manifest", {"numpy", "pluggy"}),
        ("nvr_sdk.worker.service", {"numpy", "uvicorn", "fastapi", "av", "cv2"}),
    ],
)
def test_import_is_cheap(modules: str, unwanted: set[str]) -> None:
    code = f"import sys, {modules}; print(*sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    loaded = {name.partition(".")[0] for name in output.split()}
    assert not loaded & unwanted


def test_all_hooks_are_known_here_and_documented_in_the_guide() -> None:
    tree = ast.parse((ROOT / "hookspecs.py").read_text())
    assert [n.name for n in tree.body if isinstance(n, ast.FunctionDef)] == HOOKS
    guide = (ROOT.parents[2] / "docs/sdk/README.md").read_text()
    assert [hook for hook in HOOKS if f"`{hook}`" not in guide] == []


def test_every_public_name_of_the_api_is_in_the_guide() -> None:
    guide = (ROOT.parents[2] / "docs/sdk/README.md").read_text()
    assert [name for name in ALL if not re.search(rf"\b{name}s?\b", guide)] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_everything_public_is_documented(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), "the module"
    assert list(undocumented(tree)) == []


def test_the_check_finds_what_is_not_documented() -> None:
    code = (
        "class A:\n    '''A.'''\n    x: int\n    y: int = 2\n    '''Y.'''\n"
        "    def f(self): pass\n    def _g(self): pass\nclass _B:\n    z: int\ndef h(): pass\n"
    )
    assert list(undocumented(ast.parse(code))) == ["h", "A.x", "A.f"]


def undocumented(tree: ast.Module) -> Iterator[str]:
    yield from (node.name for node in tree.body if is_bare_function(node))
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            if not ast.get_docstring(node):
                yield node.name
            yield from members(node)


def members(owner: ast.ClassDef) -> Iterator[str]:
    for node, after in zip(owner.body, [*owner.body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
            if not (name.startswith("_") or is_text(after) or has_description(node)):
                yield f"{owner.name}.{name}"
        elif is_bare_function(node):
            yield f"{owner.name}.{node.name}"


def is_bare_function(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    )


def is_text(node: ast.stmt | None) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def has_description(node: ast.AnnAssign) -> bool:
    """Fields of pydantic models say it in ``Field(description=…)``."""
    return isinstance(node.value, ast.Call) and any(
        keyword.arg == "description" for keyword in node.value.keywords
    )
