from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest_asyncio

from nvr_core.processes import ProcessSpec, ProcessStatus
from nvr_core.supervisor.keeper import Keeper
from nvr_core.supervisor.managed import Managed, Surroundings


@dataclass
class Rig:
    """A keeper of real processes, with what it reported."""

    keeper: Keeper
    lines: list[tuple[str, str]]
    states: list[tuple[str, str]]

    def status(self, name: str) -> ProcessStatus:
        return next(p for p in self.keeper.list().processes if p.name == name)

    def python(self, name: str, code: str, **more) -> ProcessSpec:
        return ProcessSpec(name, (sys.executable, "-I", "-S", "-c", code), **more)


@pytest_asyncio.fixture
async def rig() -> AsyncIterator[Rig]:
    lines: list[tuple[str, str]] = []
    states: list[tuple[str, str]] = []

    def changed(managed: Managed) -> None:
        states.append((managed.spec.name, managed.state))

    keeper = Keeper(
        Surroundings(
            environment=dict(os.environ),
            on_change=changed,
            on_line=lambda name, line: lines.append((name, line)),
            random=lambda: 0.0,
        )
    )
    yield Rig(keeper, lines, states)
    await keeper.stop(keeper.names(), grace=0.2)
