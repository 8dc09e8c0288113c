"""What is on the pictures, known because they were drawn: for tests of detectors and trackers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from nvr_demo.scene.canvas import Canvas, Pixels, opaque
from nvr_demo.scene.cars import PLATE_BOTTOM, PLATE_WIDTH, CarLook
from nvr_demo.scene.dogs import DogLook
from nvr_demo.scene.plates import ASPECT, plate_picture
from nvr_demo.scene.props import Prop, make_props
from nvr_demo.scene.street import draw_actor, shows_plate
from nvr_demo.scene.traffic import Placed, placed_at
from nvr_demo.scene.view import View
from nvr_sdk import Box

_VIEW = View(640, 360)
_MIN_PIXELS = 12
_MIN_PLATE_PIXELS = 5.0


@dataclass(frozen=True, slots=True)
class TrueObject:
    """One object on one picture."""

    id: str
    """Stable while it is on the street, never used for another; a plate has its car's and ``p``."""
    label: str
    """``person``, ``car``, ``dog`` or ``license_plate``."""
    box: Box
    """Around all that lies inside the picture, hidden parts included."""
    visible: float
    """Share of its pixels inside the picture that nothing nearer hides."""
    truncated: bool
    """True when it touches the picture's edge."""
    text: str = ""
    """A plate's text; also given with the car that it belongs to, if it faces the camera."""


@dataclass(frozen=True, slots=True)
class TrackPoint:
    """Where an object of a track was."""

    time: float
    """Seconds since the Unix epoch."""
    box: Box
    visible: float


@dataclass(frozen=True, slots=True)
class Track:
    """One object over time."""

    id: str
    label: str
    text: str
    points: tuple[TrackPoint, ...]


class Truth:
    """Knows one street. Weather does not matter. Not for more than one thread at a time."""

    def __init__(self, seed: int, *, looped: bool) -> None:
        self._seed = seed
        self._looped = looped
        self._props: Sequence[Prop] = make_props(seed, _VIEW, opaque)

    def at(self, second: float) -> list[TrueObject]:
        """Give the objects on the picture of a time (since the Unix epoch), nearest first."""
        hidden = np.zeros((_VIEW.height, _VIEW.width), np.uint8)
        props = list(self._props)
        found: list[TrueObject] = []
        for actor in reversed(placed_at(self._seed, second, looped=self._looped)):
            while props and props[-1].z < actor.z:
                _hide_behind(hidden, props.pop())
            silhouette = np.zeros_like(hidden)
            draw_actor(Canvas(silhouette, opaque), _VIEW, actor, lambda _look: _NO_PICTURE)
            found += _describe(actor, silhouette, hidden)
            cv2.max(hidden, silhouette, dst=hidden)
        return found

    def tracks(self, start: float, end: float, step: float) -> list[Track]:
        """Give the tracks between two times, sampled every ``step`` seconds."""
        points: dict[str, list[TrackPoint]] = {}
        objects: dict[str, TrueObject] = {}
        for index in range(int((end - start) / step) + 1):
            time = start + index * step
            for item in self.at(time):
                points.setdefault(item.id, []).append(TrackPoint(time, item.box, item.visible))
                objects[item.id] = item
        return [
            Track(name, item.label, item.text, tuple(points[name]))
            for name, item in objects.items()
        ]


_NO_PICTURE: Pixels = plate_picture("")


def _describe(actor: Placed, silhouette: Pixels, hidden: Pixels) -> Iterator[TrueObject]:
    solid = (silhouette >= 128).astype(np.uint8)
    total = cv2.countNonZero(solid)
    if total < _MIN_PIXELS:
        return
    left, top, width, height = cv2.boundingRect(solid)
    seen = cv2.countNonZero(solid & (hidden < 128).astype(np.uint8)) / total
    look = actor.look
    text = look.plate if isinstance(look, CarLook) and shows_plate(actor) else ""
    label = "car" if isinstance(look, CarLook) else "dog" if isinstance(look, DogLook) else "person"
    yield _object(actor.id, label, (left, top, left + width, top + height), seen, text)
    if text:
        yield from _describe_plate(actor, text, hidden)


def _describe_plate(actor: Placed, text: str, hidden: Pixels) -> Iterator[TrueObject]:
    x, y = _VIEW.point(actor.x, actor.z)
    scale = _VIEW.scale(actor.z)
    width, height = PLATE_WIDTH * scale, PLATE_WIDTH * ASPECT * scale
    left, bottom = x - width / 2, y - PLATE_BOTTOM * scale
    x1, x2 = max(0.0, left), min(float(_VIEW.width), left + width)
    y1, y2 = max(0.0, bottom - height), min(float(_VIEW.height), bottom)
    if x2 - x1 < _MIN_PLATE_PIXELS or y2 - y1 < 1.0:
        return
    rows = slice(round(y1), max(round(y1) + 1, round(y2)))
    under = hidden[rows, round(x1) : round(x2)]
    seen = float((under < 128).mean()) if under.size else 0.0
    yield _object(f"{actor.id}p", "license_plate", (x1, y1, x2, y2), seen, text)


def _object(
    name: str, label: str, corners: tuple[float, float, float, float], seen: float, text: str
) -> TrueObject:
    left, top, right, bottom = corners
    box = Box(left / _VIEW.width, top / _VIEW.height, right / _VIEW.width, bottom / _VIEW.height)
    truncated = left <= 0 or top <= 0 or right >= _VIEW.width or bottom >= _VIEW.height
    return TrueObject(name, label, box, round(seen, 3), truncated, text)


def _hide_behind(hidden: Pixels, prop: Prop) -> None:
    rows, columns = prop.mask.shape
    region = hidden[prop.top : prop.top + rows, prop.left : prop.left + columns]
    cv2.max(region, prop.mask, dst=region)
