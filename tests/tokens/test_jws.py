"""Tokens taken apart: bytes and segments (section 4.A)."""

from __future__ import annotations

import json

import pytest

from authkit.errors import InvalidHeader, MalformedToken, Refused
from authkit.tokens.jws import LARGEST_HEADER, LARGEST_TOKEN, MOST_HEADERS, Opener, media_type
from tests.support.tokens import b64

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
HEADER = b64(b'{"alg":"ES256","kid":"k1"}')
GOOD = f"{HEADER}.{b64(b'{}')}.{b64(bytes(64))}"


def opener(**changes: object) -> Opener:
    return Opener(**{"algorithms": ["ES256", "RS256"], "types": ["jwt", "at+jwt"], **changes})  # type: ignore[arg-type]


def code_of(token: object) -> str:
    with pytest.raises(Refused) as fault:
        opener().open(token)
    assert isinstance(fault.value, (MalformedToken, InvalidHeader))
    return fault.value.code


@pytest.mark.parametrize("token", [GOOD, GOOD.encode()], ids=["text", "bytes"])
def test_a_token_comes_apart(token: str | bytes) -> None:
    """Header, payload, signature, and the very bytes that were signed (row D9)."""
    envelope = opener().open(token)

    header = envelope.header
    assert (header.alg, header.kid, header.typ, header.members) == ("ES256", "k1", "jwt", {"alg": "ES256", "kid": "k1"})
    assert (envelope.payload, envelope.signature, envelope.signed) == (b"{}", bytes(64), f"{HEADER}.e30".encode())


def with_header(raw: bytes) -> str:
    return f"{b64(raw)}.e30.AA"


SHAPES = {
    "A1-empty": ("", "not_three_segments"),
    "A1-one": ("AAAA", "not_three_segments"),
    "A1-two": (f"{HEADER}.e30", "not_three_segments"),
    "A1-four": (f"{GOOD}.AAAA", "not_three_segments"),
    "A1-six": ("A.A.A.A.A.A", "not_three_segments"),
    "A1-two-dots": ("..", "bad_json"),
    "A1-million-dots": ("." * 1_000_000, "token_too_large"),
    "A1-16384-dots": ("." * LARGEST_TOKEN, "not_three_segments"),
    "A2-jwe": ("e30.AA.AA.AA.AA", "encrypted_token"),
    "A2-jwe-direct": ("e30..AA.AA.AA", "encrypted_token"),
    "A2-five-of-other-characters": ("e30.AA.AA.AA.A=", "not_three_segments"),
    "A3-flattened": (json.dumps({"protected": HEADER, "payload": "e30", "signature": "AA"}), "not_three_segments"),
    "A3-general": (json.dumps({"payload": "e30", "signatures": []}), "not_three_segments"),
    "A3-polyglot": (f'{{"{HEADER}.e30.AA":1}}', "bad_base64url"),
    "A4-padded-payload": (f"{HEADER}.e30=.{b64(bytes(64))}", "bad_base64url"),
    "A4-padded-signature": (f"{GOOD}==", "bad_base64url"),
    "A4-padding-only": ("=.=.=", "bad_base64url"),
    "A5-trailing-bits-of-payload": (f"{HEADER}.e31.{b64(bytes(64))}", "bad_base64url"),
    "A5-trailing-bits-of-signature": (f"{GOOD[:-1]}B", "bad_base64url"),
    "A7-header": (f"{'A' * 41}.e30.AA", "bad_base64url"),
    "A7-payload": (f"{HEADER}.e30AA.AA", "bad_base64url"),
    "A7-signature": (f"{HEADER}.e30.A", "bad_base64url"),
    "A8-non-ascii": (GOOD.replace("e30", "é30"), "bad_base64url"),
    "A8-lone-surrogate": (GOOD.replace("e30", "\ud830"), "bad_base64url"),
    "A8-non-ascii-bytes": (b"\xff" + GOOD.encode(), "bad_base64url"),
    "A8-bytearray": (bytearray(GOOD.encode()), "not_three_segments"),
    "A8-none": (None, "not_three_segments"),
    "A8-int": (5, "not_three_segments"),
    "A8-list": ([GOOD], "not_three_segments"),
    "A9-over-the-limit": (GOOD + "A" * LARGEST_TOKEN, "token_too_large"),
    "A9-bytes-over-the-limit": ((GOOD + "A" * LARGEST_TOKEN).encode(), "token_too_large"),
    "A10-large-header": (f"{'A' * (LARGEST_HEADER + 4)}.e30.AA", "token_too_large"),
    "A10-signature-of-1025-bytes": (f"{HEADER}.e30.{b64(bytes(1025))}", "token_too_large"),
    "A11-header": (with_header(rb'{"alg":"ES256","a\u006cg":"ES256"}'), "duplicate_member"),
    "A12-header": (with_header(b"[" * 1000), "too_deep"),
    "A13-header": (with_header(b'{"alg":NaN}'), "bad_number"),
    "A14-header": (with_header(b'{"alg":"ES256","kid":"\xff"}'), "bad_utf8"),
    "A15-header": (with_header(b"[]"), "not_an_object"),
}


@pytest.mark.parametrize(("token", "code"), SHAPES.values(), ids=SHAPES)
def test_what_is_no_token_is_refused(token: object, code: str) -> None:
    """Each row has its code, and none reaches the payload."""
    assert code_of(token) == code


@pytest.mark.parametrize("stranger", [*"+/ \t\n\r\0?#=~:,*", "\x7f", "\x80", "١", "Ａ", "\u200b"], ids=ascii)
@pytest.mark.parametrize("place", [0, 2, len(HEADER), len(HEADER) + 2, len(GOOD) - 3, len(GOOD)])
def test_a_stranger_among_the_characters_is_refused(stranger: str, place: int) -> None:
    """A6: wherever it stands, first and last place included, inserted or in place of another."""
    assert code_of(GOOD[:place] + stranger + GOOD[place:]) == "bad_base64url"
    assert code_of((GOOD[:place] + stranger + GOOD[place:]).encode()) == "bad_base64url"


def test_a_signature_of_1024_bytes_is_taken() -> None:
    """The largest RSA key that is allowed makes one."""
    envelope = opener().open(f"{HEADER}.e30.{b64(bytes(1024))}")

    assert len(envelope.signature) == 1024


def test_a_token_of_the_largest_size_is_taken() -> None:
    """A9: the limit itself is allowed."""
    rest = LARGEST_TOKEN - len(HEADER) - 2
    token = f"{HEADER}.{'A' * (rest - 4 - rest % 4)}.{'A' * (4 + rest % 4)}"

    assert len(token) == LARGEST_TOKEN
    assert opener().open(token).header.alg == "ES256"


def test_a_header_is_remembered_only_once_it_is_verified() -> None:
    """What strangers send must not fill the memory, nor be believed the second time."""
    taker = opener()
    envelope = taker.open(GOOD)
    assert not taker._known
    assert not envelope.is_known

    taker.remember(envelope)
    taker.remember(envelope)

    assert list(taker._known) == [HEADER.encode()]
    again = taker.open(GOOD)
    assert again.is_known
    assert again.header is envelope.header


def test_a_remembered_header_spares_no_other_rule() -> None:
    """With a known first segment, the other two are judged as before."""
    taker = opener()
    taker.remember(taker.open(GOOD))

    for bad in (f"{GOOD[:-1]}B", f"{HEADER}.e31.AA", f"{HEADER}.e30.{b64(bytes(1025))}"):
        with pytest.raises(MalformedToken):
            taker.open(bad)


def test_the_memory_for_headers_is_bounded() -> None:
    """However many headers verify, few are held."""
    taker = opener()

    for each in range(3 * MOST_HEADERS):
        header = b64(b'{"alg":"ES256","kid":"%d"}' % each)
        taker.remember(taker.open(f"{header}.e30.AA"))
        assert len(taker._known) <= MOST_HEADERS


@pytest.mark.parametrize(
    ("typ", "form"),
    [
        ("JWT", "jwt"),
        ("AT+JWT", "at+jwt"),
        ("application/at+jwt", "at+jwt"),
        ("Application/AT+jwt", "at+jwt"),
        ("", ""),
        (None, None),
        (["JWT"], None),
        (1, None),
    ],
)
def test_media_types_compare_without_case_and_prefix(typ: object, form: str | None) -> None:
    """RFC 7515 section 4.1.9."""
    assert media_type(typ) == form
