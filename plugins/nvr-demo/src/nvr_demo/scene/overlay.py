"""What is burned into the picture: a line of text and a frame counter that programs can read.

The counter is two rows of 24 square cells in the lower right corner, black or white, read like
text: two marks (white, black), 36 bits of the number, most significant first, 8 bits of check sum,
two marks (white, black). A cell is 1/80 of the picture's width, so that the counter survives
scaling and low bit rates.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from nvr_demo.scene.canvas import Pixels

COUNTER_BITS = 36
_CHECK_BITS = 8
_CELLS = 2 + COUNTER_BITS + _CHECK_BITS + 2
_PER_WIDTH = 80
_ROWS = 2
_COLUMNS = _CELLS // _ROWS
_MARGIN = 1.0
_FONT = cv2.FONT_HERSHEY_DUPLEX


def draw_counter(pixels: Pixels, number: int) -> None:
    """Draw a number below 2**36 into the counter's cells."""
    size = pixels.shape[1] / _PER_WIDTH
    top, left, bottom, right = _edges(pixels.shape)
    rim = round(size / 2)
    pixels[top - rim : bottom + rim, left - rim : right + rim] = 40
    for index, bit in enumerate(_bits(number)):
        y1, x1, y2, x2 = _cell(pixels.shape, index, inset=0.0)
        pixels[y1:y2, x1:x2] = 235 if bit else 16


def read_counter(frame: NDArray[np.uint8]) -> int | None:
    """Read the counter of a picture of any size (BGR, RGB or grey); None if unreadable."""
    grey = frame if frame.ndim == 2 else frame[:, :, 1]
    levels = np.empty(_CELLS)
    for index in range(_CELLS):
        y1, x1, y2, x2 = _cell(grey.shape, index, inset=0.25)
        levels[index] = grey[y1 : max(y1 + 1, y2), x1 : max(x1 + 1, x2)].mean()
    if levels.max() - levels.min() < 60:
        return None
    bits = [int(level) for level in levels > (levels.max() + levels.min()) / 2]
    number = int("".join(map(str, bits[2 : 2 + COUNTER_BITS])), 2)
    return number if bits == _bits(number) else None


def shrunk(pixels: Pixels, width: int, height: int) -> Pixels:
    """Give a smaller copy of a picture."""
    smaller = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    return smaller.astype(np.uint8, copy=False)


def draw_text(pixels: Pixels, text: str) -> None:
    """Write a line at the upper left, on a dark ground."""
    scale = pixels.shape[0] / 900
    thickness = max(1, round(scale * 1.4))
    (width, height), _ = cv2.getTextSize(text, _FONT, scale, thickness)
    pad = max(3, height // 2)
    ground = pixels[pad : 3 * pad + height, pad : 3 * pad + width]
    cv2.convertScaleAbs(ground, dst=ground, alpha=0.4)
    corner = (2 * pad, 2 * pad + height)
    cv2.putText(pixels, text, corner, _FONT, scale, (240, 240, 240), thickness, cv2.LINE_AA)


def _edges(shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Give top, left, bottom and right of the cells in pixels."""
    height, width = shape[:2]
    size = width / _PER_WIDTH
    bottom, right = height - _MARGIN * size, width - _MARGIN * size
    return (
        round(bottom - _ROWS * size),
        round(right - _COLUMNS * size),
        round(bottom),
        round(right),
    )


def _cell(shape: tuple[int, ...], index: int, *, inset: float) -> tuple[int, int, int, int]:
    """Give a cell's top, left, bottom and right; ``inset`` cuts a share off each side."""
    height, width = shape[:2]
    size = width / _PER_WIDTH
    row, column = divmod(index, _COLUMNS)
    top = height - (_MARGIN + _ROWS - row) * size
    left = width - (_MARGIN + _COLUMNS - column) * size
    cut = inset * size
    return round(top + cut), round(left + cut), round(top + size - cut), round(left + size - cut)


def _bits(number: int) -> list[int]:
    payload = [number >> shift & 1 for shift in range(COUNTER_BITS - 1, -1, -1)]
    check = _check(number)
    sums = [check >> shift & 1 for shift in range(_CHECK_BITS - 1, -1, -1)]
    return [1, 0, *payload, *sums, 1, 0]


def _check(number: int) -> int:
    """Mix the bytes so that neither one flipped bit nor swapped bytes go unnoticed."""
    total = 0xA5
    for byte in number.to_bytes(5, "big"):
        total = (total * 31 + byte) & 0xFF
    return total
