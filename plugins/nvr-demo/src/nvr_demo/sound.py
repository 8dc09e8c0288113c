"""The sound of the street: soft noise, and a tick that begins with each whole second."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nvr_demo.scene.layout import CYCLE_S

SAMPLE_RATE = 16_000
BLOCK = 1024
"""Samples per coded block (AAC-LC)."""
BLOCKS_PER_CYCLE = CYCLE_S * SAMPLE_RATE // BLOCK
"""A whole number, so that the sound repeats without a seam."""
TICK_HZ = 1000.0
_TICK_S = 0.04

Samples = NDArray[np.float32]


@lru_cache(maxsize=2)
def cycle_sound(seed: int) -> Samples:
    """Give `CYCLE_S` seconds of sound that repeat without a seam. Do not change the array."""
    count = CYCLE_S * SAMPLE_RATE
    rng = np.random.default_rng((seed, 4711))
    spectrum = np.fft.rfft(rng.normal(0.0, 1.0, count))
    hertz = np.fft.rfftfreq(count, 1 / SAMPLE_RATE)
    spectrum *= 1 / (1 + (hertz / 180.0) ** 1.6)
    spectrum[hertz < 40] = 0
    noise = np.fft.irfft(spectrum, count)
    turn = np.arange(count) / count * 2 * np.pi
    noise *= 1.0 + 0.35 * np.sin(3 * turn) + 0.2 * np.sin(7 * turn + 1.0)
    sound = 0.02 * noise / noise.std()
    tick = _tick()
    for second in range(CYCLE_S):
        begin = second * SAMPLE_RATE
        sound[begin : begin + tick.size] += tick
    result: Samples = sound.astype(np.float32)
    return result


def find_ticks(samples: Samples) -> list[int]:
    """Give the positions at which ticks begin in decoded sound, to a few samples.

    For tests of picture and sound being in step: ticks lie on whole seconds of the wall clock.
    """
    tick = _tick()
    match = np.correlate(samples, tick / np.dot(tick, tick), "valid")
    found = []
    while match.size and match.max() > 0.5:
        position = int(match.argmax())
        found.append(position)
        match[max(0, position - SAMPLE_RATE // 2) : position + SAMPLE_RATE // 2] = 0
    return sorted(found)


def _tick() -> Samples:
    time = np.arange(round(_TICK_S * SAMPLE_RATE)) / SAMPLE_RATE
    tick = 0.3 * np.sin(2 * np.pi * TICK_HZ * time) * np.exp(-time / 0.009)
    result: Samples = tick.astype(np.float32)
    return result


def block(seed: int, index: int) -> Samples:
    """Give block ``index`` (counted from the Unix epoch) of the endless sound."""
    sound = cycle_sound(seed)
    start = index % BLOCKS_PER_CYCLE * BLOCK
    return sound[start : start + BLOCK]
