"""RTSP messages as cameras send them, torn and hostile ones included."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nvr_core.rtsp.messages import MAX_HEAD, read_message, write_request
from nvr_sdk.errors import NvrError

ANSWER = (
    b"RTSP/1.0 200 OK\r\nCSeq: 7\r\nPublic : A\r\nPublic: B\r\n folded\r\n"
    b"Content-Length: 3\r\n\r\nabcREST"
)


def test_an_answer() -> None:
    found = read_message(ANSWER, 0, len(ANSWER))
    assert found is not None
    message, end = found
    assert (message.status, message.reason, message.cseq) == (200, "OK", 7)
    assert message.all("public") == ("A", "B") and message.header("missing") == ""
    assert message.body == b"abc" and ANSWER[end:] == b"REST"


def test_a_request_of_the_server() -> None:
    data = b"ANNOUNCE rtsp://h/x RTSP/1.0\r\nCSeq: x\r\n\r\n"
    found = read_message(data, 0, len(data))
    assert found is not None
    assert (found[0].method, found[0].status, found[0].cseq) == ("ANNOUNCE", 0, -1)


def test_every_torn_form_waits() -> None:
    for size in range(1, ANSWER.index(b"REST")):
        assert read_message(ANSWER, 0, size) is None


@pytest.mark.parametrize(
    "data",
    [
        b"\x00" * 20,
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"R" * MAX_HEAD,
        b"RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"RTSP/1.0 200 OK\r\n" + b"A: b\r\n" * 101 + b"\r\n",
    ],
)
def test_nonsense_is_refused(data: bytes) -> None:
    with pytest.raises(NvrError) as caught:
        read_message(data, 0, len(data))
    assert caught.value.code == "protocol_error"


@given(st.binary(min_size=1, max_size=400), st.booleans())
@settings(deadline=None)
def test_any_bytes(data: bytes, likely: bool) -> None:
    if likely:
        data = b"RTSP/1.0 2" + data + b"\r\n\r\n"
    try:
        found = read_message(data, 0, len(data))
    except NvrError as error:
        assert error.code == "protocol_error"
    else:
        assert found is None or 0 < found[1] <= len(data)


def test_a_request() -> None:
    assert write_request("PLAY", "rtsp://h/x", [("CSeq", "1")]) == (
        b"PLAY rtsp://h/x RTSP/1.0\r\nCSeq: 1\r\n\r\n"
    )
    with pytest.raises(ValueError, match="line break"):
        write_request("PLAY", "rtsp://h/x", [("A", "b\r\nC: d")])
