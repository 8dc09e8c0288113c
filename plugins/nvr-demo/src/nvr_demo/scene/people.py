"""Walking figures: a small skeleton, projected by its heading."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from nvr_demo.scene.canvas import Colour, Pen, Point, mix, shade

_SKIN: tuple[Colour, ...] = ((168, 196, 236), (120, 160, 214), (84, 122, 176), (56, 82, 122))
_HAIR: tuple[Colour, ...] = ((28, 28, 34), (36, 56, 84), (60, 104, 160), (150, 152, 156))
_SHIRT: tuple[Colour, ...] = (
    (70, 70, 200), (190, 110, 50), (80, 150, 60), (60, 180, 225), (150, 70, 140),
    (215, 215, 210), (70, 60, 60), (140, 150, 40), (60, 110, 220),
)  # fmt: skip
_TROUSERS: tuple[Colour, ...] = ((96, 66, 44), (52, 50, 50), (108, 128, 146), (70, 92, 74))
_STEP_M = 0.75


@dataclass(frozen=True, slots=True)
class PersonLook:
    """What one person looks like."""

    height: float
    """Metres."""
    skin: Colour
    hair: Colour
    shirt: Colour
    trousers: Colour
    backpack: bool
    hat: bool

    @classmethod
    def draw(cls, rng: np.random.Generator) -> PersonLook:
        """Draw a person by lot."""
        return cls(
            height=float(rng.uniform(1.58, 1.9)),
            skin=_SKIN[rng.integers(len(_SKIN))],
            hair=_HAIR[rng.integers(len(_HAIR))],
            shirt=_SHIRT[rng.integers(len(_SHIRT))],
            trousers=_TROUSERS[rng.integers(len(_TROUSERS))],
            backpack=bool(rng.random() < 0.35),
            hat=bool(rng.random() < 0.2),
        )


class _Body:
    """Turns body coordinates (ahead, right, up) into the pen's (x, y)."""

    def __init__(self, pen: Pen, height: float, heading: float) -> None:
        self._pen = pen
        self._ahead, self._side = math.cos(heading), math.sin(heading)
        self._unit = height

    def at(self, ahead: float, right: float, up: float) -> Point:
        return (ahead * self._ahead + right * self._side) * self._unit, up * self._unit

    def limb(self, joints: list[tuple[float, float, float]], width: float, colour: Colour) -> None:
        points = [self.at(*joint) for joint in joints]
        for start, end in pairwise(points):
            self._pen.limb(start, end, width * self._unit, colour)


def draw_person(pen: Pen, look: PersonLook, heading: float, travelled: float, moving: bool) -> None:
    """Draw a person with the feet at the pen's foot point.

    ``heading`` is 0 when walking to the right of the picture, pi/2 away from the camera; the legs
    follow the distance travelled in metres, so feet do not slide.
    """
    phase = math.pi * travelled / _STEP_M
    swing = math.sin(phase) if moving else 0.0
    bob = 0.012 * abs(math.cos(phase)) if moving else 0.0
    body = _Body(pen, look.height, heading)
    facing_away = math.sin(heading) > 0.5
    # The side nearer to the camera is drawn last; for walkers to the right that is their right.
    near = 1.0 if math.cos(heading) >= 0 else -1.0
    _leg(body, look, -near, -swing * near, phase=phase + math.pi * (near < 0), bob=bob)
    _arm(body, look, -near, swing * near, bob)
    _leg(body, look, near, swing * near, phase=phase + math.pi * (near > 0), bob=bob)
    _torso(pen, body, look, bob)
    _arm(body, look, near, -swing * near, bob)
    _head(pen, body, look, bob, facing_away)


def _leg(
    body: _Body, look: PersonLook, side: float, swing: float, *, phase: float, bob: float
) -> None:
    lift = max(0.0, math.cos(phase)) * abs(swing) * 0.08
    dark = look.trousers if side > 0 else shade(look.trousers, 0.8)
    hip = (0.0, 0.055 * side, 0.5 + bob)
    knee = (0.1 * swing + 0.03 * abs(swing), 0.055 * side, 0.27 + lift)
    ankle = (0.19 * swing, 0.055 * side, 0.045 + lift)
    body.limb([hip, knee, ankle], 0.075, dark)
    toe = (ankle[0] + 0.06, ankle[1], 0.022 + lift)
    body.limb([(ankle[0] - 0.01, ankle[1], 0.026 + lift), toe], 0.045, (40, 38, 40))


def _arm(body: _Body, look: PersonLook, side: float, swing: float, bob: float) -> None:
    sleeve = look.shirt if side > 0 else shade(look.shirt, 0.82)
    shoulder = (0.0, 0.115 * side, 0.79 + bob)
    elbow = (0.08 * swing, 0.135 * side, 0.63 + bob)
    hand = (0.15 * swing + 0.03, 0.125 * side, 0.49 + bob)
    body.limb([shoulder, elbow], 0.058, sleeve)
    body.limb([elbow, hand], 0.046, sleeve)
    body.limb([hand, (hand[0] + 0.01, hand[1], hand[2] - 0.015)], 0.045, look.skin)


def _torso(pen: Pen, body: _Body, look: PersonLook, bob: float) -> None:
    unit = look.height
    half_shoulder = (0.085 + 0.045 * abs(body.at(0, 1, 0)[0]) / unit) * unit
    half_hip = half_shoulder * 0.78
    top, bottom = (0.83 + bob) * unit, (0.47 + bob) * unit
    if look.backpack:
        x, y = body.at(-0.1, 0.0, 0.68 + bob)
        pen.disc((x, y), (0.075 * unit, 0.12 * unit), shade(look.trousers, 0.75))
    outline = (
        (-half_shoulder * 0.75, top), (half_shoulder * 0.75, top),
        (half_shoulder, top - 0.05 * unit), (half_hip, bottom),
        (-half_hip, bottom), (-half_shoulder, top - 0.05 * unit),
    )  # fmt: skip
    pen.polygon(outline, look.shirt)
    shadow = shade(look.shirt, 0.86)
    pen.polygon(
        ((0.0, top), (-half_shoulder * 0.75, top), (-half_shoulder, top - 0.05 * unit),
         (-half_hip, bottom), (-half_hip * 0.3, bottom)),
        shadow,
    )  # fmt: skip


def _head(pen: Pen, body: _Body, look: PersonLook, bob: float, facing_away: bool) -> None:
    unit = look.height
    neck = body.at(0.0, 0.0, 0.84 + bob)
    x, y = body.at(0.012, 0.0, 0.925 + bob)
    pen.limb(neck, (x, y), 0.05 * unit, shade(look.skin, 0.88))
    radii = (0.058 * unit, 0.07 * unit)
    pen.disc((x, y), radii, look.hair if facing_away else look.skin)
    back = body.at(-0.014, 0.0, 0.0)[0]
    cap = (x + back, y + 0.012 * unit)
    pen.disc(cap, (radii[0] * 1.06, radii[1] * 0.98), look.hair, arc=(180.0, 360.0))
    if look.hat:
        colour = mix(look.shirt, (60, 60, 60), 0.4)
        pen.disc((x, y + 0.03 * unit), (0.066 * unit, 0.055 * unit), colour, arc=(180.0, 360.0))
        brim = body.at(0.05, 0.0, 0.0)[0]
        pen.limb((x, y + 0.03 * unit), (x + brim, y + 0.03 * unit), 0.02 * unit, colour)
