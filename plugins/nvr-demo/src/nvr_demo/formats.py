"""Picture sizes, rates and qualities of the demo's streams."""

from __future__ import annotations

from dataclasses import dataclass

from nvr_demo.config import Mode
from nvr_demo.encoders import Quality
from nvr_demo.scene.view import View
from nvr_sdk.messages import StreamName


@dataclass(frozen=True, slots=True)
class Format:
    """How one stream is drawn and coded. Its key pictures lie one second apart."""

    view: View
    fps: int
    quality: Quality

    @property
    def gop(self) -> int:
        """Pictures from one key picture to the next."""
        return self.fps


_LOOP = Quality("superfast", 23, 3000, delay=True, threads=2)
_LOOP_SUB = Quality("superfast", 24, 700, delay=True)
_LIVE = Quality("ultrafast", 26, 800, delay=False)

_FORMATS: dict[tuple[Mode, StreamName], Format] = {
    ("loop", "main"): Format(View(1280, 720), 15, _LOOP),
    ("loop", "sub"): Format(View(640, 360), 15, _LOOP_SUB),
    ("live", "main"): Format(View(640, 360), 10, _LIVE),
    ("live", "sub"): Format(View(320, 180), 10, _LIVE),
}


def stream_format(mode: Mode, stream: StreamName) -> Format:
    """Give the format of a stream."""
    return _FORMATS[mode, stream]
