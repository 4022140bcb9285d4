"""Scopes: what a token's claims say it may do (RFC 8693 section 4.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from .types import demand_texts

_NONE: frozenset[str] = frozenset()


def scopes_of(claims: Mapping[str, Any], names: Iterable[str] = ("scope", "scp")) -> frozenset[str]:
    """Return the scopes that these claims hold together.

    Raises:
        InvalidClaims: ``bad_claim_type``.
    """
    found = _NONE
    for name in names:
        if name in claims:
            value = claims[name]
            more = _parted(value) if type(value) is str else frozenset(filter(None, demand_texts(name, value)))
            found = found | more if found else more
    return found


@lru_cache(maxsize=64)  # many tokens of an issuer have the same few scopes
def _parted(text: str) -> frozenset[str]:
    """Return the scopes of a text, with blanks between them (RFC 8693 section 4.2)."""
    return frozenset(filter(None, text.split(" ")))
