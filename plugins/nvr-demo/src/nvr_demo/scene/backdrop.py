"""The street without anybody on it: drawn once per seed, weather and size."""

from __future__ import annotations

import cv2
import numpy as np

from nvr_demo.scene import layout
from nvr_demo.scene.canvas import Canvas, Colour, Pixels, Point, mix, shade
from nvr_demo.scene.houses import draw_alley, draw_front
from nvr_demo.scene.light import Glow, Weather, tone_picture
from nvr_demo.scene.view import View

_ASPHALT: Colour = (98, 94, 92)
_PAVING: Colour = (164, 168, 172)
_GRASS: Colour = (78, 128, 98)
_KERB: Colour = (196, 200, 204)
_PAINT: Colour = (222, 226, 226)
_DISTANCE: Colour = (178, 170, 164)
_NEAR = 3.0
_WIDE = 60.0


def draw_backdrop(seed: int, weather: Weather, view: View) -> Pixels:
    """Draw sky, houses, streets and pavements."""
    rng = np.random.default_rng((seed, 77))
    pixels = np.zeros((view.height, view.width, 3), np.uint8)
    canvas = Canvas(pixels)
    _sky(pixels, view, weather)
    _skyline(canvas, view, rng)
    _ground(canvas, view)
    lit: list[list[Point]] = []
    for side in (-1, 1):
        lit += draw_alley(canvas, view, rng, side)
        lit += draw_front(canvas, view, rng, side)
    _grain(pixels, view, rng)
    _markings(canvas, view)
    pixels = tone_picture(pixels, weather)
    if weather == "night":
        _street_lights(pixels, view, lit)
    if weather == "rain":
        _wet(pixels, view)
    return pixels


def _sky(pixels: Pixels, view: View, weather: Weather) -> None:
    rows = round(view.horizon) + 2
    top, low = np.array((226, 172, 112)), np.array((236, 222, 204))
    if weather == "rain":
        top, low = np.array((172, 164, 158)), np.array((204, 200, 196))
    elif weather == "night":
        top, low = np.array((78, 40, 30)), np.array((150, 100, 88))
    share = np.linspace(0, 1, rows)[:, None]
    pixels[:rows] = (top * (1 - share) + low * share)[:, None, :].astype(np.uint8)


def _skyline(canvas: Canvas, view: View, rng: np.random.Generator) -> None:
    x = -0.05 * view.width
    while x < view.width * 1.05:
        width = float(rng.uniform(0.03, 0.08)) * view.width
        top = view.horizon - float(rng.uniform(0.03, 0.15)) * view.height
        colour = mix((196, 178, 162), (160, 150, 146), float(rng.random()))
        corners = ((x, view.horizon + 2), (x, top), (x + width, top), (x + width, view.horizon + 2))
        canvas.polygon(corners, colour)
        x += width


def _quad(view: View, x1: float, x2: float, z1: float, z2: float) -> list[Point]:
    return [view.point(x1, z1), view.point(x2, z1), view.point(x2, z2), view.point(x1, z2)]


def _ground(canvas: Canvas, view: View) -> None:
    def area(x1: float, x2: float, z1: float, z2: float, colour: Colour) -> None:
        canvas.polygon(_quad(view, x1, x2, z1, z2), colour)

    area(-_WIDE, _WIDE, layout.VANISHING, 5000.0, _DISTANCE)
    area(-_WIDE, _WIDE, _NEAR, layout.VANISHING, _PAVING)
    area(-_WIDE, layout.ROAD_LEFT - 3.0, _NEAR, layout.ZEBRA_NEAR - 0.6, _GRASS)
    area(layout.ROAD_RIGHT + 2.6, _WIDE, _NEAR, layout.ZEBRA_NEAR - 0.6, _GRASS)
    for x in (layout.ROAD_LEFT, layout.ROAD_RIGHT):
        area(x - 0.18, x + 0.18, _NEAR, layout.VANISHING, _KERB)
    for z in (layout.CROSS_NEAR, layout.CROSS_FAR):
        area(-_WIDE, _WIDE, z - 0.2, z + 0.2, _KERB)
    area(layout.ROAD_LEFT, layout.ROAD_RIGHT, _NEAR, layout.VANISHING, _ASPHALT)
    area(-_WIDE, _WIDE, layout.CROSS_NEAR, layout.CROSS_FAR, _ASPHALT)
    slabs = shade(_PAVING, 0.93)
    for z in (10.6, 11.6, 20.9, 22.0):
        for x1, x2 in ((-_WIDE, layout.ROAD_LEFT - 0.2), (layout.ROAD_RIGHT + 0.2, _WIDE)):
            area(x1, x2, z, z + 0.05, slabs)
    for step in range(8):
        z = 4.0 + step * 0.85
        area(layout.ROAD_LEFT - 3.0, layout.ROAD_LEFT - 0.2, z, z + 0.03, slabs)
        area(layout.ROAD_RIGHT + 0.2, layout.ROAD_RIGHT + 2.6, z, z + 0.03, slabs)


def _markings(canvas: Canvas, view: View) -> None:
    stripe = layout.ROAD_LEFT + 0.35
    while stripe + 0.5 < layout.ROAD_RIGHT:
        corners = _quad(view, stripe, stripe + 0.5, layout.ZEBRA_NEAR, layout.ZEBRA_FAR)
        canvas.polygon(corners, _PAINT)
        stripe += 0.95
    dash = 4.0
    while dash < layout.VANISHING - 4:
        if not layout.ZEBRA_NEAR - 3.2 < dash < layout.CROSS_FAR:
            middle = layout.ROAD_MIDDLE
            canvas.polygon(_quad(view, middle - 0.07, middle + 0.07, dash, dash + 2.0), _PAINT)
        dash += 4.0
    x = -26.0
    middle_z = (layout.CROSS_NEAR + layout.CROSS_FAR) / 2
    while x < 28.0:
        if not layout.ROAD_LEFT - 2.5 < x < layout.ROAD_RIGHT + 0.6:
            canvas.polygon(_quad(view, x, x + 1.8, middle_z - 0.08, middle_z + 0.08), _PAINT)
        x += 3.6


def _grain(pixels: Pixels, view: View, rng: np.random.Generator) -> None:
    """Give the ground a little texture, in one size for all picture sizes."""
    noise = rng.normal(0, 5.0, (180, 320)).astype(np.float32)
    noise += cv2.resize(rng.normal(0, 5.0, (23, 40)).astype(np.float32), (320, 180))
    fitted = cv2.resize(noise, (view.width, view.height), interpolation=cv2.INTER_LINEAR)
    first = round(view.point(0.0, layout.FACADES)[1])
    ground = pixels[first:].astype(np.float32) + fitted[first:, :, None]
    pixels[first:] = np.clip(ground, 0, 255).astype(np.uint8)


def _street_lights(pixels: Pixels, view: View, lit: list[list[Point]]) -> None:
    glow = Glow()
    canvas = Canvas(pixels)
    for pane in lit:
        canvas.polygon(pane, (120, 196, 240), lamp=True)
        xs, ys = [x for x, _ in pane], [y for _, y in pane]
        size = max(xs) - min(xs)
        middle = (sum(xs) / len(xs), sum(ys) / len(ys))
        glow.add(pixels, *middle, (size * 1.3, size * 1.3), (18, 34, 44))
    for x, z in ((-3.0, 9.4), (7.4, 12.6), (-8.0, 20.8), (11.0, 20.8), (-2.2, 40.0), (6.2, 40.0)):
        column, row = view.point(x, z)
        reach = view.scale(z) * 4.6
        glow.add(pixels, column, row, (reach, reach * 0.36), (52, 96, 118))


def _wet(pixels: Pixels, view: View) -> None:
    """Let the ground mirror what stands on it, blurred."""
    first = round(view.point(0.0, layout.FACADES)[1])
    ground = pixels[first:]
    above = pixels[max(0, first - ground.shape[0]) : first][::-1]
    mirror = cv2.resize(above, (view.width, ground.shape[0]), interpolation=cv2.INTER_LINEAR)
    size = max(3, view.height // 18) | 1
    mirror = cv2.GaussianBlur(mirror, (size, 0x1 | (size * 3)), 0)
    cv2.addWeighted(ground, 0.74, mirror, 0.24, 0, dst=ground)
