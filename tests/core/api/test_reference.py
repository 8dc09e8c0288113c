"""The reference pages say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from nvr_core.api.error_codes import STATUS
from nvr_core.events.topics import TOPICS

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


def _rows(name: str) -> list[list[str]]:
    lines = (REFERENCE / name).read_text(encoding="utf-8").splitlines()
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if "| " in line
    ]
    return [row for row in cells if row[0].startswith("`")]


def test_every_error_code_is_explained() -> None:
    rows = _rows("errors.md")
    assert {row[0].strip("`"): int(row[1]) for row in rows} == STATUS
    assert all(row[2] for row in rows)


def test_every_topic_and_its_keys_are_listed() -> None:
    listed = {
        row[0].strip("`"): tuple(re.findall(r"`([a-z_]+)`", row[2])) for row in _rows("events.md")
    }
    assert listed == dict(TOPICS)
