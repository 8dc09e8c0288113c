"""What Linux says about processes: memory and processor time of a child with its descendants."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process and its descendants use together."""

    rss_bytes: int = 0
    cpu_seconds: float = 0.0


def usage_by_session(sessions: Collection[int], proc: Path = Path("/proc")) -> Mapping[int, Usage]:
    """Sum up the processes of each session in one walk over ``/proc``.

    Every child of the supervisor leads a session of its own, so this finds its descendants also
    when their own parents are gone.
    """
    wanted = set(sessions)
    found = dict.fromkeys(wanted, Usage())
    for entry in os.scandir(proc):
        if not entry.name.isdigit():
            continue
        try:
            fields = Path(entry.path, "stat").read_bytes().rpartition(b") ")[2].split()
        except OSError:
            continue
        session = int(fields[3])
        if session in wanted:
            known = found[session]
            found[session] = Usage(
                known.rss_bytes + int(fields[21]) * _PAGE,
                known.cpu_seconds + (int(fields[11]) + int(fields[12])) / _TICKS,
            )
    return found
