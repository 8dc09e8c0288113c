"""Turns coded pictures into JPEGs, in the av worker: no libav in this process."""

from __future__ import annotations

import asyncio

from nvr_core.processes import IMAGE_DECODE, Image, ImageDecode
from nvr_core.settings import Settings
from nvr_sdk.wire import connect

_AT_ONCE = 4


class Pictures:
    """Asks the av worker; at most four pictures at once, others wait."""

    def __init__(self, settings: Settings) -> None:
        self._path = settings.av_socket
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def decode(self, mp4: bytes, offset_s: float, width: int | None) -> Image:
        """Give the picture nearest at or before ``offset_s``; raises ``unavailable``, ``timeout``
        or the decoder's own error."""
        async with self._turn:
            channel = await connect(self._path)
            try:
                question = ImageDecode(mp4, offset_s, width)
                return await channel.request(IMAGE_DECODE, question, Image)
            finally:
                channel.close()
