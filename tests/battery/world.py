"""The keys of one run, made when they are first asked for, and tokens and verifiers made of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from authkit import JWTBearer
from tests.battery.case import Attempt
from tests.support.tokens import AUDIENCE, ISSUER, NOW, Signer, b64, good_claims, new_signer

if TYPE_CHECKING:
    from collections.abc import Mapping

ALGORITHMS = ("ES256", "RS256")


class World:
    """Fresh keys, and a time at which all is judged."""

    def __init__(self, now: int = NOW) -> None:
        self.now = now
        self._kept: dict[Any, Any] = {}

    def keep(self, name: Any, make: Any) -> Any:
        """Return what ``make`` made the first time."""
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]

    def signer(self, alg: str = "ES256", /, kid: str = "k1", *, key: str = "", **members: Any) -> Signer:
        """Return a key. RSA algorithms share one, as does whatever names the same ``key``."""
        kind = "RS256" if alg[:2] in ("RS", "PS") else alg
        made = self.keep((kind, key), lambda: new_signer(kind, "made"))
        return Signer(alg, kid, made.private, {**made.jwk, "kid": kid, **members})

    def attacker(self, alg: str = "ES256", kid: str = "k1") -> Signer:
        """Return a key nobody trusts, under a name that somebody does."""
        return self.signer(alg, kid, key="attacker")

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Return good claims with changes; ``...`` leaves one out."""
        return good_claims(**{"iat": self.now - 10, "nbf": self.now - 10, "exp": self.now + 600, **changes})

    def good(self, key: Signer | None = None, **changes: Any) -> str:
        """Return a good token with changed claims."""
        key = key or self.signer()
        return key.raw(key.header(), self.claims(**changes))

    def bearer(self, *trusted: Signer | Mapping[str, Any], **settings: Any) -> JWTBearer:
        """Return a verifier that trusts these keys."""
        return JWTBearer(**self.settings(*trusted, **settings))

    def settings(self, *trusted: Signer | Mapping[str, Any], **settings: Any) -> dict[str, Any]:
        """Return what a verifier is built with; a setting given as ``...`` is left out."""
        keys = trusted or (self.signer(),)
        listed = [each.jwk if isinstance(each, Signer) else each for each in keys]
        given = {
            "issuer": ISSUER,
            "audience": AUDIENCE,
            "algorithms": ALGORITHMS,
            "jwks": {"keys": listed},
            "clock": lambda: self.now,
            **settings,
        }
        return {name: value for name, value in given.items() if value is not ...}

    def attempt(self, token: Any, *trusted: Signer | Mapping[str, Any], **settings: Any) -> Attempt:
        """Return a token before a verifier that trusts these keys."""
        given = self.settings(*trusted, **settings)
        return Attempt(token, given, JWTBearer(**given))

    def with_header(self, **members: Any) -> Attempt:
        """Return a token with a changed header, properly signed; ``...`` leaves a member out."""
        key = self.signer()
        header = {name: value for name, value in key.header(**members).items() if value is not ...}
        return self.attempt(key.raw(header, self.claims()))

    def with_claims(self, **changes: Any) -> Attempt:
        """Return a token with changed claims, properly signed."""
        return self.attempt(self.good(**changes))

    def with_payload(self, payload: bytes) -> Attempt:
        """Return a token with this payload, properly signed."""
        key = self.signer()
        return self.attempt(key.raw(key.header(), payload))

    def with_raw_header(self, header: bytes) -> Attempt:
        """Return a token with this header, properly signed."""
        return self.attempt(self.signer().raw(header, self.claims()))

    def claims_text(self, more: str = "", **changes: Any) -> bytes:
        """Return good claims as JSON, with more text before the last brace."""
        text = json.dumps(self.claims(**changes))
        return f"{text[:-1]}, {more}}}".encode() if more else text.encode()

    def header_text(self, more: str = "", **changes: Any) -> bytes:
        """Return a good header as JSON, with more text before the last brace."""
        text = json.dumps(self.signer().header(**changes))
        return f"{text[:-1]}, {more}}}".encode() if more else text.encode()


def sealed(key: Signer, header: str | bytes, payload: str | bytes) -> str:
    """Return a token of two segments as they are, signed as they are."""
    first, second = (part if isinstance(part, str) else b64(part) for part in (header, payload))
    signed = f"{first}.{second}"
    return f"{signed}.{b64(key.sign(signed.encode('utf-8', 'surrogatepass')))}"
