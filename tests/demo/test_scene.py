"""The street is a pure function of seed and time, repeats when looped, and nobody is run over."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from nvr_demo.scene import layout
from nvr_demo.scene.cars import CarLook
from nvr_demo.scene.light import WEATHERS
from nvr_demo.scene.overlay import COUNTER_BITS, draw_counter, draw_text, read_counter
from nvr_demo.scene.street import Street
from nvr_demo.scene.traffic import Placed, placed_at
from nvr_demo.scene.view import View

SMALL = View(320, 180)
NOW = 1_790_000_000.0
START = NOW - NOW % layout.CYCLE_S


@pytest.mark.parametrize("weather", WEATHERS)
def test_the_same_moment_is_drawn_the_same_by_another_painter(weather: str) -> None:
    one = Street(3, weather, SMALL, looped=False)
    one.picture(NOW - 50)
    other = Street(3, weather, SMALL, looped=False)
    assert np.array_equal(one.picture(NOW), other.picture(NOW))


def test_seed_time_and_weather_change_the_picture() -> None:
    base = Street(3, "day", SMALL, looped=False)
    assert not np.array_equal(base.picture(NOW), base.picture(NOW + 0.1))
    assert not np.array_equal(base.picture(NOW), Street(4, "day", SMALL, looped=False).picture(NOW))
    night = Street(3, "night", SMALL, looped=False).picture(NOW)
    assert night.mean() < 0.6 * base.picture(NOW).mean()


@pytest.mark.parametrize("weather", WEATHERS)
def test_a_looped_street_repeats_after_a_turn(weather: str) -> None:
    street = Street(2, weather, SMALL, looped=True)
    for second in (0.0, 5.0, 12.4, 23.8):
        later = street.picture(START + layout.CYCLE_S + second)
        assert np.array_equal(street.picture(START + second), later)


def test_ids_are_not_used_again_when_the_street_repeats() -> None:
    first = {actor.id for actor in placed_at(2, START + 5, looped=True)}
    second = {actor.id for actor in placed_at(2, START + layout.CYCLE_S + 5, looped=True)}
    assert first and len(first) == len(second) and not first & second


def test_an_endless_street_brings_other_people_in_each_turn() -> None:
    looks = [
        {
            repr(actor.look)
            for actor in placed_at(2, START + turn * layout.CYCLE_S + 14, looped=False)
        }
        for turn in range(3)
    ]
    assert not looks[0] & looks[2]


def test_actors_move_without_jumps() -> None:
    for seed in range(1, 6):
        before: dict[str, Placed] = {}
        for step in range(240):
            now = {actor.id: actor for actor in placed_at(seed, START + step / 10, looped=True)}
            for name in now.keys() & before.keys():
                moved = abs(now[name].x - before[name].x) + abs(now[name].z - before[name].z)
                assert moved < 1.2, (seed, step, name)
            before = now


def test_nobody_stands_where_a_car_drives() -> None:
    for seed in range(1, 31):
        for step in range(120):
            placed = placed_at(seed, START + step / 5, looped=False)
            cars = [actor for actor in placed if isinstance(actor.look, CarLook)]
            others = [actor for actor in placed if not isinstance(actor.look, CarLook)]
            for car in cars:
                for other in others:
                    assert not touching(car, other), (seed, step, car, other)
                for second in cars:
                    assert car is second or not touching(car, second), (seed, step, car, second)


def touching(car: Placed, other: Placed) -> bool:
    (ax, az), (bx, bz) = half_size(car), half_size(other)
    return abs(car.x - other.x) < ax + bx and abs(car.z - other.z) < az + bz


def half_size(actor: Placed) -> tuple[float, float]:
    if not isinstance(actor.look, CarLook):
        return 0.25, 0.25
    along, across = actor.look.length / 2, 0.9
    return (along, across) if abs(np.cos(actor.heading)) > 0.5 else (across, along)


@pytest.mark.parametrize("size", [(1280, 720), (640, 360), (320, 180), (800, 600)])
def test_the_counter_is_read_at_every_size(size: tuple[int, int]) -> None:
    for number in (0, 1, 359, 17_900_000_123, 2**COUNTER_BITS - 1):
        pixels = np.full((size[1], size[0], 3), 120, np.uint8)
        draw_counter(pixels, number)
        assert read_counter(pixels) == number
        assert read_counter(pixels[:, :, 0]) == number


def test_the_counter_survives_scaling_and_refuses_damage() -> None:
    pixels = Street(1, "day", View(640, 360), looped=True).picture(7.0)
    draw_text(pixels, "text")
    assert read_counter(pixels) is None
    draw_counter(pixels, 17_900_000_123)
    assert read_counter(cv2.resize(pixels, (480, 270), interpolation=cv2.INTER_AREA)) == (
        17_900_000_123
    )
    pixels[-40:, 500:520] = 16
    assert read_counter(pixels) is None
