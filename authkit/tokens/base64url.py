"""Base64url, strictly: one spelling for each value, no padding, no stranger among the characters (RFC 7515 section 2).

A lenient decoder gives one token several spellings, and whoever remembers tokens by their text is then evaded.
"""

from __future__ import annotations

from binascii import a2b_base64

from ..errors import MalformedToken

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

_STRANGERS = bytes(set(range(256)) - set(ALPHABET))
# What is not of the alphabet becomes a byte that no encoder writes, the standard alphabet's own characters too.
_NOBODYS = 0x21
_TO_STANDARD = bytes.maketrans(_STRANGERS + b"-_", bytes([_NOBODYS]) * len(_STRANGERS) + b"+/")
_PADDING = (b"", b"", b"==", b"=")
# The last character of a segment of 4n+2 (4n+3) characters carries 4 (2) bits that no byte uses: they must be zero.
_LAST = (ALPHABET, b"", b"AQgw", b"AEIMQUYcgkosw048")


def decode(segment: bytes) -> bytes:
    """Return the bytes of a segment.

    Raises:
        MalformedToken: ``bad_base64url``: a character outside the alphabet, or a length or a last character that no
            encoder writes.
    """
    odd = len(segment) & 3
    if odd and (odd == 1 or segment[-1] not in _LAST[odd]):
        raise MalformedToken("bad_base64url", detail="a segment is cut short or not in its one spelling")
    standard = segment.translate(_TO_STANDARD)
    if _NOBODYS in standard:  # strangers have all become this byte, so what is decoded holds none
        raise MalformedToken("bad_base64url", detail="a character that is not of base64url")
    return a2b_base64(standard + _PADDING[odd])


def decode_padded(segment: bytes) -> bytes:
    """Return the bytes of a segment with padding or without: where there is any, it must be all that is due.

    Raises:
        MalformedToken: ``bad_base64url``.
    """
    bare = segment.rstrip(b"=")
    padding = len(segment) - len(bare)
    if b"=" in bare or padding > 2 or (padding and len(segment) & 3):
        raise MalformedToken("bad_base64url", detail="padding in the wrong place")
    return decode(bare)


def decode_text(text: object) -> bytes:
    """Return the bytes of a JSON value in base64url, as the numbers of a JWK are written.

    Raises:
        MalformedToken: ``bad_base64url``.
    """
    if not isinstance(text, str) or not text.isascii():
        raise MalformedToken("bad_base64url", detail="not base64url without padding")
    return decode(text.encode())


def encode(data: bytes) -> str:
    """Return base64url without padding."""
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(data).rstrip(b"=").decode()
