"""Skips are said aloud; as root, who can install everything, only the listed ones pass."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

_ALLOWED = Path(__file__).with_name("allowed_skips.txt")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List what was skipped, and mark what must not be."""
    skips = _skips(terminalreporter)
    if skips:
        terminalreporter.section("skips")
    for test, reason in skips:
        mark = "" if _allowed(reason) else "  <- not in allowed_skips.txt"
        terminalreporter.write_line(f"{test}: {reason}{mark}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run as root that skipped something for an unlisted reason."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or os.geteuid() != 0:
        return
    if session.exitstatus == pytest.ExitCode.OK and any(
        not _allowed(reason) for _, reason in _skips(reporter)
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _skips(reporter: pytest.TerminalReporter) -> list[tuple[str, str]]:
    skipped = []
    for report in reporter.stats.get("skipped", []):
        text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        skipped.append((report.nodeid, text.removeprefix("Skipped: ")))
    return skipped


def _allowed(reason: str) -> bool:
    lines = _ALLOWED.read_text(encoding="utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    return any(re.fullmatch(pattern, reason) for pattern in patterns)
