"""Round trips of a 1920x1080x3 frame to another process: shared memory against a pickled array.

Each turn writes a fresh frame with its sequence number in the first and last bytes of the picture,
tells the other process, and waits for its answer: the numbers that it read. Both ways run in the
same process pair setting, one after the other; ``ratio`` is how many times more turns per second
shared memory makes.

    python benchmarks/frames.py [--quick] [--json]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import socket
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

import msgspec
import numpy as np

from nvr_sdk.frames import FrameReader, FrameRing, Pixels
from nvr_sdk.messages import FrameView

WIDTH, HEIGHT = 1920, 1080
SLOTS = 2
"""One being written, one being read: as few as work, so that they stay in the cache."""
SIZE = WIDTH * HEIGHT * 3


def main() -> None:
    """Measure both ways in alternation and print the best round of each: load only slows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few seconds instead of thirty")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    options = parser.parse_args()
    rounds, seconds = (10, 0.25) if options.quick else (30, 0.5)
    shared, pickled = [], []
    with SharedMemoryPeer() as by_ring, PickledPeer() as by_pipe:
        for _ in range(rounds):
            shared.append(rate(by_ring.turn, seconds))
            pickled.append(rate(by_pipe.turn, seconds))
    report(max(shared), max(pickled), as_json=options.json)


def rate(turn: Callable[[int], None], seconds: float) -> float:
    """Give the turns per second."""
    started = time.perf_counter()
    count = 0
    while time.perf_counter() - started < seconds:
        count += 1
        turn(count)
    return count / (time.perf_counter() - started)


def report(shared: float, pickled: float, *, as_json: bool) -> None:
    """Print what was measured."""
    ratio = shared / pickled
    print(f"shared memory  {shared:8.1f} round trips per second")
    print(f"pickled pipe   {pickled:8.1f} round trips per second")
    print(f"ratio          {ratio:8.1f} (goal: at least 25)")
    if as_json:
        figures = {"ratio": ratio, "shared_per_s": shared, "pickled_per_s": pickled}
        print(json.dumps(figures))


def fill(pixels: Pixels, sequence: int) -> None:
    """Write a fresh frame, with its number at both ends."""
    ends = pixels.reshape(-1)
    ends.fill(sequence & 0xFF)
    ends[:8] = ends[-8:] = np.frombuffer(sequence.to_bytes(8, "little"), np.uint8)


def numbers_in(pixels: Pixels) -> tuple[int, int]:
    """Read the numbers at both ends."""
    flat = pixels.reshape(-1)
    first, last = flat[:8].tobytes(), flat[-8:].tobytes()
    return int.from_bytes(first, "little"), int.from_bytes(last, "little")


def check(sequence: int, numbers: tuple[int, ...]) -> None:
    """Fail the benchmark if the consumer saw another frame, or a torn one."""
    if tuple(numbers) != (sequence, sequence):
        raise SystemExit(f"frame {sequence} arrived as {numbers}")


class SharedMemoryPeer:
    """A process that reads frames from a ring; it is told of them over a local socket."""

    def __enter__(self) -> SharedMemoryPeer:
        self._ring = FrameRing("benchmark", SLOTS, SIZE)
        self._socket, theirs = socket.socketpair()
        self._process = multiprocessing.get_context("fork").Process(
            target=consume_shared, args=(theirs,), daemon=True
        )
        self._process.start()
        theirs.close()
        socket.send_fds(self._socket, [b"ring"], [self._ring.descriptor])
        self._encode = msgspec.msgpack.Encoder().encode
        return self

    def turn(self, sequence: int) -> None:
        """Write a frame into the ring and have it read."""
        loan = self._ring.lend(WIDTH, HEIGHT)
        fill(loan.pixels, sequence)
        frame = loan.commit("benchmark", 0)
        self._socket.sendall(self._encode(frame))
        numbers = msgspec.msgpack.decode(self._socket.recv(4096))
        check(sequence, numbers)

    def __exit__(self, *exc_info: object) -> None:
        self._socket.close()
        self._process.join(5)
        self._ring.close()


def consume_shared(connection: socket.socket) -> None:
    """Read each announced frame and answer with the numbers in it."""
    _, descriptors, _, _ = socket.recv_fds(connection, 16, 1)
    reader = FrameReader(descriptors[0], SLOTS, SIZE)
    decode = msgspec.msgpack.Decoder(FrameView).decode
    while announced := connection.recv(4096):
        frame = decode(announced)
        numbers = numbers_in(reader.view(frame))
        valid = reader.still_valid(frame)
        connection.sendall(msgspec.msgpack.encode(numbers if valid else (0, 0)))


class PickledPeer:
    """A process that is sent whole arrays through a multiprocessing pipe."""

    def __enter__(self) -> PickledPeer:
        context = multiprocessing.get_context("fork")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=consume_pickled, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self._frame = np.empty((HEIGHT, WIDTH, 3), np.uint8)
        return self

    def turn(self, sequence: int) -> None:
        """Write a frame and send it."""
        fill(self._frame, sequence)
        self._pipe.send(self._frame)
        check(sequence, self._pipe.recv())

    def __exit__(self, *exc_info: object) -> None:
        self._pipe.send(None)
        self._process.join(5)
        self._pipe.close()


def consume_pickled(pipe: Connection) -> None:
    """Take each array and answer with the numbers in it."""
    while (frame := pipe.recv()) is not None:
        pipe.send(numbers_in(frame))


if __name__ == "__main__":
    main()
