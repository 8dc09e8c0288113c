"""The command ``nvr`` as people call it: in a process of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import nvr_core
from nvr_core.db.engine import Database
from nvr_core.security.accounts import Accounts
from nvr_core.security.passwords import Passwords
from nvr_core.settings import Settings


def nvr(*arguments: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nvr_core.cli", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={**os.environ, **env},
    )


def test_version() -> None:
    assert nvr("version").stdout == f"{nvr_core.__version__}\n"


def test_help_names_every_command() -> None:
    text = nvr("--help").stdout
    for command in ("serve", "check", "plugin", "user", "version"):
        assert command in text


def test_check_finds_what_it_needs_and_says_what_it_found(tmp_path: Path) -> None:
    done = nvr("check", "--data", str(tmp_path), "--port", "0", "--json")
    results = {(r["name"], r["state"]): r["message"] for r in json.loads(done.stdout)}
    assert done.returncode == 0
    assert "libavcodec" in results["ffmpeg", "ok"]
    assert "3.1" in results["python", "ok"]
    assert "none yet" in results["database", "ok"]
    assert any(name == "hardware" for name, _ in results)
    assert list(tmp_path.iterdir()) == []


def test_check_fails_on_a_damaged_database(tmp_path: Path) -> None:
    (tmp_path / "nvr.db").write_bytes(b"SQLite format 3\0" + b"damaged" * 1000)
    done = nvr("check", "--data", str(tmp_path), "--port", "0")
    assert done.returncode == 1
    assert "failed  database" in done.stdout


def test_check_names_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = nvr("check", "--data", str(tmp_path), "--port", port)
    assert f"Port {port} is in use" in done.stdout


def test_plugins_are_listed_without_running_them(tmp_path: Path) -> None:
    site = tmp_path / "site"
    package = site / "nvr_rude"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('the plugin was imported')")
    (package / "nvr-plugin.toml").write_text("not = [toml")
    info = site / "nvr_rude-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: nvr-rude\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[nvr.plugins]\nnvr-rude = nvr_rude.plugin\n")
    done = nvr("plugin", "list", "--plugin-path", str(site), "--json")
    rows = {row["id"]: row for row in json.loads(done.stdout)}
    assert done.returncode == 0
    assert rows["nvr-rude"]["version"] == "1.2"
    assert rows["nvr-rude"]["problem"] == "failed"
    assert rows["nvr-demo"]["problem"] == ""


def test_a_user_is_added_once_and_can_log_in(tmp_path: Path) -> None:
    arguments = ("user", "add", "ann", "--password-stdin", "--data", str(tmp_path))
    assert nvr(*arguments, stdin="correct horse\n").returncode == 0
    database = Database(Settings(data=tmp_path).effective_database_url)
    accounts = Accounts(database, Passwords(), clock=lambda: 0)
    assert accounts.verify("ann", "correct horse") is not None
    assert accounts.verify("ann", "wrong horse") is None
    database.close()
    again = nvr(*arguments, stdin="correct horse\n")
    assert again.returncode == 1
    assert "There is a user 'ann' already" in again.stderr


def test_a_short_password_is_refused_with_the_reason(tmp_path: Path) -> None:
    done = nvr("user", "add", "ann", "--password-stdin", "--data", str(tmp_path), stdin="short\n")
    assert done.returncode == 1
    assert "8" in done.stderr
    assert "Traceback" not in done.stderr


def test_serve_says_what_is_wrong_with_the_data_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = nvr("serve", "--data", str(tmp_path / "file" / "data"), "--port", "0")
    assert done.returncode == 1
    assert "--data" in done.stderr
    assert "Traceback" not in done.stderr
