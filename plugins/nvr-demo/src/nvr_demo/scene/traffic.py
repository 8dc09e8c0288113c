"""Who is on the street and when: one timetable per turn of the traffic lights, drawn by lot.

Each turn of `CYCLE_S` seconds brings its own actors; some enter before it begins or leave after it
has ended. In the first part of a turn the road has green, in the second the people at the zebra
crossing and the cars of the crossing street: nobody meets.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from nvr_demo.scene import layout
from nvr_demo.scene.cars import CarLook
from nvr_demo.scene.dogs import DogLook
from nvr_demo.scene.people import PersonLook

Look = PersonLook | CarLook | DogLook
Waypoint = tuple[float, float, float]
"""Second of the turn, x and z in metres."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An actor at one moment."""

    id: str
    """Stable for as long as it is on the street, and never used again."""
    look: Look
    x: float
    z: float
    heading: float
    """Direction of its walk: 0 to the right, pi/2 away from the camera."""
    travelled: float
    """Metres since it entered."""
    moving: bool


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who enters the street once in a turn and goes along a path."""

    index: int
    look: Look
    path: tuple[Waypoint, ...]

    def at(self, second: float, name: str) -> Placed | None:
        """Place the actor at a second of its turn; None before it enters and after it left."""
        if not self.path[0][0] <= second < self.path[-1][0]:
            return None
        travelled = 0.0
        heading = self._first_heading()
        for (t1, x1, z1), (t2, x2, z2) in pairwise(self.path):
            length = math.hypot(x2 - x1, z2 - z1)
            if length > 0:
                heading = math.atan2(z2 - z1, x2 - x1)
            if second < t2:
                share = (second - t1) / (t2 - t1)
                x, z = x1 + (x2 - x1) * share, z1 + (z2 - z1) * share
                travelled += length * share
                return Placed(name, self.look, x, z, heading, travelled, length > 0)
            travelled += length
        return None

    def _first_heading(self) -> float:
        (_, x1, z1), (_, x2, z2) = self.path[:2]
        return math.atan2(z2 - z1, x2 - x1)


def placed_at(seed: int, second: float, *, looped: bool) -> list[Placed]:
    """Give everybody on the street at ``second`` (since the Unix epoch), farthest first.

    In a looped scene every turn is the same but for the ids, so the picture repeats after
    `CYCLE_S` without a jump.
    """
    now = math.floor(second / layout.CYCLE_S)
    found = []
    for turn in (now - 1, now, now + 1):
        for actor in _turn(seed, 0 if looped else turn):
            placed = actor.at(second - turn * layout.CYCLE_S, f"{turn}-{actor.index}")
            if placed is not None:
                found.append(placed)
    return sorted(found, key=lambda placed: -placed.z)


@lru_cache(maxsize=64)
def _turn(seed: int, turn: int) -> tuple[Actor, ...]:
    rng = np.random.default_rng((seed, turn))
    entries = [*_road_cars(rng), *_crossing_cars(rng), *_walkers(rng)]
    return tuple(Actor(index, look, path) for index, (look, path) in enumerate(entries))


Entry = tuple[Look, tuple[Waypoint, ...]]


def _road_cars(rng: np.random.Generator) -> Iterator[Entry]:
    """Cars towards the camera and away from it, clear of the zebra before it turns green."""
    for lane, first, distances in (
        (layout.TOWARDS_LANE, -4.6, (80.0, 2.2)),
        (layout.AWAY_LANE, 0.6, (2.6, 80.0)),
    ):
        begin = first + float(rng.uniform(0.0, 0.9))
        for follower in range(2 + int(rng.random() < 0.5)):
            speed = 9.0 + float(rng.uniform(-0.3, 0.3))
            enter = begin + follower * 3.1
            leave = enter + abs(distances[1] - distances[0]) / speed
            path = ((enter, lane, distances[0]), (leave, lane, distances[1]))
            yield CarLook.draw(rng), path


def _crossing_cars(rng: np.random.Generator) -> Iterator[Entry]:
    for lane, direction in ((layout.RIGHTWARD_LANE, 1.0), (layout.LEFTWARD_LANE, -1.0)):
        reach = lane * 0.75 + 3.0
        begin = layout.CROSSING_GREEN_S + float(rng.uniform(-0.6, 1.4))
        for follower in range(1 + int(rng.integers(0, 3))):
            speed = 7.8 + float(rng.uniform(-0.4, 0.4))
            enter = begin + follower * float(rng.uniform(3.0, 3.3))
            path = (
                (enter, -reach * direction, lane),
                (enter + 2 * reach / speed, reach * direction, lane),
            )
            yield CarLook.draw(rng), path


def _walkers(rng: np.random.Generator) -> Iterator[Entry]:
    for direction in (1.0, -1.0):
        for _ in range(1 + int(rng.random() < 0.45)):
            path = _over_the_zebra(rng, direction)
            yield PersonLook.draw(rng), path
            if rng.random() < 0.45:
                yield DogLook.draw(rng), _beside(path, 0.95 * direction, -0.35)
    for _ in range(1 + int(rng.random() < 0.5)):
        yield PersonLook.draw(rng), _along_the_houses(rng)
    if rng.random() < 0.8:
        yield PersonLook.draw(rng), _down_the_pavement(rng)


def _over_the_zebra(rng: np.random.Generator, direction: float) -> tuple[Waypoint, ...]:
    """From the edge of the picture to the kerb, wait for green, over and out."""
    speed, z = float(rng.uniform(1.25, 1.55)), float(rng.uniform(10.7, 12.1))
    edge = 0.75 * z + 1.5
    kerb = (layout.ROAD_LEFT - 0.5) if direction > 0 else (layout.ROAD_RIGHT + 0.5)
    walk = abs(kerb + edge * direction) / speed
    green = layout.CROSSING_GREEN_S + float(rng.uniform(0.1, 1.5))
    arrive = green - float(rng.uniform(0.6, 4.5))
    leave = green + abs(edge * direction - kerb) / speed
    return (
        (arrive - walk, -edge * direction, z),
        (arrive, kerb, z),
        (green, kerb, z),
        (leave, edge * direction, z),
    )


def _along_the_houses(rng: np.random.Generator) -> tuple[Waypoint, ...]:
    """On the far pavement of the left or right houses, up to the side street and away in it."""
    speed, z = float(rng.uniform(1.2, 1.5)), float(rng.uniform(21.2, 22.6))
    left = rng.random() < 0.5
    corner = layout.ALLEY_LEFT + 0.9 if left else layout.ALLEY_RIGHT - 0.9
    edge = -18.5 if left else 18.5
    start = float(rng.uniform(0.0, 12.0))
    turn = start + abs(corner - edge) / speed
    return ((start, edge, z), (turn, corner, z), (turn + 8.0, corner, z + 8.0 * speed))


def _down_the_pavement(rng: np.random.Generator) -> tuple[Waypoint, ...]:
    """From the left, round the corner and along the near pavement past the camera."""
    speed, x = float(rng.uniform(1.25, 1.5)), float(rng.uniform(-2.6, -2.2))
    start, corner = float(rng.uniform(0.0, 10.0)), 10.9
    turn = start + (9.6 + x) / speed
    return ((start, -9.6, corner), (turn, x, corner), (turn + (corner - 2.6) / speed, x, 2.6))


def _beside(path: tuple[Waypoint, ...], ahead: float, nearer: float) -> tuple[Waypoint, ...]:
    return tuple((second, x + ahead, z + nearer) for second, x, z in path)
