"""A detector that finds the bright rectangle in a picture."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from pydantic import Field

from nvr_sdk import Box, Detection, DetectorSpec, FrameReader, FrameView, hint
from nvr_testkit.base import KitComponent, KitConfig


class DetectorConfig(KitConfig):
    """Configuration of the detector."""

    threshold: int = Field(
        default=200,
        ge=1,
        le=255,
        title="Threshold",
        description="Brightness that counts as bright.",
        json_schema_extra=hint(widget="slider"),
    )
    delay_s: float = Field(
        default=0.0, ge=0, le=60, title="Delay", description="Seconds that a call takes."
    )
    batch: int = Field(
        default=4,
        ge=1,
        le=64,
        title="Batch",
        description="Most frames in one call.",
        json_schema_extra=hint(on_change="restart"),
    )


class BrightestRectangle(KitComponent):
    """Boxes all pixels that are bright in every channel."""

    id = "testkit-detector"
    config_model = DetectorConfig

    async def spec(self) -> DetectorSpec:
        """Take small pictures, many at once."""
        return DetectorSpec(320, 180, "bgr24", ("bright",), batch=self.config.batch)

    def detect(
        self, frames: Sequence[FrameView], reader: FrameReader
    ) -> Sequence[Sequence[Detection]]:
        """Box what is bright, after the delay."""
        time.sleep(self.config.delay_s)
        return [self._find(frame, reader.view(frame)) for frame in frames]

    def _find(self, frame: FrameView, pixels: np.ndarray) -> list[Detection]:
        bright = pixels.min(axis=2) >= self.config.threshold
        rows, columns = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
        if not len(rows):
            return []
        box = Box(
            left=float(columns[0] / frame.width),
            top=float(rows[0] / frame.height),
            right=float((columns[-1] + 1) / frame.width),
            bottom=float((rows[-1] + 1) / frame.height),
        )
        return [Detection("bright", 1.0, box, {"sequence": frame.sequence})]
