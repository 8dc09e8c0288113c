"""The sockets' directory of a server whose data lie too deep for socket paths."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from nvr_core.settings import Settings
from nvr_core.supervisor.data_dir import clear_run, prepare
from nvr_sdk.errors import NvrError


@pytest.fixture
def deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    temporary = tmp_path / "t"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    return Settings(data=tmp_path / ("d" * 80))


def test_it_goes_with_the_server(deep: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(deep)
    assert not deep.run.is_relative_to(deep.data)
    assert deep.run.stat().st_mode & 0o777 == 0o700
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir(deep.run)
        listener.bind("engine.sock")
    clear_run(deep)
    assert not deep.run.exists()


def test_a_link_that_somebody_put_there_is_refused(deep: Settings, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir(mode=0o755)
    deep.run.symlink_to(target)
    with pytest.raises(NvrError, match="cannot be used"):
        prepare(deep)
    assert target.stat().st_mode & 0o777 == 0o755
