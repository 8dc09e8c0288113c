"""House fronts: across the street, and down both sides of the road behind it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from nvr_demo.scene import layout
from nvr_demo.scene.canvas import Canvas, Colour, Point, mix, shade
from nvr_demo.scene.view import View

_WALLS: tuple[Colour, ...] = (
    (150, 186, 214), (128, 150, 196), (176, 190, 196), (150, 168, 150), (120, 164, 204),
    (186, 170, 158),
)  # fmt: skip
_AWNINGS: tuple[Colour, ...] = ((72, 70, 186), (92, 132, 60), (166, 102, 50), (60, 150, 214))
_PANE: Colour = (156, 132, 108)
_FRAME: Colour = (226, 230, 232)
_HAZE: Colour = (216, 206, 194)
_STOREY = 2.9
_SHOP = 3.2


def draw_front(
    canvas: Canvas, view: View, rng: np.random.Generator, side: int
) -> list[list[Point]]:
    """Draw the houses facing the camera on one side (-1 left); gives panes that glow at night."""
    lit: list[list[Point]] = []
    x = layout.ALLEY_LEFT if side < 0 else layout.ALLEY_RIGHT
    while abs(x) < 30:
        width = float(rng.uniform(4.6, 7.0))
        left = x - width if side < 0 else x
        storeys = int(rng.integers(1, 3))
        wall = _WALLS[rng.integers(len(_WALLS))]
        lit += _house(canvas, view, rng, left=left, width=width, storeys=storeys, wall=wall)
        x += width * side
    return lit


def _rectangle(view: View, left: float, right: float, low: float, high: float) -> list[Point]:
    z = layout.FACADES
    return [
        view.point(left, z, low),
        view.point(right, z, low),
        view.point(right, z, high),
        view.point(left, z, high),
    ]


def _house(
    canvas: Canvas,
    view: View,
    rng: np.random.Generator,
    *,
    left: float,
    width: float,
    storeys: int,
    wall: Colour,
) -> list[list[Point]]:
    right, roof = left + width, _SHOP + storeys * _STOREY + 0.5
    canvas.polygon(_rectangle(view, left, right, 0.0, roof), wall)
    canvas.polygon(_rectangle(view, left, right, roof - 0.28, roof), shade(wall, 0.78))
    canvas.polygon(_rectangle(view, left, right, 0.0, 0.5), shade(wall, 0.66))
    lit = _shop(canvas, view, rng, left, right)
    count = max(2, int(width / 1.7))
    pitch = width / count
    for storey in range(storeys):
        low = _SHOP + 0.75 + storey * _STOREY
        for column in range(count):
            middle = left + pitch * (column + 0.5)
            frame = _rectangle(view, middle - 0.52, middle + 0.52, low - 0.06, low + 1.66)
            pane = _rectangle(view, middle - 0.43, middle + 0.43, low + 0.04, low + 1.56)
            canvas.polygon(frame, _FRAME)
            canvas.polygon(pane, mix(_PANE, (200, 190, 176), float(rng.random()) * 0.5))
            canvas.polygon(
                _rectangle(view, middle - 0.62, middle + 0.62, low - 0.16, low - 0.06),
                shade(wall, 0.74),
            )
            if rng.random() < 0.34:
                lit.append(pane)
    return lit


def _shop(
    canvas: Canvas, view: View, rng: np.random.Generator, left: float, right: float
) -> list[list[Point]]:
    pane = _rectangle(view, left + 0.5, right - 1.7, 0.6, 2.3)
    canvas.polygon(pane, (128, 112, 98))
    door = _rectangle(view, right - 1.35, right - 0.45, 0.0, 2.3)
    canvas.polygon(door, shade(_AWNINGS[rng.integers(len(_AWNINGS))], 0.6))
    canvas.polygon(_rectangle(view, right - 1.2, right - 0.6, 1.0, 2.1), _PANE)
    awning = _AWNINGS[rng.integers(len(_AWNINGS))]
    stripes = max(4, int((right - left) / 0.6))
    step = (right - left - 0.5) / stripes
    for stripe in range(stripes):
        start = left + 0.25 + stripe * step
        colour = awning if stripe % 2 == 0 else (226, 230, 232)
        canvas.polygon(_rectangle(view, start, start + step, 2.3, 2.95), colour)
    return [pane] if rng.random() < 0.8 else []


def draw_alley(
    canvas: Canvas, view: View, rng: np.random.Generator, side: int
) -> list[list[Point]]:
    """Draw the houses along the road behind the crossing, farthest first."""
    x = layout.ALLEY_LEFT if side < 0 else layout.ALLEY_RIGHT
    ends = [layout.FACADES]
    while ends[-1] < layout.VANISHING:
        ends.append(ends[-1] + float(rng.uniform(7.0, 11.0)))
    lit: list[list[Point]] = []
    for near, far in reversed(list(pairwise(ends))):
        haze = min(0.75, (near - layout.FACADES) / 70)
        wall = mix(shade(_WALLS[rng.integers(len(_WALLS))], 0.78), _HAZE, haze)
        roof = _SHOP + _STOREY * int(rng.integers(1, 3)) + 0.4
        canvas.polygon(_wall(view, x, (near, far), (0.0, roof)), wall)
        for storey in range(int((roof - 0.5) / _STOREY)):
            low = 1.0 + storey * _STOREY
            for part in (0.18, 0.48, 0.78):
                z = near + (far - near) * part
                pane = _wall(view, x, (z - 0.5, z + 0.5), (low, low + 1.5))
                canvas.polygon(pane, mix(_PANE, _HAZE, haze))
                if rng.random() < 0.3:
                    lit.append(pane)
    return lit


def _wall(
    view: View, x: float, depth: tuple[float, float], heights: tuple[float, float]
) -> list[Point]:
    (near, far), (low, high) = depth, heights
    return [
        view.point(x, near, low),
        view.point(x, far, low),
        view.point(x, far, high),
        view.point(x, near, high),
    ]
