"""Facts: what can be seen in a token by somebody lenient, so that a rule need not take a judge's word."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, NamedTuple

_LARGEST = 2**63


class Facts(NamedTuple):
    """What a token holds, as far as it can be read at all."""

    token: str
    raw: tuple[bytes, bytes]  # header and claims, decoded
    header: dict[str, Any]
    claims: dict[str, Any]
    keys: list[dict[str, Any]]  # those of the key set that bear the name the header gives

    @property
    def segments(self) -> list[str]:
        """Return the token's segments."""
        return self.token.split(".")

    @property
    def repeats(self) -> bool:
        """Tell whether a name stands twice in one object."""
        seen: list[bool] = []

        def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            seen.append(len(dict(pairs)) != len(pairs))
            return dict(pairs)

        for raw in self.raw:
            _parsed(raw, object_pairs_hook=note)
        return any(seen)

    @property
    def everything(self) -> list[Any]:
        """Return header and claims with objects as lists of names and values, so that none hides another of its name."""
        return [
            _parsed(raw, object_pairs_hook=lambda pairs: [each for pair in pairs for each in pair]) for raw in self.raw
        ]

    @property
    def values(self) -> list[Any]:
        """Return every name and value of header and claims, at any depth."""
        found, waiting = [], self.everything
        while waiting:
            each = waiting.pop()
            found.append(each)
            waiting += each if isinstance(each, list) else []
        return found

    @property
    def depth(self) -> int:
        """Return how deep header or claims are nested."""
        level, depth = self.everything, 0
        while level := [each for each in level if isinstance(each, list)]:
            depth += 1
            level = [inner for each in level for inner in each]
        return depth

    @property
    def broken_characters(self) -> bool:
        """Tell whether half a surrogate pair stands alone."""
        return any(isinstance(value, str) and not _encodes(value) for value in self.values)

    @property
    def strange_numbers(self) -> bool:
        """Tell whether a number is not finite, or an integer beyond 64 bits."""
        numbers = [value for value in self.values if type(value) in (int, float)]
        return not all(value - value == 0 if type(value) is float else abs(value) <= _LARGEST for value in numbers)


def facts(token: str, document: dict[str, Any]) -> Facts:
    """Read a token leniently: padding, other alphabets and other encodings than UTF-8 are all taken."""
    header64, _, rest = token.partition(".")
    raw = (_decoded(header64), _decoded(rest.partition(".")[0]))
    header, claims = (_object(_parsed(part)) for part in raw)
    keys = [key for key in document["keys"] if key.get("kid") == header.get("kid")]
    return Facts(token, raw, header, claims, keys)


def _decoded(segment: str) -> bytes:
    try:
        bare = segment.rstrip("=").encode()
        return base64.urlsafe_b64decode(bare + b"=" * (-len(bare) % 4))
    except (ValueError, binascii.Error):
        return b""


def _parsed(raw: bytes, **hooks: Any) -> Any:
    try:
        return json.loads(raw, **hooks)
    except (ValueError, RecursionError):
        return None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
