"""RTSP messages: requests written, answers and the server's own requests read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nvr_core.rtsp.failures import protocol_error

MAX_HEAD = 16 * 1024
MAX_BODY = 64 * 1024
_MAX_HEADERS = 100
_STATUS_LINE = re.compile(r"RTSP/\d\.\d\s+(\d{3})(?:\s+(.*))?$")
_REQUEST_LINE = re.compile(r"([A-Z_]{2,20})\s+(\S+)\s+RTSP/\d\.\d$")


@dataclass(frozen=True, slots=True)
class Message:
    """An answer (``status`` above 0) or a request of the server (``method`` not empty)."""

    status: int
    reason: str
    method: str
    headers: tuple[tuple[str, str], ...]
    """Names in lower case."""
    body: bytes

    def header(self, name: str) -> str:
        """Give the first header of that lower-case name, or an empty string."""
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Give every header of that lower-case name."""
        return tuple(value for key, value in self.headers if key == name)

    @property
    def cseq(self) -> int:
        """The number that ties an answer to its request; -1 where it is missing."""
        text = self.header("cseq")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def write_request(method: str, uri: str, headers: Sequence[tuple[str, str]]) -> bytes:
    """Give the bytes of a request without a body. Line breaks in a value raise `ValueError`."""
    lines = [f"{method} {uri} RTSP/1.0", *(f"{name}: {value}" for name, value in headers)]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a request's header must not hold a line break")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def write_answer(cseq: str, status: str) -> bytes:
    """Give the bytes of an answer to a request of the server."""
    return f"RTSP/1.0 {status}\r\nCSeq: {cseq}\r\n\r\n".encode()


def read_message(data: bytes | bytearray, start: int, end: int) -> tuple[Message, int] | None:
    """Read one message from ``data[start:end]``; give it and where it ends, None if incomplete.

    Raises `NvrError` ``protocol_error`` for what is no RTSP or larger than the limits.
    """
    if not 0x41 <= data[start] <= 0x5A:
        raise protocol_error("neither a packet nor a message where one must begin")
    head_end = data.find(b"\r\n\r\n", start, min(end, start + MAX_HEAD))
    if head_end < 0:
        if end - start >= MAX_HEAD:
            raise protocol_error("a message head is too long")
        return None
    lines = bytes(data[start:head_end]).decode("utf-8", "replace").splitlines()
    headers = _headers(lines[1:])
    body_start = head_end + 4
    body_end = body_start + _body_size(headers)
    if body_end > end:
        return None
    body = bytes(data[body_start:body_end])
    return _message(lines[0].strip(), headers, body), body_end


def _headers(lines: list[str]) -> tuple[tuple[str, str], ...]:
    if len(lines) > _MAX_HEADERS:
        raise protocol_error("a message has too many headers")
    split = (line.partition(":") for line in lines if not line.startswith((" ", "\t")))
    return tuple((name.strip().lower(), value.strip()) for name, colon, value in split if colon)


def _body_size(headers: tuple[tuple[str, str], ...]) -> int:
    text = next((value for name, value in headers if name == "content-length"), "0")
    if not (text.isascii() and text.isdigit() and len(text) < 10) or int(text) > MAX_BODY:
        raise protocol_error("the length of a message body makes no sense")
    return int(text)


def _message(first: str, headers: tuple[tuple[str, str], ...], body: bytes) -> Message:
    if match := _STATUS_LINE.match(first):
        return Message(int(match[1]), (match[2] or "")[:80], "", headers, body)
    if match := _REQUEST_LINE.match(first):
        return Message(0, "", match[1], headers, body)
    raise protocol_error("a message begins with an unknown line")
