"""A recorder that notes every unit it is given."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

from pydantic import Field

from nvr_sdk import AccessUnit, StreamInfo
from nvr_testkit.base import KitComponent, KitConfig


class RecorderConfig(KitConfig):
    """Configuration of the recorder."""

    delay_s: float = Field(
        default=0.0, ge=0, le=10, title="Delay", description="Seconds that each write takes."
    )
    fail_after: int | None = Field(
        default=None, ge=0, title="Fail after", description="Units after which writing raises."
    )


class LineSession:
    """Writes one JSON line per call."""

    def __init__(self, path: Path, config: RecorderConfig) -> None:
        self._file = path.open("a")
        self._config = config
        self._units = 0

    def begin(self, info: StreamInfo) -> None:
        """Note the size of the picture."""
        video = info.video
        self._write({"begin": [video.width, video.height] if video else None})

    def write(self, unit: AccessUnit) -> None:
        """Note the unit's time and hash."""
        if self._units == self._config.fail_after:
            raise OSError("the disk of the test recorder is full")
        time.sleep(self._config.delay_s)
        self._units += 1
        digest = hashlib.sha256(unit.data).hexdigest()
        self._write({"dts": unit.dts, "key": unit.key, "sha256": digest})

    def close(self) -> None:
        """Note the end."""
        self._write({"closed": self._units})
        self._file.close()

    def _write(self, line: dict[str, object]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()


class LineRecorder(KitComponent):
    """Keeps a file ``<camera>-<stream>.jsonl`` in the plugin's directory."""

    id = "testkit-recorder"
    config_model = RecorderConfig

    def open_recording(self, camera_id: str, stream: str) -> LineSession:
        """Open the stream's file."""
        path = self.context.data_dir / f"{camera_id}-{stream}.jsonl"
        return LineSession(path, self.config)
