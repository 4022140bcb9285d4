"""Base64url: one spelling for each value (rows 4.A A4 to A7)."""

from __future__ import annotations

import base64
from contextlib import suppress

import pytest

from authkit.errors import MalformedToken
from authkit.tokens.base64url import ALPHABET, decode, decode_padded, decode_text, encode
from tests.support.tokens import b64


@pytest.mark.parametrize("data", [b"", b"a", b"ab", b"abc", bytes(range(256)), b"\xfb\xff\xfe"])
def test_every_length_comes_back(data: bytes) -> None:
    """What is encoded decodes to the same bytes, as segment and as text."""
    text = encode(data)

    assert text == b64(data)
    assert decode(text.encode()) == data
    assert decode_text(text) == data


def test_the_rfcs_own_example() -> None:
    """RFC 7515 appendix C."""
    octets = bytes([3, 236, 255, 224, 193])

    assert encode(octets) == "A-z_4ME"
    assert decode_text("A-z_4ME") == octets


@pytest.mark.parametrize("length", [2, 3])
def test_each_value_has_one_last_character(length: int) -> None:
    """Of the characters that could end a segment, just those an encoder writes are taken (RFC 4648 section 3.5)."""
    taken = set()
    for last in ALPHABET:
        with suppress(MalformedToken):
            taken.add((last, decode(b"A" * (length - 1) + bytes([last]))))

    assert len(taken) == len({value for _, value in taken}) == {2: 4, 3: 16}[length]
    assert all(base64.urlsafe_b64encode(value)[length - 1] == last for last, value in taken)


@pytest.mark.parametrize("segment", [b"A", b"AAAAA", b"A" * 4097])
def test_a_length_no_encoder_writes_is_refused(segment: bytes) -> None:
    """RFC 7515 appendix C: one character over four holds no byte."""
    with pytest.raises(MalformedToken, match="bad_base64url"):
        decode(segment)


@pytest.mark.parametrize(
    "text",
    [
        None,
        1,
        b"AAAA",
        ["AAAA"],
        "AA==",
        "AAA=",
        "A+AA",
        "A/AA",
        " AAAA",
        "AAAA\n",
        "AA\0A",
        "٣٣٣٣",
        "AAA\ud800",
        "AAAAA",
    ],
)
def test_a_number_in_another_notation_is_refused(text: object) -> None:
    """A value of a JWK is a text of base64url, unpadded, and nothing else."""
    with pytest.raises(MalformedToken, match="bad_base64url"):
        decode_text(text)


@pytest.mark.parametrize(
    ("text", "data"), [(b"QQ==", b"A"), (b"QUI=", b"AB"), (b"QUJD", b"ABC"), (b"QQ", b"A"), (b"", b"")]
)
def test_padding_is_read_where_it_is_permitted(text: bytes, data: bytes) -> None:
    """A4: all of it or none, as load balancers write it."""
    assert decode_padded(text) == data


@pytest.mark.parametrize(
    "text", [b"QQ=", b"QQ===", b"QQ====", b"Q=Q=", b"=QQ=", b"QUJD=", b"====", b"=", b"QR==", b"Q==="]
)
def test_padding_in_the_wrong_place_is_refused(text: bytes) -> None:
    """One spelling with padding, one without, and no third."""
    with pytest.raises(MalformedToken, match="bad_base64url"):
        decode_padded(text)
