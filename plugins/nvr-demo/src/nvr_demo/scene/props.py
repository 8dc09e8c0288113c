"""What stands on the pavement and hides those who pass behind it: trees, lamps, a bin."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nvr_demo.scene.canvas import Canvas, Paint, Pen, Pixels, opaque, shade
from nvr_demo.scene.view import View


@dataclass(frozen=True, slots=True)
class Prop:
    """A thing at a fixed place, drawn once and laid over each picture in its turn."""

    z: float
    """Its distance; actors farther away are behind it."""
    pixels: Pixels
    """A whole picture; only the masked pixels count."""
    mask: Pixels
    """255 where the thing is."""
    left: int
    top: int
    """Where `pixels` and `mask` lie in the picture."""


Drawing = Callable[[Pen, np.random.Generator], None]
Place = tuple[Drawing, float, float]


def make_props(seed: int, view: View, paint: Paint) -> list[Prop]:
    """Draw all things of a street, farthest first."""
    places: tuple[Place, ...] = (
        (_tree, -11.0, 20.7),
        (_tree, 14.5, 20.7),
        (_lamp, -4.3, 20.6),
        (_lamp, 8.6, 12.7),
        (_tree, 8.2, 9.2),
        (_bin, -4.2, 9.9),
        (_lamp, -4.4, 9.5),
    )
    return [_prop(seed, view, paint, place) for place in places]


def _prop(seed: int, view: View, paint: Paint, place: Place) -> Prop:
    drawing, x, z = place
    pixels = np.zeros((view.height, view.width, 3), np.uint8)
    mask = np.zeros((view.height, view.width), np.uint8)
    column, row = view.point(x, z)
    for canvas in (Canvas(pixels, paint), Canvas(mask, opaque)):
        pen = Pen(canvas, column, row, view.scale(z))
        drawing(pen, np.random.default_rng((seed, round(x * 10) & 0xFFFF)))
    mask[mask < 128] = 0
    mask[mask >= 128] = 255
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return Prop(z, pixels[:0], mask[:0], 0, 0)
    top, left = int(rows[0]), int(columns[0])
    cut = np.s_[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
    return Prop(z, pixels[cut].copy(), mask[cut].copy(), left, top)


def _tree(pen: Pen, rng: np.random.Generator) -> None:
    pen.polygon(((-0.16, 0.0), (0.16, 0.0), (0.09, 2.4), (-0.09, 2.4)), (52, 74, 96))
    pen.polygon(((0.02, 0.0), (0.16, 0.0), (0.09, 2.4), (0.03, 2.4)), (40, 58, 78))
    leaf = (66, 118, 74)
    for ring, (size, light) in enumerate(((1.15, 0.72), (0.95, 0.9), (0.7, 1.08))):
        for blob in range(9):
            angle = blob * 2 * math.pi / 9 + ring * 0.4
            reach = 0.85 - 0.22 * ring
            x = reach * math.cos(angle) - 0.1 * ring
            y = 3.5 + 0.75 * reach * math.sin(angle) + 0.16 * ring
            radius = size * float(rng.uniform(0.4, 0.55))
            tone = shade(leaf, light * float(rng.uniform(0.92, 1.08)))
            pen.disc((x, y), (radius, radius * 0.9), tone)


def _lamp(pen: Pen, rng: np.random.Generator) -> None:
    post = (70, 68, 66)
    pen.limb((0.0, 0.0), (0.0, 4.6), 0.11, post)
    pen.box(-0.14, 0.0, 0.14, 0.5, post)
    pen.limb((0.0, 4.6), (0.75, 4.85), 0.08, post)
    pen.box(0.5, 4.72, 1.1, 4.86, post)
    pen.box(0.56, 4.68, 1.06, 4.74, (196, 236, 250), lamp=True)


def _bin(pen: Pen, rng: np.random.Generator) -> None:
    pen.polygon(((-0.24, 0.0), (0.24, 0.0), (0.29, 0.85), (-0.29, 0.85)), (72, 98, 62))
    pen.box(-0.32, 0.85, 0.32, 0.98, (56, 78, 48))
    pen.box(-0.2, 0.6, 0.2, 0.68, (52, 50, 48))
