"""Drafts: tokens in the making, which the changes change before or after they are signed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.support.tokens import AUDIENCE, ISSUER, Signer

if TYPE_CHECKING:
    import random

# PyJWT judges by the real clock, so all times lie decades away from it, and every judge's now is in between.
PAST, NOW, FUTURE = 1_000_000_000, 2_000_000_000, 4_000_000_000

Spell = Callable[[str], str]


class Draft:
    """A token in the making."""

    def __init__(self, key: Signer) -> None:
        self.key = key
        self.header: dict[str, Any] = key.header()
        self.claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "alice",
            "iat": PAST,
            "nbf": PAST,
            "exp": FUTURE,
        }
        self.header_raw: bytes | None = None
        self.claims_raw: bytes | None = None
        self.spells: list[Spell] = []

    def header_text(self) -> str:
        """Return the header as JSON, for changes that write into it."""
        return json.dumps(self.header)

    def claims_text(self) -> str:
        """Return the claims as JSON, likewise."""
        return json.dumps(self.claims)

    def signed(self) -> str:
        """Return the token as its key signs it."""
        header = self.header_text().encode() if self.header_raw is None else self.header_raw
        claims = self.claims_text().encode() if self.claims_raw is None else self.claims_raw
        return self.key.raw(header, claims)

    def token(self, signed: str) -> str:
        """Return what is sent: the signed token, unless it is changed on the way."""
        for spell in self.spells:
            signed = spell(signed)
        return signed


Change = Callable[[Draft, "random.Random"], None]
"""Changes a draft in one way."""
