"""Many cheap RTSP cameras from one file: packets are made once, then replayed over and over.

For benchmarks: the server must cost little, so one process serves as many clients as are asked
for, over TCP only, without authentication. Each path is a camera of its own with its own phase::

    rtsp_loop.py clip.mp4            prints the port; rtsp://127.0.0.1:<port>/<any name>

It ends when its standard input is closed. The clip is H.264 without B-frames, AAC or no sound.
"""

from __future__ import annotations

import asyncio
import base64
import re
import struct
import sys
import threading
import time
import zlib
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av

ROOM = 1400
NTP_EPOCH = 2_208_988_800
VIDEO_RATE = 90_000
_rtp = struct.Struct(">BBHBBHII")
_report = struct.Struct(">BBHBBHIIIIII")


@dataclass(frozen=True)
class Track:
    """One track of the clip, in packets."""

    rate: int
    payload_type: int
    description: str
    packets: int
    """In one turn of the loop."""


@dataclass(frozen=True)
class Event:
    """What is sent at one moment: all packets of one unit."""

    at_s: float
    track: int
    first: int
    """Number of its first packet in the turn."""
    payloads: tuple[bytes, ...]
    key: bool


class Loop:
    """A clip taken apart."""

    def __init__(self, path: Path) -> None:
        with av.open(str(path)) as container:
            video = container.streams.video[0]
            audio = next(iter(container.streams.audio), None)
            sets = parameter_sets(bytes(video.codec_context.extradata or b""))
            units = [
                (float(packet.pts * packet.time_base), packet.stream is video, bytes(packet))
                for packet in container.demux()
                if packet.size and packet.pts is not None
            ]
        pictures = [at for at, is_video, _ in units if is_video]
        self.start = min(pictures)
        self.seconds = (max(pictures) - self.start) * len(pictures) / (len(pictures) - 1)
        self.events: list[Event] = []
        counts = [0, 0]
        for at, is_video, data in sorted(units, key=lambda unit: unit[0]):
            if not self.start <= at < self.start + self.seconds:
                continue
            track = 0 if is_video else 1
            key = is_video and any(nal[0] & 31 == 5 for nal in nal_units(data))
            payloads = (
                tuple(video_payloads(data, sets if key else []))
                if is_video
                else (struct.pack(">HH", 16, len(data) << 3) + data,)
            )
            self.events.append(Event(at - self.start, track, counts[track], payloads, key))
            counts[track] += len(payloads)
        self.times = [event.at_s for event in self.events]
        self.tracks = [Track(VIDEO_RATE, 96, h264_lines(sets), counts[0])]
        if audio is not None:
            config = bytes(audio.codec_context.extradata or b"").hex()
            lines = aac_lines(audio.rate, audio.channels, config)
            self.tracks.append(Track(audio.rate, 97, lines, counts[1]))

    def sdp(self) -> str:
        """Describe the tracks."""
        lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=loop", "t=0 0", "a=control:*"]
        for number, track in enumerate(self.tracks):
            kind = "audio" if number else "video"
            lines += [f"m={kind} 0 RTP/AVP {track.payload_type}", track.description]
            lines += [f"a=control:trackID={number}"]
        return "\r\n".join(lines) + "\r\n"


def parameter_sets(record: bytes) -> list[bytes]:
    """Read SPS and PPS out of an avcC record."""
    found, position = [], 5
    for mask in (31, 255):
        count, position = record[position] & mask, position + 1
        for _ in range(count):
            size = int.from_bytes(record[position : position + 2], "big")
            found.append(record[position + 2 : position + 2 + size])
            position += 2 + size
    return found


def nal_units(data: bytes) -> Iterator[bytes]:
    """Split a length-prefixed unit."""
    position = 0
    while position + 4 < len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        yield data[position + 4 : position + 4 + size]
        position += 4 + size


def video_payloads(data: bytes, sets: list[bytes]) -> Iterator[bytes]:
    """Packetise one picture as RFC 6184 says, parameter sets ahead."""
    for nal in [*sets, *nal_units(data)]:
        if len(nal) <= ROOM:
            yield nal
            continue
        indicator, kind = nal[0] & 0xE0 | 28, nal[0] & 31
        for start in range(1, len(nal), ROOM - 2):
            end = start + ROOM - 2
            flags = (0x80 if start == 1 else 0) | (0x40 if end >= len(nal) else 0)
            yield bytes((indicator, flags | kind)) + nal[start:end]


def h264_lines(sets: list[bytes]) -> str:
    """Describe the video."""
    encoded = ",".join(base64.b64encode(each).decode() for each in sets)
    return f"a=rtpmap:96 H264/{VIDEO_RATE}\r\n" + (
        f"a=fmtp:96 packetization-mode=1;profile-level-id={sets[0][1:4].hex()};"
        f"sprop-parameter-sets={encoded}"
    )


def aac_lines(rate: int, channels: int, config: str) -> str:
    """Describe the sound."""
    return f"a=rtpmap:97 MPEG4-GENERIC/{rate}/{channels}\r\n" + (
        "a=fmtp:97 streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;"
        f"indexdeltalength=3;config={config}"
    )


class Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, loop: Loop) -> None:
        self._clip = loop
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._channels: dict[int, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._began = 0.0
        self._turn = self._next = 0
        self._reported = -10.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        assert isinstance(transport, asyncio.Transport)
        transport.set_write_buffer_limits(high=8 << 20)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop sending."""
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Answer requests; receiver reports between them are not looked at."""
        self._received += data
        while self._received:
            if self._received[0] == 0x24:
                size = 4 + int.from_bytes(self._received[2:4], "big")
                if len(self._received) < max(4, size):
                    return
                self._received = self._received[size:]
                continue
            head, found, rest = self._received.partition(b"\r\n\r\n")
            if not found:
                return
            self._received = rest
            self._answer(head.decode())

    def _answer(self, head: str) -> None:
        method, url, _ = head.split(" ", 2)
        number = re.search(r"(?im)^cseq: *(\d+)", head)
        assert number is not None and self._transport is not None
        lines, body = [f"CSeq: {number[1]}", "Session: 1;timeout=60"], ""
        if method == "OPTIONS":
            lines.append("Public: DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER")
        elif method == "DESCRIBE":
            body = self._clip.sdp()
            lines += [f"Content-Base: {url}/", "Content-Type: application/sdp"]
            lines += [f"Content-Length: {len(body)}"]
        elif method == "SETUP":
            channel = re.search(r"interleaved=(\d+)", head)
            assert channel is not None, "TCP only"
            self._channels[int(url[-1])] = int(channel[1])
            lines.append(
                f"Transport: RTP/AVP/TCP;unicast;interleaved={channel[1]}-{int(channel[1]) + 1}"
            )
        self._transport.write(
            ("RTSP/1.0 200 OK\r\n" + "\r\n".join(lines) + "\r\n\r\n" + body).encode()
        )
        if method == "PLAY":
            self._play(url)
        elif method == "TEARDOWN":
            self._transport.close()

    def _play(self, url: str) -> None:
        clip, now = self._clip, time.monotonic()
        phase = zlib.crc32(url.encode()) / (1 << 32) * clip.seconds
        start = bisect_left(clip.times, (now + phase) % clip.seconds)
        keys = [place for place, event in enumerate(clip.events) if event.key]
        self._next = min((place for place in keys if place >= start), default=keys[0])
        self._began = now - clip.times[self._next]
        self._send_due()

    def _send_due(self) -> None:
        assert self._transport is not None
        clip, now = self._clip, time.monotonic()
        out = [] if now - self._reported < 5 else self._reports(now)
        while True:
            event = clip.events[self._next]
            due = self._began + self._turn * clip.seconds + event.at_s
            if due > now + 0.002:
                break
            if event.track in self._channels:
                self._put(event, out)
            self._next += 1
            if self._next == len(clip.events):
                self._next, self._turn = 0, self._turn + 1
        if out:
            if self._transport.get_write_buffer_size() > 4 << 20:
                self._transport.abort()  # a client that cannot keep up spoils the measurement
                return
            self._transport.write(b"".join(out))
        later = max(due, now + 0.005)
        self._timer = asyncio.get_running_loop().call_at(later, self._send_due)

    def _put(self, event: Event, out: list[bytes]) -> None:
        track, channel = self._clip.tracks[event.track], self._channels[event.track]
        at = self._turn * self._clip.seconds + event.at_s
        timestamp = round(at * track.rate) & 0xFFFFFFFF
        sequence, last = self._turn * track.packets + event.first, len(event.payloads) - 1
        for number, payload in enumerate(event.payloads):
            kind = track.payload_type | (0x80 if number == last else 0)
            place = (sequence + number) & 0xFFFF
            size = 12 + len(payload)
            out.append(_rtp.pack(0x24, channel, size, 0x80, kind, place, timestamp, event.track))
            out.append(payload)

    def _reports(self, now: float) -> list[bytes]:
        self._reported = now
        wall, made = time.time() + NTP_EPOCH, []
        for number, channel in self._channels.items():
            ticks = round((now - self._began) * self._clip.tracks[number].rate) & 0xFFFFFFFF
            ntp = int(wall * (1 << 32)) & (1 << 64) - 1
            made.append(
                _report.pack(
                    *(0x24, channel + 1, 28, 0x80, 200, 6, number),
                    *(ntp >> 32, ntp & 0xFFFFFFFF, ticks, 0, 0),
                )
            )
        return made


async def serve(path: Path) -> None:
    """Serve until standard input is closed."""
    clip = Loop(path)
    loop = asyncio.get_running_loop()
    closed = asyncio.Event()
    server = await loop.create_server(lambda: Client(clip), "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)

    def watch() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(closed.set)

    threading.Thread(target=watch, daemon=True).start()
    await closed.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
