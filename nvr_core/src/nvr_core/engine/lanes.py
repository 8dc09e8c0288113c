"""Which reader takes an address: our own takes RTSP over TCP, libav's all that it cannot."""

from __future__ import annotations

from urllib.parse import urlsplit

from nvr_sdk.errors import NvrError
from nvr_sdk.messages import StreamAddress, StreamName

FAST, AV, PLUGIN = "fast", "av", "plugin"

StreamKey = tuple[str, StreamName]
"""Camera id and stream."""

_OTHER_LANE = frozenset({"needs_av_lane", "unsupported_transport", "protocol_error"})
_SCHEMES = ("rtsp", "rtsps")


class Lanes:
    """Remembers which streams the fast lane cannot read, and why. One per engine.

    A stream stays with libav until its address changes or the engine starts anew. One address is
    remembered per stream, without its query: plugins put passing tokens there.
    """

    def __init__(self) -> None:
        self._refused: dict[StreamKey, tuple[str, str]] = {}

    def reason(self, key: StreamKey, address: StreamAddress) -> str:
        """Say why the av lane reads this address; empty if the fast lane does."""
        if urlsplit(address.url).scheme not in _SCHEMES:
            return "The address is not RTSP."
        if address.transport != "tcp":
            return "The camera is set to UDP."
        where, reason = self._refused.get(key, ("", ""))
        return reason if where == _place(address) else ""

    def refused(self, key: StreamKey, address: StreamAddress, error: NvrError) -> bool:
        """Note how the fast lane ended; True if the av lane is to go on from here."""
        if error.code not in _OTHER_LANE:
            return False
        self._refused[key] = (_place(address), error.message)
        return True


def _place(address: StreamAddress) -> str:
    return address.url.partition("?")[0]
