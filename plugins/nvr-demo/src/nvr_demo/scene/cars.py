"""Cars from the side, from the front and from behind."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nvr_demo.scene import plates
from nvr_demo.scene.canvas import Colour, Pen, Pixels, mix, shade

Aspect = Literal["left", "right", "front", "rear"]
Shape = Literal["saloon", "hatchback", "van"]

PLATE_WIDTH = 0.62
"""Metres; a little wider than a real one, so that it can be read in a small picture."""
PLATE_BOTTOM = 0.36
"""Metres above the ground."""

_PAINT: tuple[Colour, ...] = (
    (52, 48, 190), (170, 92, 36), (218, 218, 214), (60, 60, 62), (150, 150, 152),
    (72, 120, 48), (70, 160, 214), (126, 96, 78),
)  # fmt: skip
_GLASS: Colour = (122, 104, 84)
_TYRE: Colour = (34, 33, 34)
_BUMPER: Colour = (58, 57, 58)
_SHAPES: tuple[Shape, ...] = ("saloon", "hatchback", "van")


@dataclass(frozen=True, slots=True)
class CarLook:
    """What one car looks like."""

    shape: Shape
    paint: Colour
    plate: str
    """Text of its number plate, empty where it has none."""
    yellow_plate: bool

    @classmethod
    def draw(cls, rng: np.random.Generator) -> CarLook:
        """Draw a car by lot; nine of ten have a plate."""
        shape = _SHAPES[rng.choice(3, p=(0.45, 0.35, 0.2))]
        paint = _PAINT[rng.integers(len(_PAINT))]
        text = plates.draw_text(rng)
        return cls(shape, paint, text if rng.random() < 0.9 else "", bool(rng.random() < 0.2))

    @property
    def height(self) -> float:
        """Metres."""
        return 2.0 if self.shape == "van" else 1.5

    @property
    def length(self) -> float:
        """Metres."""
        return {"saloon": 4.5, "hatchback": 4.0, "van": 4.8}[self.shape]


def draw_side(pen: Pen, look: CarLook, travelled: float, braking: bool) -> None:
    """Draw a car that drives to the right, the middle of its length at the pen's foot point."""
    half, paint = look.length / 2, look.paint
    belt, roof = (1.05, 1.95) if look.shape == "van" else (0.92, 1.47)
    back, rear_roof, front_roof, bonnet = _PROFILE[look.shape]
    body = (
        (-half, 0.38), (-half + 0.02, belt - 0.06), (-half + back, belt), (-half + rear_roof, roof),
        (half - front_roof, roof), (half - bonnet, belt), (half - 0.16, belt - 0.16),
        (half, 0.66), (half, 0.38),
    )  # fmt: skip
    pen.polygon(body, paint)
    pen.box(-half, 0.3, half, 0.5, shade(paint, 0.72))
    pen.polygon(((-half, belt - 0.06), (half - 0.1, belt - 0.13), (half - 0.1, belt - 0.18),
                 (-half, belt - 0.11)), shade(paint, 1.15))  # fmt: skip
    _side_windows(pen, look, belt, roof)
    pen.box(half - 0.14, 0.62, half, 0.74, (200, 244, 255), lamp=True)
    lamp = (50, 50, 255) if braking else (50, 44, 190)
    pen.box(-half, 0.62, -half + 0.1, 0.82, lamp, lamp=True)
    for x in (-half + 0.82, half - 0.86):
        _wheel(pen, x, travelled)


_PROFILE: dict[Shape, tuple[float, float, float, float]] = {
    "saloon": (0.66, 1.25, 1.95, 1.28),
    "hatchback": (0.1, 0.55, 1.75, 1.05),
    "van": (0.02, 0.12, 1.15, 0.62),
}


def _side_windows(pen: Pen, look: CarLook, belt: float, roof: float) -> None:
    half = look.length / 2
    back, rear_roof, front_roof, bonnet = _PROFILE[look.shape]
    top = roof - 0.1
    left, right = -half + rear_roof + 0.08, half - front_roof - 0.02
    middle = (left + right) / 2
    rear_foot = -half + back + 0.22
    if look.shape == "van":
        left = rear_foot = middle = right - 1.0
    else:
        pen.polygon(((rear_foot, belt + 0.02), (left, top), (middle - 0.05, top),
                     (middle - 0.05, belt + 0.02)), _GLASS)  # fmt: skip
    front = half - bonnet - 0.14
    pane = ((middle + 0.05, belt + 0.02), (middle + 0.05, top), (right, top), (front, belt + 0.02))
    pen.polygon(pane, _GLASS)
    pen.disc((right - 0.3, belt + 0.16), (0.12, 0.16), (64, 62, 66))
    glint = shade(_GLASS, 1.35)
    pen.polygon(((middle + 0.2, top), (middle + 0.36, top), (middle + 0.2, belt + 0.02),
                 (middle + 0.06, belt + 0.02)), glint)  # fmt: skip
    pen.limb((middle, 0.5), (middle, belt), 0.02, shade(look.paint, 0.7))


def _wheel(pen: Pen, x: float, travelled: float) -> None:
    pen.disc((x, 0.33), (0.38, 0.36), (44, 42, 44))
    pen.disc((x, 0.31), (0.32, 0.31), _TYRE)
    pen.disc((x, 0.31), (0.19, 0.19), (170, 170, 172))
    turn = travelled / 0.31
    for spoke in range(3):
        angle = -turn + spoke * math.pi / 3
        dx, dy = 0.17 * math.cos(angle), 0.17 * math.sin(angle)
        pen.limb((x - dx, 0.31 - dy), (x + dx, 0.31 + dy), 0.045, (96, 96, 98))


def draw_end(pen: Pen, look: CarLook, front: bool, braking: bool, picture: Pixels | None) -> None:
    """Draw a car from the front or from behind; ``picture`` is its plate, if it has one."""
    paint, roof = look.paint, look.height
    waist = 1.0 if look.shape == "van" else 0.94
    for x in (-0.78, 0.54):
        pen.box(x, 0.0, x + 0.24, 0.4, _TYRE)
    pen.box(-0.8, 0.16, 0.8, 0.4, (40, 39, 40))
    pen.polygon(((-0.9, 0.24), (0.9, 0.24), (0.92, 0.7), (0.84, waist), (-0.84, waist),
                 (-0.92, 0.7)), paint)  # fmt: skip
    inset = 0.1 if look.shape == "van" else 0.24
    pen.polygon(((-0.84, waist), (-0.84 + inset, roof - 0.06), (-0.5, roof), (0.5, roof),
                 (0.84 - inset, roof - 0.06), (0.84, waist)), shade(paint, 0.88))  # fmt: skip
    top = roof - 0.12
    pen.polygon(((-0.74, waist + 0.03), (-0.72 + inset, top), (0.72 - inset, top),
                 (0.74, waist + 0.03)), _GLASS)  # fmt: skip
    pen.polygon(((-0.3, waist + 0.03), (-0.1, top), (0.12, top), (-0.08, waist + 0.03)),
                shade(_GLASS, 1.3))  # fmt: skip
    pen.polygon(((-0.84, waist), (0.84, waist), (0.9, 0.78), (-0.9, 0.78)), shade(paint, 1.12))
    pen.box(-0.92, 0.22, 0.92, 0.5, _BUMPER if front else shade(paint, 0.75))
    for side in (-1, 1):
        pen.box(0.86 * side, waist + 0.02, 1.0 * side, waist + 0.16, shade(paint, 0.7))
    if front:
        pen.box(-0.46, 0.54, 0.46, 0.68, mix(_BUMPER, (0, 0, 0), 0.4))
    _lamps(pen, front, braking)
    if picture is not None:
        left, top_px = pen.at(-PLATE_WIDTH / 2, PLATE_BOTTOM + PLATE_WIDTH * plates.ASPECT)
        width = PLATE_WIDTH * pen.scale
        pen.canvas.picture(picture, left, top_px, width, width * plates.ASPECT)


def _lamps(pen: Pen, front: bool, braking: bool) -> None:
    if front:
        colour: Colour = (225, 248, 255)
    else:
        colour = (60, 60, 255) if braking else (40, 36, 196)
    for side in (-1, 1):
        pen.disc((0.7 * side, 0.69), (0.15, 0.09), colour, lamp=True)
