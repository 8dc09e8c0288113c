"""Number plates: two letters, three digits, two letters."""

from __future__ import annotations

import cv2
import numpy as np

from nvr_demo.scene.canvas import Pixels

_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_DIGITS = "0123456789"
_WIDTH, _HEIGHT = 256, 60
ASPECT = _HEIGHT / _WIDTH
"""Height of a plate for a width of 1."""


def draw_text(rng: np.random.Generator) -> str:
    """Draw a plate's text by lot."""
    pattern = (_LETTERS, _LETTERS, _DIGITS, _DIGITS, _DIGITS, _LETTERS, _LETTERS)
    return "".join(signs[rng.integers(len(signs))] for signs in pattern)


def plate_picture(text: str, *, yellow: bool = False) -> Pixels:
    """Draw a plate in full size, to be scaled down onto a car."""
    picture = np.full((_HEIGHT, _WIDTH, 3), (90, 220, 250) if yellow else (244, 244, 240), np.uint8)
    cv2.rectangle(picture, (0, 0), (_WIDTH - 1, _HEIGHT - 1), (24, 24, 24), 3)
    cv2.rectangle(picture, (0, 0), (18, _HEIGHT), (160, 70, 20), -1)
    font, thickness = cv2.FONT_HERSHEY_DUPLEX, 3
    (width, height), _ = cv2.getTextSize(text, font, 1.45, thickness)
    scale = 1.45 * min(1.0, (_WIDTH - 34) / width)
    (width, height), _ = cv2.getTextSize(text, font, scale, thickness)
    corner = (22 + (_WIDTH - 26 - width) // 2, (_HEIGHT + height) // 2)
    cv2.putText(picture, text, corner, font, scale, (26, 22, 20), thickness, cv2.LINE_AA)
    return picture
