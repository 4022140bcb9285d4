"""Percent-encoding, as signing has it: unreserved characters stay, every other byte is ``%`` and two capital digits.

RFC 3986 section 2.3 names the unreserved characters; the IAM user guide, "Create a canonical request", the rest.
"""

from __future__ import annotations

import re
from binascii import unhexlify

UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

# A regular expression's class, and the escapes of what is in it: nobody who encodes needs those.
PLAIN = r"A-Za-z0-9._~\-"
NEEDLESS = "%(?:2[DE]|3[0-9]|4[1-9A-F]|5[0-9A]|5F|6[1-9A-F]|7[0-9A]|7E)"
NOT_CANONICAL = f"%(?![0-9A-F]{{2}})|{NEEDLESS}"
"""An escape that is cut off, in small letters, or needless."""

_ENCODED = tuple(chr(byte) if chr(byte) in UNRESERVED else f"%{byte:02X}" for byte in range(256))
_SLASHES_KEPT = tuple("/" if byte == ord("/") else each for byte, each in enumerate(_ENCODED))

_to_encode = re.compile(f"[^{PLAIN}]").search
_to_encode_in_path = re.compile(f"[^{PLAIN}/]").search
_broken = re.compile("%(?![0-9A-Fa-f]{2})").search


def encode(text: str) -> str:
    """Return a text with everything encoded that is not unreserved."""
    if not _to_encode(text):
        return text
    return "".join([_ENCODED[byte] for byte in octets(text)])


def encode_path(text: str) -> str:
    """Return a path with everything encoded that is neither unreserved nor a slash."""
    if not _to_encode_in_path(text):
        return text
    return "".join([_SLASHES_KEPT[byte] for byte in octets(text)])


def decode(text: str) -> str:
    """Return a text without its escapes, which have to be whole. What is not UTF-8 survives `encode`."""
    if "%" not in text:
        return text
    first, *rest = text.split("%")
    raw = octets(first) + b"".join([unhexlify(part[:2]) + octets(part[2:]) for part in rest])
    return raw.decode("utf-8", "surrogateescape")


def is_broken(text: str) -> bool:
    """Tell whether some ``%`` is not followed by two hexadecimal digits (RFC 3986 section 2.1)."""
    return "%" in text and _broken(text) is not None


def octets(text: str) -> bytes:
    """Return the bytes a text stands for: UTF-8, and those that `text_of` could not read as such."""
    return text.encode("utf-8", "surrogateescape")


def text_of(raw: bytes) -> str:
    """Return bytes as a text from which `octets` gets them back."""
    return raw.decode("utf-8", "surrogateescape")


def is_text(text: str) -> bool:
    """Tell whether a text a caller gave has whole characters only: UTF-8 has no surrogates (RFC 3629 section 3)."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
