"""Slows down guessing: too many failures from one place or against one account are refused."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from nvr_sdk.errors import NvrError

WINDOW_S = 15 * 60
PER_ACCOUNT_AND_ADDRESS = 5
PER_ADDRESS = 20
PER_ACCOUNT = 50
"""Higher than the others: a stranger must not lock the owner out with five wrong guesses."""
_MAX_KEYS = 10_000


class TooManyAttempts(NvrError):
    """Refused without looking at the password; ``retry_after_s`` says when to come back."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            "too_many_attempts",
            f"Too many failed attempts: try again in {max(1, round(retry_after_s / 60))} minutes.",
        )
        self.retry_after_s = retry_after_s


class Throttle:
    """Counts failures in a sliding window. Use it on one event loop; it never blocks."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures: dict[tuple[str, str], deque[float]] = {}

    def attempt(self, account: str, address: str) -> None:
        """Count an attempt as a failure until it has `succeeded`; raises `TooManyAttempts`.

        Counted before the password is looked at: attempts made at once cannot slip through.
        """
        now = self._clock()
        for key, limit in _keys(account, address):
            times = self._recent(key, now)
            if len(times) >= limit:
                raise TooManyAttempts(int(times[-limit] + WINDOW_S - now) + 1)
        for key, limit in _keys(account, address):
            if key not in self._failures and len(self._failures) >= _MAX_KEYS:
                self._forget_old(now)
            self._failures.setdefault(key, deque(maxlen=limit)).append(now)

    def succeeded(self, account: str, address: str) -> None:
        """Take the last attempt back, and all failures of this account from this address."""
        first, *others = (key for key, _ in _keys(account, address))
        self._failures.pop(first, None)
        for key in others:
            times = self._failures.get(key)
            if times:
                times.pop()

    def _recent(self, key: tuple[str, str], now: float) -> deque[float]:
        times = self._failures.get(key)
        if times is None:
            return deque()
        while times and times[0] <= now - WINDOW_S:
            times.popleft()
        if not times:
            del self._failures[key]
        return times

    def _forget_old(self, now: float) -> None:
        for key in list(self._failures):
            self._recent(key, now)
        while len(self._failures) >= _MAX_KEYS:
            self._failures.pop(next(iter(self._failures)))


def _keys(account: str, address: str) -> tuple[tuple[tuple[str, str], int], ...]:
    account = account.casefold()
    return (
        ((account, address), PER_ACCOUNT_AND_ADDRESS),
        (("", address), PER_ADDRESS),
        ((account, ""), PER_ACCOUNT),
    )
