"""Which hardware really decodes: FFmpeg's own list proves nothing, a decoded frame does."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Device:
    """One kind of hardware that FFmpeg was built for."""

    name: str
    """FFmpeg's name, e.g. ``cuda``."""
    works: bool
    reason: str = ""
    """Why it does not work."""


def usable_devices() -> tuple[Device, ...]:
    """Try each kind of hardware in a process of its own, as drivers crash and hang."""
    import av.codec.hwaccel

    return tuple(_try(name) for name in av.codec.hwaccel.hwdevices_available())


def _try(name: str) -> Device:
    command = [sys.executable, "-m", "nvr_core.cli.hardware_probe", name]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return Device(name, False, f"no picture within {_TIMEOUT_S} s")
    if done.returncode != 0:
        return Device(name, False, f"its probe ended with {done.returncode}")
    answer = json.loads(done.stdout)
    return Device(name, bool(answer["works"]), str(answer["reason"]))
