"""The loop: one turn of the street, encoded once and kept in a file."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from nvr_demo import sound
from nvr_demo.encoders import AudioEncoder, Picture, VideoEncoder
from nvr_demo.formats import Format, stream_format
from nvr_demo.scene import overlay
from nvr_demo.scene.backdrop import draw_backdrop
from nvr_demo.scene.canvas import Pixels
from nvr_demo.scene.layout import CYCLE_S
from nvr_demo.scene.light import Weather
from nvr_demo.scene.street import Street
from nvr_sdk import AudioTrack, NvrError, VideoTrack
from nvr_sdk.messages import StreamName
from nvr_sdk.wire import ProtocolError, pack, unpack

LOOP_VERSION = 1
"""Counts the contents of loop files; files of another version are made anew."""


@dataclass(frozen=True, slots=True)
class LoopKey:
    """What tells one loop from another."""

    seed: int
    weather: Weather

    @property
    def file_name(self) -> str:
        """Name of its file."""
        return f"loop-v{LOOP_VERSION}-{self.seed}-{self.weather}.msgpack"


@dataclass(frozen=True, slots=True)
class LoopVideo:
    """The pictures of one stream over one turn; the first is a key picture."""

    track: VideoTrack
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class Loop:
    """One turn of `CYCLE_S` seconds; picture and sound of its end are followed by its beginning."""

    version: int
    main: LoopVideo
    sub: LoopVideo
    audio: AudioTrack
    sounds: tuple[bytes, ...]
    """AAC frames; the n-th sounds from sample n x 1024 of the turn."""

    def video(self, stream: StreamName) -> LoopVideo:
        """Give the pictures of a stream."""
        return self.main if stream == "main" else self.sub


class LoopStopped(NvrError):
    """The making of a loop was given up because the plugin stops."""

    def __init__(self) -> None:
        super().__init__("unavailable", "The demo plugin is stopping.")


def make_loop(key: LoopKey, stopped: Callable[[], bool]) -> Loop:
    """Draw and encode a loop (some seconds of one core); raises `LoopStopped` when told to stop."""
    main, sub = stream_format("loop", "main"), stream_format("loop", "sub")
    large, small = _Track(main), _Track(sub)
    street = Street(key.seed, key.weather, main.view, looped=True)
    count = CYCLE_S * main.fps
    # The last second goes first and is left out again: the encoder's rate control has then settled,
    # and the first key picture looks like the last, so that the seam is not seen.
    for number in (*range(count - main.gop, count), *range(count)):
        if stopped():
            raise LoopStopped
        pixels = street.picture(number / main.fps)
        small.add(overlay.shrunk(pixels, sub.view.width, sub.view.height), key, number)
        large.add(pixels, key, number)
    audio, sounds = _make_sound(key.seed)
    return Loop(LOOP_VERSION, large.finish(), small.finish(), audio, sounds)


def make_still(key: LoopKey) -> Loop:
    """Make one second of the empty street that says what is awaited; half a second of a core.

    It is coded like the loop, so a stream goes over from it to the loop at any key picture.
    """
    main, sub = stream_format("loop", "main"), stream_format("loop", "sub")
    large, small = _Track(main), _Track(sub)
    pixels = draw_backdrop(key.seed, key.weather, main.view)
    text = f"Demo street {key.seed}   is being drawn"
    shown = overlay.shrunk(pixels, sub.view.width, sub.view.height)
    overlay.draw_text(pixels, text)
    overlay.draw_text(shown, text)
    for number in (*range(main.gop), *range(main.gop)):
        large.encode(pixels, number)
        small.encode(shown, number)
    audio, sounds = _make_sound(key.seed)
    return Loop(LOOP_VERSION, large.finish(), small.finish(), audio, sounds)


class _Track:
    """Burns in, encodes and collects the pictures of one stream; drops the first second."""

    def __init__(self, shape: Format) -> None:
        self._format = shape
        self._encoder = VideoEncoder(shape.view, shape.fps, shape.gop, shape.quality)
        self._pictures: list[Picture] = []

    def add(self, pixels: Pixels, key: LoopKey, number: int) -> None:
        seconds = number / self._format.fps
        overlay.draw_text(pixels, f"Demo street {key.seed}   {seconds:04.1f} s of {CYCLE_S} s")
        overlay.draw_counter(pixels, number)
        self.encode(pixels, number)

    def encode(self, pixels: Pixels, number: int) -> None:
        self._pictures += self._encoder.encode(pixels, key=number % self._format.gop == 0)

    def finish(self) -> LoopVideo:
        self._pictures += self._encoder.flush()
        return LoopVideo(self._encoder.track, tuple(self._pictures[self._format.gop :]))


def _make_sound(seed: int) -> tuple[AudioTrack, tuple[bytes, ...]]:
    """Encode the second of two turns, so that its beginning was coded after its own end."""
    turn = sound.BLOCKS_PER_CYCLE
    encoder = AudioEncoder(first=0)
    frames: dict[int, bytes] = {}
    for index in range(2 * turn + 4):
        frames |= dict(encoder.encode(sound.block(seed, index)))
    return encoder.track, tuple(frames[index] for index in range(turn, 2 * turn))


def read_loop(path: Path) -> Loop | None:
    """Read a loop's file; None where it is absent, damaged or of another version.

    Marks it as used just now.
    """
    try:
        loop = unpack(path.read_bytes(), Loop)
    except (FileNotFoundError, ProtocolError):
        return None
    if loop.version != LOOP_VERSION:
        return None
    with suppress(OSError):
        path.touch()
    return loop


def write_loop(path: Path, loop: Loop) -> None:
    """Write a loop's file so that it appears whole or not at all."""
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with draft.open("wb") as file:
            file.write(pack(loop))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def make_and_keep(directory: Path, key: LoopKey, stop: threading.Event, keep: int) -> Loop:
    """Make a loop and its file; of all files the ``keep`` used last stay."""
    loop = make_loop(key, stop.is_set)
    # A full disk costs the file only: the loop is in memory, and made again after a restart.
    with suppress(OSError):
        directory.mkdir(parents=True, exist_ok=True)
        write_loop(directory / key.file_name, loop)
        files = sorted(directory.glob("loop-*.msgpack"), key=lambda file: -file.stat().st_mtime_ns)
        for old in files[keep:]:
            old.unlink(missing_ok=True)
    return loop
