"""Dogs, seen from the side."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from nvr_demo.scene.canvas import Colour, Pen, shade

_COAT: tuple[Colour, ...] = ((52, 82, 128), (42, 42, 46), (206, 212, 220), (92, 140, 190))
_STEP_M = 0.42


@dataclass(frozen=True, slots=True)
class DogLook:
    """What one dog looks like."""

    length: float
    """Metres from chest to tail."""
    coat: Colour
    collar: Colour

    @classmethod
    def draw(cls, rng: np.random.Generator) -> DogLook:
        """Draw a dog by lot."""
        return cls(
            length=float(rng.uniform(0.75, 1.0)),
            coat=_COAT[rng.integers(len(_COAT))],
            collar=((60, 60, 210), (200, 120, 40))[rng.integers(2)],
        )


def draw_dog(pen: Pen, look: DogLook, travelled: float, moving: bool) -> None:
    """Draw a dog that looks to the right, its feet at the pen's foot point."""
    size = look.length
    phase = math.pi * travelled / _STEP_M
    swing = math.sin(phase) if moving else 0.0
    dark = shade(look.coat, 0.72)
    for x, direction, colour in ((-0.26, 1, dark), (0.26, -1, dark)):
        _leg(pen, size, x, direction * swing, colour)
    wag = 0.05 * math.sin(travelled * 9.0)
    pen.limb((-0.42 * size, 0.5 * size), ((-0.6 - wag) * size, (0.72 + wag) * size),
             0.06 * size, look.coat)  # fmt: skip
    pen.disc((-0.02 * size, 0.46 * size), (0.42 * size, 0.15 * size), look.coat)
    pen.disc((0.24 * size, 0.46 * size), (0.19 * size, 0.18 * size), look.coat)
    pen.disc((-0.04 * size, 0.39 * size), (0.32 * size, 0.06 * size), shade(look.coat, 0.86))
    for x, direction in ((-0.34, -1), (0.32, 1)):
        _leg(pen, size, x, direction * swing, look.coat)
    _head(pen, look, size, dark)


def _leg(pen: Pen, size: float, x: float, swing: float, colour: Colour) -> None:
    knee = ((x + 0.07 * swing) * size, 0.2 * size)
    foot = ((x + 0.16 * swing) * size, (0.03 + 0.04 * max(0.0, -swing)) * size)
    pen.limb((x * size, 0.4 * size), knee, 0.085 * size, colour)
    pen.limb(knee, foot, 0.065 * size, colour)
    pen.limb(foot, (foot[0] + 0.04 * size, foot[1]), 0.055 * size, colour)


def _head(pen: Pen, look: DogLook, size: float, dark: Colour) -> None:
    pen.limb((0.32 * size, 0.52 * size), (0.46 * size, 0.68 * size), 0.16 * size, look.coat)
    pen.limb((0.36 * size, 0.6 * size), (0.46 * size, 0.56 * size), 0.04 * size, look.collar)
    pen.disc((0.5 * size, 0.72 * size), (0.13 * size, 0.11 * size), look.coat)
    pen.limb((0.55 * size, 0.69 * size), (0.68 * size, 0.66 * size), 0.09 * size, look.coat)
    pen.disc((0.7 * size, 0.675 * size), (0.025 * size, 0.025 * size), (24, 24, 26))
    pen.disc((0.55 * size, 0.755 * size), (0.016 * size, 0.016 * size), (20, 20, 22))
    pen.polygon(
        ((0.4 * size, 0.8 * size), (0.48 * size, 0.8 * size), (0.41 * size, 0.62 * size)), dark
    )
