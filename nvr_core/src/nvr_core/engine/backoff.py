"""When to dial again."""

from __future__ import annotations

import random
from collections.abc import Callable

_FIRST_S, _LAST_S = 0.1, 30.0
_LOCAL_LAST_S = 1.0
_REFUSED_S = 60.0
_REFUSALS = frozenset({"auth_failed", "config_error", "forbidden_url"})
_LOCAL = frozenset({"unavailable", "not_running"})


def is_refusal(code: str) -> bool:
    """Tell whether dialling again soon is pointless, or even locks the account."""
    return code in _REFUSALS or code.startswith("unsupported")


class Backoff:
    """Doubles from 0.1 s to 30 s, with jitter; to 1 s for a process of our own that is away."""

    def __init__(self, jitter: Callable[[], float] = random.random) -> None:
        self._jitter = jitter
        self._delay = _FIRST_S

    def succeeded(self) -> None:
        """The session worked for a while: begin anew."""
        self._delay = _FIRST_S

    def next(self, code: str) -> float:
        """Give the seconds to wait after a failure with this code."""
        if is_refusal(code):
            return _REFUSED_S
        delay = self._delay
        if code in _LOCAL:
            self._delay = min(self._delay * 2, _LOCAL_LAST_S)
        else:
            self._delay = min(self._delay * 2, _LAST_S)
        return min(delay, self._delay) * (0.75 + 0.5 * self._jitter())
