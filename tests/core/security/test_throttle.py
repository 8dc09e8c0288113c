"""Guessing is slowed down; time is the test's."""

from __future__ import annotations

import pytest

from nvr_core.security.throttle import PER_ADDRESS, WINDOW_S, Throttle, TooManyAttempts


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def _fill(throttle: Throttle, account: str, address: str, times: int = 5) -> None:
    for _ in range(times):
        throttle.attempt(account, address)


def test_the_sixth_attempt_waits_for_the_window() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    _fill(throttle, "anna", "1.1.1.1")
    with pytest.raises(TooManyAttempts) as caught:
        throttle.attempt("ANNA", "1.1.1.1")
    assert caught.value.retry_after_s == WINDOW_S + 1
    throttle.attempt("anna", "2.2.2.2")
    clock.now = WINDOW_S
    throttle.attempt("anna", "1.1.1.1")


def test_success_forgets_the_failures_of_the_pair() -> None:
    throttle = Throttle(Clock())
    for _ in range(10):
        _fill(throttle, "anna", "1.1.1.1", 1)
        throttle.succeeded("anna", "1.1.1.1")
    _fill(throttle, "anna", "1.1.1.1")


def test_one_address_cannot_try_many_accounts() -> None:
    throttle = Throttle(Clock())
    for number in range(PER_ADDRESS):
        throttle.attempt(f"user{number}", "1.1.1.1")
    with pytest.raises(TooManyAttempts):
        throttle.attempt("another", "1.1.1.1")
