"""Challenges and answers, against the examples of RFC 2617 and RFC 7616."""

from __future__ import annotations

import hashlib

from nvr_core.rtsp.auth import Authenticator, parse_challenges


def test_rfc_7616_sha256_is_chosen_before_md5() -> None:
    headers = [
        'Basic realm="cam"',
        'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5,'
        ' nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7"',
        'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256,'
        ' nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7"',
    ]
    auth = Authenticator(
        "Mufasa",
        "Circle of Life",
        make_cnonce=lambda: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    assert auth.take(headers)
    answer = auth.header("GET", "/dir/index.html") or ""
    assert "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1" in answer
    assert "algorithm=SHA-256" in answer and "nc=00000001" in answer
    assert [c.algorithm for c in parse_challenges(headers) if c.scheme == "digest"] == [
        "SHA-256",
        "MD5",
    ]


def test_legacy_digest_without_qop() -> None:
    auth = Authenticator("a", "p")
    assert auth.take(['Digest realm="r", nonce="n"'])
    assert auth.header("DESCRIBE", "rtsp://h/x") == (
        'Digest username="a", realm="r", nonce="n", uri="rtsp://h/x", '
        f'response="{_legacy_response()}"'
    )


def _legacy_response() -> str:
    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    return md5(f"{md5('a:r:p')}:n:{md5('DESCRIBE:rtsp://h/x')}")


def test_basic() -> None:
    auth = Authenticator("Aladdin", "open sesame")
    assert auth.header("OPTIONS", "rtsp://h/") is None
    assert auth.take(['Basic realm="WallyWorld"'])
    assert auth.header("OPTIONS", "rtsp://h/") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


def test_two_challenges_in_one_header() -> None:
    found = parse_challenges(['Basic realm="a", Digest realm="b", nonce="c", stale=TRUE'])
    assert [(c.scheme, c.realm) for c in found] == [("digest", "b"), ("basic", "a")]
    assert found[0].stale


def test_a_refused_password_is_not_sent_again() -> None:
    auth = Authenticator("a", "wrong")
    assert auth.take(['Digest realm="r", nonce="n1"'])
    assert not auth.take(['Digest realm="r", nonce="n2"'])


def test_stale_nonce_and_a_new_nonce_later_are_taken() -> None:
    auth = Authenticator("a", "p")
    assert auth.take(['Digest realm="r", nonce="n1"'])
    assert auth.take(['Digest realm="r", nonce="n2", stale=true'])
    auth.accepted()
    assert auth.take(['Digest realm="r", nonce="n3"'])
    assert 'nonce="n3"' in (auth.header("PLAY", "u") or "")
    assert not auth.take(['Digest realm="r", nonce="n3"'])


def test_nothing_to_answer_with() -> None:
    assert not Authenticator("", "").take(['Digest realm="r", nonce="n"'])
    assert not Authenticator("a", "p").take(['Digest realm="r", nonce="n", algorithm=SHA-512'])
    assert not Authenticator("a", "p").take(['Digest realm="r", nonce="n", qop="auth-int"'])
    assert not Authenticator("a", "p").take(["Negotiate abc", "Digest " + "a" * 100_000])


def test_the_password_is_not_in_the_representation() -> None:
    assert "secret" not in repr(Authenticator("a", "secret"))
