from nvr_core.supervisor.backoff import DELAYS, Backoff, CrashCounter


def test_restarts_come_later_and_later_up_to_a_minute() -> None:
    backoff = Backoff(random=lambda: 0.5)
    assert [backoff.next_delay(0.1) for _ in range(11)] == [*DELAYS, 60.0, 60.0]


def test_the_first_restart_comes_at_once() -> None:
    assert Backoff(random=lambda: 1.0).next_delay(0.0) <= 0.1


def test_jitter_spreads_by_a_fifth() -> None:
    low, high = Backoff(lambda: 0.0), Backoff(lambda: 1.0)
    low.next_delay(0), high.next_delay(0)
    assert (round(low.next_delay(0), 9), round(high.next_delay(0), 9)) == (0.4, 0.6)


def test_a_minute_of_life_is_forgiven() -> None:
    backoff = Backoff(random=lambda: 0.5)
    for _ in range(5):
        backoff.next_delay(1.0)
    assert backoff.next_delay(60.0) == 0.0
    assert backoff.next_delay(1.0) == 0.5


def test_five_crashes_in_ten_minutes_are_too_many() -> None:
    counter = CrashCounter()
    assert [counter.crashed(t) for t in (0, 100, 200, 300, 599)] == [False] * 4 + [True]


def test_five_crashes_over_a_longer_time_are_not() -> None:
    counter = CrashCounter()
    assert not any(counter.crashed(t) for t in (0, 200, 400, 600, 800, 1000))


def test_forgotten_crashes_do_not_count() -> None:
    counter = CrashCounter()
    for t in range(4):
        counter.crashed(t)
    counter.reset()
    assert not counter.crashed(5)
