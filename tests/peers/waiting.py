"""Waiting for something with a deadline, instead of sleeping for luck."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def until(condition: Callable[[], T], seconds: float = 10.0) -> T:
    """Wait on the event loop until the condition holds; gives its value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"it did not happen within {seconds:g} s"
        await asyncio.sleep(0.02)
    return value


def wait_until(condition: Callable[[], T], seconds: float = 10.0) -> T:
    """Wait in a thread until the condition holds; gives its value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"it did not happen within {seconds:g} s"
        time.sleep(0.02)
    return value
