"""Measures what the fast lane's reader costs for one 1080p camera of 4 Mbit/s with AAC.

The packets come over a TCP connection on this machine, one frame at a time, as a camera sends
them; only the reader's process time counts. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from nvr_core.rtsp.connection import Connection
from nvr_core.rtsp.sdp import parse_sdp
from nvr_core.rtsp.stream import MediaStream
from nvr_sdk.errors import NvrError
from nvr_sdk.messages import AccessUnit, StreamInfo
from peers.rtp_packets import (
    H264_PPS,
    H264_SPS,
    Packetizer,
    aac_payload,
    h264_payloads,
    h264_slice,
    stap_a,
)

SDP = b"""v=0
m=video 0 RTP/AVP 96
a=rtpmap:96 H264/90000
m=audio 0 RTP/AVP 97
a=rtpmap:97 MPEG4-GENERIC/44100/2
a=fmtp:97 mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1210
"""


class Counter:
    """A sink that counts."""

    def __init__(self) -> None:
        self.pictures = self.bytes = self.corrupt = 0

    def begin(self, info: StreamInfo) -> None:
        """Nothing is to be done."""

    def push(self, unit: AccessUnit) -> None:
        """Count the unit."""
        self.pictures += unit.track == "video"
        self.corrupt += unit.corrupt
        self.bytes += len(unit.data)


def frames(count: int) -> list[bytes]:
    """Give the bytes that a camera sends per frame: 20 kB on average, a key frame every 2 s."""
    video, audio = Packetizer(96, 0), Packetizer(97, 2)
    sound = 0
    made: list[bytes] = []
    for index in range(count):
        video.sent.clear()
        audio.sent.clear()
        key = index % 50 == 0
        if key:
            video.send([stap_a([H264_SPS, H264_PPS])], index * 3600, marker=False)
        size = 110_000 if key else 18_000
        video.send(h264_payloads(h264_slice(index, key=key, size=size)), index * 3600)
        while sound * 1024 * 25 < index * 44100:
            audio.send([aac_payload(bytes(340))], sound * 1024)
            sound += 1
        made.append(video.data + audio.data)
    return made


def serve(ready: socket.socket, made: list[bytes]) -> None:
    """Send the frames to the one client, each in several writes, waiting for it in between."""
    peer, _ = ready.accept()
    with peer:
        for data in made:
            peer.sendall(data)
            time.sleep(0.0005)


async def read(port: int) -> dict[str, float]:
    """Read it all and give the figures."""
    medias = parse_sdp(SDP).medias
    _, connection = await asyncio.get_running_loop().create_connection(
        lambda: Connection(time.monotonic), "127.0.0.1", port
    )
    sink = Counter()
    stream = MediaStream(medias[0], sink, lambda: connection.arrived)
    connection.demuxer.route(0, stream.video_taker, stream.on_rtcp("video"))
    audio = stream.use_audio(medias[1])
    assert audio is not None
    connection.demuxer.route(2, audio, stream.on_rtcp("audio"))
    before = time.process_time()
    with suppress(NvrError):
        await connection.lost
    used = time.process_time() - before
    return {
        "pictures": sink.pictures,
        "megabytes": round(sink.bytes / 1e6, 1),
        "corrupt": sink.corrupt,
        "us_per_picture": round(used / sink.pictures * 1e6, 1),
        "cpu_seconds_per_camera_minute": round(used / sink.pictures * 1500, 4),
    }


def main() -> None:
    """Run the server in a child and read from it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=5000)
    made = frames(parser.parse_args().frames)
    with socket.create_server(("127.0.0.1", 0)) as ready:
        child = multiprocessing.get_context("fork").Process(target=serve, args=(ready, made))
        child.start()
        figures = asyncio.run(read(ready.getsockname()[1]))
        child.join()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
