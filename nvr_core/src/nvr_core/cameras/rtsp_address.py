"""Stream addresses of the built-in ``rtsp`` source; free of heavy imports, the engine uses it."""

from __future__ import annotations

from collections.abc import Mapping

from nvr_sdk.errors import ConfigError, FieldError
from nvr_sdk.messages import StreamAddress, StreamName

PLUGIN = "core"
SOURCE = "rtsp"


def stream_address(config: Mapping[str, object], stream: StreamName) -> StreamAddress:
    """Give the address of a stream from a valid camera configuration (see `cameras.rtsp`)."""
    url = config.get(f"{stream}_url")
    if not isinstance(url, str) or not url:
        raise ConfigError(
            f"The camera has no {stream} stream.",
            (FieldError(f"config.{stream}_url", "missing", "Enter the address of this stream."),),
        )
    return StreamAddress(
        url=url,
        username=str(config.get("username") or ""),
        password=str(config.get("password") or ""),
        transport="udp" if config.get("transport") == "udp" else "tcp",
    )
