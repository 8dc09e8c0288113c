"""Day, night and rain: what they make of colours and pictures."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import cv2
import numpy as np

from nvr_demo.scene.canvas import Colour, Pixels
from nvr_demo.scene.view import View

Weather = Literal["day", "night", "rain"]
WEATHERS: tuple[Weather, ...] = ("day", "night", "rain")

_GAIN: dict[Weather, tuple[float, float, float]] = {
    "day": (1.0, 1.0, 1.0),
    "night": (0.5, 0.4, 0.38),
    "rain": (0.84, 0.8, 0.76),
}
_DROPS = 70


@lru_cache(maxsize=4096)
def toned(colour: Colour, weather: Weather) -> Colour:
    """Give a colour in the light of the weather."""
    b, g, r = (round(part * gain) for part, gain in zip(colour, _GAIN[weather], strict=True))
    return b, g, r


def tone_picture(pixels: Pixels, weather: Weather) -> Pixels:
    """Give a picture in the light of the weather; rain also takes out some colour."""
    if weather == "day":
        return pixels
    toned_pixels = pixels.astype(np.float32) * np.array(_GAIN[weather], np.float32)
    if weather == "rain":
        grey = toned_pixels.mean(axis=2, keepdims=True)
        toned_pixels = toned_pixels * 0.7 + grey * 0.3
    return np.clip(toned_pixels, 0, 255).astype(np.uint8)


class Glow:
    """Light added to a picture: lamps and headlights. Not for more than one thread at a time."""

    def __init__(self) -> None:
        axis = np.linspace(-1, 1, 64, dtype=np.float32)
        distance = np.sqrt(axis[:, None] ** 2 + axis[None, :] ** 2)
        self._disc = np.clip(1 - distance, 0, 1) ** 2

    def add(
        self, pixels: Pixels, x: float, y: float, radii: tuple[float, float], colour: Colour
    ) -> None:
        """Add a soft ellipse of light around a point."""
        rows, columns = pixels.shape[:2]
        x1, x2 = round(x - radii[0]), round(x + radii[0])
        y1, y2 = round(y - radii[1]), round(y + radii[1])
        left, right, top, bottom = max(0, x1), min(columns, x2), max(0, y1), min(rows, y2)
        if left >= right or top >= bottom:
            return
        disc = cv2.resize(self._disc, (x2 - x1, y2 - y1), interpolation=cv2.INTER_LINEAR)
        disc = disc[top - y1 : bottom - y1, left - x1 : right - x1]
        light = (disc[:, :, None] * np.array(colour, np.float32)).astype(np.uint8)
        target = pixels[top:bottom, left:right]
        cv2.add(target, light, dst=target)


def draw_rain(pixels: Pixels, view: View, seed: int, second: float) -> None:
    """Draw the drops of one moment."""
    rng = np.random.default_rng((seed, round(second * 1000) & 0x7FFFFFFF))
    starts = rng.random((_DROPS, 2)) * (view.width * 1.05, view.height)
    lengths = rng.uniform(0.02, 0.07, _DROPS) * view.height
    overlay = pixels.copy()
    segments = [
        np.array([(x, y), (x - length * 0.18, y + length)], np.int32)
        for (x, y), length in zip(starts, lengths, strict=True)
    ]
    cv2.polylines(
        overlay, segments, False, (206, 202, 196), max(1, view.height // 480), cv2.LINE_AA
    )
    cv2.addWeighted(overlay, 0.42, pixels, 0.58, 0, dst=pixels)
