"""Drawing with sub-pixel positions, in colour or as a silhouette."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Colour = tuple[int, int, int]
"""Blue, green, red; 0..255."""
Point = tuple[float, float]
Paint = Callable[[Colour], Colour | int]

_SHIFT = 4
_ONE = 1 << _SHIFT


def as_is(colour: Colour) -> Colour:
    """Paint in the colour given."""
    return colour


def opaque(_colour: Colour) -> int:
    """Paint a silhouette: every shape is 255."""
    return 255


class Canvas:
    """Shapes on an image; ``paint`` turns a shape's own colour into what the light makes of it."""

    def __init__(self, pixels: Pixels, paint: Paint = as_is) -> None:
        self.pixels = pixels
        self._paint = paint

    def polygon(self, points: Sequence[Point], colour: Colour, *, lamp: bool = False) -> None:
        """Fill a polygon given in pixels; a lamp keeps its colour whatever the light."""
        fixed = np.rint(np.asarray(points, np.float64) * _ONE).astype(np.int32)
        cv2.fillPoly(self.pixels, [fixed], self._tone(colour, lamp), cv2.LINE_AA, _SHIFT)

    def line(self, start: Point, end: Point, width: float, colour: Colour) -> None:
        """Draw a line with round ends."""
        (x1, y1), (x2, y2) = start, end
        a = (round(x1 * _ONE), round(y1 * _ONE))
        b = (round(x2 * _ONE), round(y2 * _ONE))
        tone = self._tone(colour, False)
        cv2.line(self.pixels, a, b, tone, max(1, round(width)), cv2.LINE_AA, _SHIFT)

    def ellipse(
        self,
        centre: Point,
        radii: Point,
        colour: Colour,
        *,
        angle: float = 0.0,
        arc: tuple[float, float] = (0.0, 360.0),
        lamp: bool = False,
    ) -> None:
        """Fill an ellipse, or the pie of it between two angles in degrees."""
        middle = (round(centre[0] * _ONE), round(centre[1] * _ONE))
        axes = (max(1, round(radii[0] * _ONE)), max(1, round(radii[1] * _ONE)))
        tone = self._tone(colour, lamp)
        cv2.ellipse(self.pixels, middle, axes, angle, arc[0], arc[1], tone, -1, cv2.LINE_AA, _SHIFT)

    def picture(self, image: Pixels, left: float, top: float, width: float, height: float) -> None:
        """Put an image into a rectangle, scaled; parts outside the canvas are cut off."""
        x1, y1 = round(left), round(top)
        x2, y2 = max(x1 + 1, round(left + width)), max(y1 + 1, round(top + height))
        rows, columns = self.pixels.shape[:2]
        cx1, cy1, cx2, cy2 = max(0, x1), max(0, y1), min(columns, x2), min(rows, y2)
        if cx1 >= cx2 or cy1 >= cy2:
            return
        target = self.pixels[cy1:cy2, cx1:cx2]
        if self.pixels.ndim == 2:
            target[:] = 255
            return
        scaled = cv2.resize(image, (x2 - x1, y2 - y1), interpolation=cv2.INTER_AREA)
        target[:] = scaled[cy1 - y1 : cy2 - y1, cx1 - x1 : cx2 - x1]

    def _tone(self, colour: Colour, lamp: bool) -> Colour | int:
        if lamp and self.pixels.ndim == 3:
            return colour
        return self._paint(colour)


@dataclass(frozen=True, slots=True)
class Pen:
    """Draws a figure in its own metres: x to the right and y up from the foot point."""

    canvas: Canvas
    x: float
    """Foot point, pixels from the left."""
    y: float
    """Foot point, pixels from the top."""
    scale: float
    """Pixels per metre."""
    mirror: bool = False
    """Draw left as right."""

    def at(self, x: float, y: float) -> Point:
        """Give the pixel of a point of the figure."""
        return self.x + (-x if self.mirror else x) * self.scale, self.y - y * self.scale

    def polygon(self, points: Sequence[Point], colour: Colour, *, lamp: bool = False) -> None:
        """Fill a polygon."""
        self.canvas.polygon([self.at(*point) for point in points], colour, lamp=lamp)

    def box(
        self,
        left: float,
        bottom: float,
        right: float,
        top: float,
        colour: Colour,
        *,
        lamp: bool = False,
    ) -> None:
        """Fill a rectangle."""
        corners = ((left, bottom), (right, bottom), (right, top), (left, top))
        self.polygon(corners, colour, lamp=lamp)

    def limb(self, start: Point, end: Point, width: float, colour: Colour) -> None:
        """Draw a line with round ends, ``width`` metres thick."""
        self.canvas.line(self.at(*start), self.at(*end), width * self.scale, colour)

    def disc(
        self,
        centre: Point,
        radii: Point,
        colour: Colour,
        *,
        angle: float = 0.0,
        arc: tuple[float, float] = (0.0, 360.0),
        lamp: bool = False,
    ) -> None:
        """Fill an ellipse; ``arc`` counts clockwise from the right, as seen on the picture."""
        if self.mirror:
            angle, arc = -angle, (180.0 - arc[1], 180.0 - arc[0])
        radii = (radii[0] * self.scale, radii[1] * self.scale)
        self.canvas.ellipse(self.at(*centre), radii, colour, angle=angle, arc=arc, lamp=lamp)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Blend two colours; ``share`` 1 gives the other."""
    b, g, r = (round(a * (1 - share) + c * share) for a, c in zip(one, other, strict=True))
    return b, g, r


def shade(colour: Colour, factor: float) -> Colour:
    """Make a colour darker (factor below 1) or lighter."""
    b, g, r = (min(255, round(part * factor)) for part in colour)
    return b, g, r
