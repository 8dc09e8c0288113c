"""Makes ``clip.bin``: two GOPs of ten pictures, H.264 baseline, 160x96. Run when it must change."""

from __future__ import annotations

from pathlib import Path

import av
import msgspec
import numpy as np

WIDTH, HEIGHT, PICTURES, GOP = 160, 96, 20, 10
SPS, PPS, SEI = 7, 8, 6


def main() -> None:
    """Encode the clip and write it beside the package's modules."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.framerate, encoder.gop_size = 25, GOP
    encoder.options = {"preset": "veryslow", "profile": "baseline", "sc_threshold": "0"}
    packets = [p for n in range(PICTURES) for p in encoder.encode(picture(n))]
    packets += encoder.encode(None)
    nals = [split(bytes(packet)) for packet in packets]
    clip = {
        "width": WIDTH,
        "height": HEIGHT,
        "parameter_sets": [nal for nal in nals[0] if nal[0] & 31 in (SPS, PPS)],
        "keys": [packet.is_keyframe for packet in packets],
        "units": [join(nal for nal in unit if nal[0] & 31 not in (SPS, PPS, SEI)) for unit in nals],
    }
    target = Path(__file__).parents[1] / "src/nvr_testkit/clip.bin"
    target.write_bytes(msgspec.msgpack.encode(clip))


def picture(number: int) -> av.VideoFrame:
    """Draw a bright square that moves over a slope."""
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[..., 1] = np.linspace(0, 120, WIDTH, dtype=np.uint8)
    image[30:60, number * 6 : number * 6 + 30] = 230
    return av.VideoFrame.from_ndarray(image, "bgr24")


def split(annex_b: bytes) -> list[bytes]:
    """Cut an Annex B unit into NAL units."""
    return [part.rstrip(b"\x00") for part in annex_b.split(b"\x00\x00\x01")[1:]]


def join(nals: object) -> bytes:
    """Put a 4-byte length before each NAL unit."""
    return b"".join(len(nal).to_bytes(4, "big") + nal for nal in nals)


if __name__ == "__main__":
    main()
