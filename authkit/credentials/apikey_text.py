"""The text of an API key: how it is made, and what shows that it is one before anybody looks it up.

``ak_live_<id>_<secret>_<checksum>``, all in base62 behind the prefix:

- the prefix tells whose keys they are, and of which environment;
- the id, 12 characters, names the key for people: it is no secret, and stands in lists and logs;
- the secret, 40 characters: 32 at random (190 bits), and 8 that only who has the pepper can make of all before them,
  so that a made-up key is refused without a look-up;
- the checksum, 6 characters: the CRC-32 of all before it, by which a typo is told, and a scanner of secrets can tell a
  key from what only looks like one.
"""

import hmac
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple
from zlib import crc32

from ..errors import Unauthenticated

PREFIX = "ak_live"
LONGEST = 128  # bytes of a key; those made here have 62 and their prefix
ID, RANDOM, TAG, CHECKSUM = 12, 32, 8, 6  # characters

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PREFIX = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_LONGEST_PREFIX = 32

# What is authenticated begins with what it is for, so that neither of the two can ever be the other.
_FOR_TAG = b"authkit api key, tag of\n"
_FOR_DIGEST = b"authkit api key, whole\n"


class NewKey(NamedTuple):
    """A key just made."""

    id: str
    text: str
    digest: str

    def __repr__(self) -> str:
        return f"NewKey(id={self.id!r})"


def prefix_faults(prefix: object) -> list[str]:
    """Say what is wrong with a prefix."""
    fits = isinstance(prefix, str) and len(prefix) <= _LONGEST_PREFIX and _PREFIX.fullmatch(prefix)
    return [] if fits else [f"prefix is lower-case words joined by _, at most {_LONGEST_PREFIX} characters: ak_live"]


def pattern(prefix: str = PREFIX) -> str:
    """Return the regular expression that finds these keys in anything, for scanners of secrets.

    >>> pattern()
    'ak_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{40}_[0-9A-Za-z]{6}'
    """
    letters = "[0-9A-Za-z]"
    return f"{re.escape(prefix)}_{letters}{{{ID}}}_{letters}{{{RANDOM + TAG}}}_{letters}{{{CHECKSUM}}}"


def new_key(prefix: str, pepper: bytes, entropy: Callable[[int], bytes]) -> NewKey:
    """Return a new key.

    Args:
        prefix: its prefix, found faultless.
        pepper: what its digest is keyed with.
        entropy: gives so many random bytes.
    """
    # Far more bytes than characters need: what the remainder favours cannot be told.
    name = _base62(int.from_bytes(entropy(32), "big"), ID)
    random = _base62(int.from_bytes(entropy(48), "big"), RANDOM)
    head = f"{prefix}_{name}_{random}"
    body = head + _tag(head, pepper)
    text = f"{body}_{_checksum(body)}"
    return NewKey(name, text, digest_of(text, pepper))


def demand_form(text: str, form: re.Pattern[str]) -> None:
    """Refuse what is no key, or has a typo in it.

    Raises:
        Unauthenticated: ``api_key_malformed``.
    """
    if form.fullmatch(text) is None:
        raise Unauthenticated("api_key_malformed", detail="not of the form of these keys, or of another environment")
    if not has_checksum(text):
        raise Unauthenticated("api_key_malformed", detail="its checksum is wrong: a typo, or made up")


def has_checksum(text: str) -> bool:
    """Tell whether the checksum of a text that has the form of a key is right. Anybody can make one that is."""
    body, _, checksum = text.rpartition("_")
    return _checksum(body) == checksum


def id_of(text: str) -> str:
    """Return the id of a text that has the form of a key; empty for what has not."""
    parts = text.rsplit("_", 3)
    whole = len(parts) == 4 and re.fullmatch(pattern(parts[0]), text) and _PREFIX.fullmatch(parts[0])
    return parts[1] if whole else ""


def pepper_of(text: str, peppers: Sequence[bytes]) -> bytes | None:
    """Return the pepper that a key was made with, if it was made with one of them. All are compared."""
    body = text.rpartition("_")[0]
    head, tag = body[:-TAG], body[-TAG:].encode()
    found = None
    for pepper in peppers:
        if hmac.compare_digest(_tag(head, pepper).encode(), tag):
            found = pepper
    return found


def digest_of(text: str, pepper: bytes) -> str:
    """Return the name a store keeps a key by: its HMAC-SHA-256 under the pepper, in hexadecimal digits."""
    return hmac.digest(pepper, _FOR_DIGEST + text.encode(), "sha256").hex()


def _tag(head: str, pepper: bytes) -> str:
    return _base62(int.from_bytes(hmac.digest(pepper, _FOR_TAG + head.encode(), "sha256"), "big"), TAG)


def _checksum(body: str) -> str:
    return _base62(crc32(body.encode()), CHECKSUM)


def _base62(number: int, length: int) -> str:
    """Return the last digits of a number."""
    number %= 62**length  # a number that is large is divided once, and small ones after it
    text = ""
    for _ in range(length):
        text = _BASE62[number % 62] + text
        number //= 62
    return text
