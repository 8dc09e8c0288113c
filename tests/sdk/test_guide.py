"""The guide's ten-minute plugin works as it is printed."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import pytest

from nvr_sdk import schemas

GUIDE = Path(__file__).parents[2] / "docs/sdk/README.md"


@pytest.fixture
def diary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package, written from the guide's code blocks."""
    text = GUIDE.read_text()
    package = tmp_path / "nvr_diary"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "nvr-plugin.toml").write_text(block(text, "toml", 'id = "nvr-diary"'))
    (package / "plugin.py").write_text(block(text, "python", "class Diary:"))
    (tmp_path / "diary_tests.py").write_text(block(text, "python", "def test_contract"))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    importlib.invalidate_caches()
    return tmp_path


def block(text: str, language: str, containing: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    (found,) = [each for each in blocks if containing in each]
    return found


async def test_guide_works_as_printed(diary: Path) -> None:
    assert schemas.main(["nvr_diary"]) == 0
    tests = importlib.import_module("diary_tests")
    tests.test_contract()
    await tests.test_diary_is_written()
    for name in ("nvr_diary", "nvr_diary.plugin", "diary_tests"):
        sys.modules.pop(name, None)
