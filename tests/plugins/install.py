"""Makes a site directory of test plugins, as pip would, without a network or a build.

::

    site = install(tmp_path / "site", "nvr-testkit", "nvr-raises")

The directory holds each package beside a ``.dist-info`` with its entry points, so it is found by
`importlib.metadata` on that path. Also a command: ``python tests/plugins/install.py DIR NAME…``.
"""

from __future__ import annotations

import shutil
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
GOOD = ("nvr-testkit",)
MISBEHAVING = ("nvr-raises", "nvr-hangs", "nvr-leaks", "nvr-segfaults")
NOT_RUNNABLE = ("nvr-broken-manifest", "nvr-future")
ALL = GOOD + MISBEHAVING + NOT_RUNNABLE


def install(site: Path, *names: str) -> Path:
    """Put the named distributions into a site directory and give it back."""
    site.mkdir(parents=True, exist_ok=True)
    for name in names:
        _install_one(site, HERE / name)
    return site


def _install_one(site: Path, source: Path) -> None:
    project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
    package = project["name"].replace("-", "_")
    shutil.copytree(
        source / "src" / package,
        site / package,
        ignore=shutil.ignore_patterns("__pycache__"),
        dirs_exist_ok=True,
    )
    info = site / f"{package}-{project['version']}.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        f"Summary: {project['description']}\n"
    )
    (info / "entry_points.txt").write_text(_entry_points(project.get("entry-points", {})))
    (info / "INSTALLER").write_text("nvr-tests\n")
    (info / "RECORD").write_text("".join(f"{path},,\n" for path in _files(site, package, info)))


def _entry_points(groups: dict[str, dict[str, str]]) -> str:
    return "".join(
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
        for group, points in groups.items()
    )


def _files(site: Path, package: str, info: Path) -> list[str]:
    files = [path for directory in (site / package, info) for path in directory.rglob("*")]
    return sorted(str(path.relative_to(site)) for path in files if path.is_file())


if __name__ == "__main__":
    print(install(Path(sys.argv[1]), *(sys.argv[2:] or ALL)))
