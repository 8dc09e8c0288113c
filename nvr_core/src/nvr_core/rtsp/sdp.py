"""Session descriptions (SDP), read tolerantly: cameras write them in many ways."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

_MAX_MEDIAS = 32
_MAX_LINES = 2000
_STATIC = {
    0: ("PCMU", 8000, 1),
    8: ("PCMA", 8000, 1),
    14: ("MPA", 90_000, 1),
    26: ("JPEG", 90_000, 1),
}


@dataclass(slots=True)
class Media:
    """One ``m=`` section."""

    kind: str
    """``video``, ``audio``, ``application`` …"""
    payload_type: int
    codec: str = ""
    """Encoding name in upper case, e.g. ``H264``; empty where unknown."""
    clock_rate: int = 0
    channels: int = 1
    parameters: dict[str, str] = field(default_factory=dict)
    """``a=fmtp`` of the payload type; names in lower case."""
    control: str = ""
    fps: float | None = None
    send_only: bool = False
    """True for a channel *to* the camera (talk-back), which is not for reading."""

    def binary(self, name: str) -> list[bytes]:
        """Give the Base64 values of a parameter, comma separated; broken ones left out."""
        values: list[bytes] = []
        for text in self.parameters.get(name, "").split(","):
            try:
                value = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
            except (binascii.Error, ValueError):
                continue
            if value:
                values.append(value)
        return values

    def number(self, name: str, default: int) -> int:
        """Give a parameter as a number from 0 to 65535; the default where it is none."""
        text = self.parameters.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else default


@dataclass(slots=True)
class Description:
    """What a session consists of."""

    control: str = ""
    """Session-level ``a=control``."""
    medias: list[Media] = field(default_factory=list)


def parse_sdp(body: bytes) -> Description:
    """Read a description; lines that make no sense are skipped, so this never fails."""
    description = Description()
    media: Media | None = None
    for line in body.decode("utf-8", "replace").splitlines()[:_MAX_LINES]:
        name, equals, value = line.strip().partition("=")
        if not equals:
            continue
        if name == "m":
            media = _media(value)
            if media is not None and len(description.medias) < _MAX_MEDIAS:
                description.medias.append(media)
        elif name == "a" and media is not None:
            _media_attribute(media, value)
        elif name == "a" and not description.medias and value.startswith("control:"):
            description.control = value[8:].strip()
    return description


def _media(value: str) -> Media | None:
    fields = value.split()
    if len(fields) < 4 or not _is_payload_type(fields[3]):
        return None
    payload_type = int(fields[3])
    codec, clock_rate, channels = _STATIC.get(payload_type, ("", 0, 1))
    return Media(fields[0].lower(), payload_type, codec, clock_rate, channels)


def _is_payload_type(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 3 and int(text) < 128


def _media_attribute(media: Media, value: str) -> None:
    name, _, rest = value.partition(":")
    name, rest = name.strip().lower(), rest.strip()
    if name == "control":
        media.control = rest
    elif name == "sendonly":
        media.send_only = True
    elif name in ("framerate", "x-framerate"):
        media.fps = _rate(rest)
    elif name in ("rtpmap", "fmtp"):
        number, _, text = rest.partition(" ")
        if _is_payload_type(number) and int(number) == media.payload_type:
            _rtpmap(media, text) if name == "rtpmap" else _fmtp(media, text)


def _rtpmap(media: Media, text: str) -> None:
    fields = text.strip().split("/")
    media.codec = fields[0].upper()
    numbers = [int(x) if x.isascii() and x.isdigit() and len(x) < 10 else 0 for x in fields[1:3]]
    if numbers and numbers[0]:
        media.clock_rate = numbers[0]
    if len(numbers) > 1 and numbers[1]:
        media.channels = numbers[1]


def _fmtp(media: Media, text: str) -> None:
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            media.parameters[name.strip().lower()] = value.strip()


def _rate(text: str) -> float | None:
    try:
        rate = float(text)
    except ValueError:
        return None
    return rate if 0 < rate <= 1000 else None


def base_url(dialled: str, answered: str) -> str:
    """Give the URL that controls are relative to: the answer's path at the host we dialled.

    Cameras behind address translation name an inner host in ``Content-Base``, some an empty one;
    what was dialled is what works.
    """
    answered = answered.strip()
    if not answered:
        return dialled
    scheme, host, *_ = urlsplit(dialled)
    if answered.startswith("/"):
        return f"{scheme}://{host}{answered}"
    if "://" not in answered:
        return dialled
    try:
        parts = urlsplit(answered)
    except ValueError:
        return dialled
    return urlunsplit((scheme, host, parts.path, parts.query, ""))


def control_url(base: str, control: str) -> str:
    """Give the URL of a track or of the whole session (empty or ``*``) for SETUP and PLAY."""
    control = control.strip()
    if control in ("", "*"):
        return base
    if control.startswith("/") or "://" in control:
        return base_url(base, control)
    # Not urljoin: bases such as /cam?channel=1/ are to be appended to, as all servers expect.
    return f"{base.rstrip('/')}/{control}"
