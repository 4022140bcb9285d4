"""StubIssuer: an issuer without a network, that gives good tokens, and by name every usual wrong one."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

from ..tokens.base64url import encode
from .bad_tokens import BAD_TOKENS
from .keypair import KeyPair, given, key_pair, public_part
from .proofs import confirmation, proof

URL = "https://issuer.example.com/"
AUDIENCE = "https://api.example.com"
LIFETIME = 600  # seconds

# Further off than clocks may differ (`JWTBearer` takes a leeway of 300 s at most), and than a test run takes.
_LONG_AGO = -3600
_FAR_OFF = 86400


class StubIssuer:
    """An issuer of access tokens (RFC 9068).

    >>> from authkit import JWTBearer
    >>> issuer = StubIssuer(claims={"tenant": "acme"})
    >>> bearer = JWTBearer(issuer=issuer.url, audience=issuer.audience, jwks=issuer.jwks)
    >>> bearer.verify(issuer.token(sub="bob"))["tenant"]
    'acme'

    Args:
        url: its name, the ``iss`` of its tokens; nothing is fetched from there.
        audience: the ``aud`` of its tokens.
        algorithm: what it signs with: any asymmetric one that authkit knows.
        claims: more claims of all its tokens, of the bad ones too, so that those are bad in one way only.
        typ: the ``typ`` of its tokens.
        keys: names its keys, which live as long as the process. Issuers of one name have the same keys.
        clock: gives the time in seconds since the epoch.

    Raises:
        ConfigError: there is no such algorithm, or it is of shared secrets.
    """

    def __init__(
        self,
        url: str = URL,
        *,
        audience: str | Collection[str] = AUDIENCE,
        algorithm: str = "ES256",
        claims: Mapping[str, Any] = {},
        typ: str = "at+jwt",
        keys: str = "key",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.url = url
        self.audience = audience if isinstance(audience, str) else sorted(audience)
        self.algorithm = algorithm
        self._claims = dict(claims)
        self._typ = typ
        self._clock = clock
        self._series = keys
        self._rotations = 0
        self._key = key_pair(algorithm, f"{keys}-0")
        self._published = [self._key]

    @property
    def kid(self) -> str:
        """The name of the key that signs now."""
        return self._key.kid

    @property
    def jwks(self) -> dict[str, Any]:
        """The key set as it is published now. It does not change with a rotation: a `KeyServer` shows that."""
        return {"keys": [dict(key.jwk) for key in self._published]}

    def rotate(self, *, withdraw: bool = False) -> str:
        """Sign with a new key from now on and return its name.

        Args:
            withdraw: whether the key before is no longer published; else it still is, as providers do it.
        """
        self._rotations += 1
        before, self._key = self._key, key_pair(self.algorithm, f"{self._series}-{self._rotations}")
        self._published = [self._key] if withdraw else [self._key, before]
        return self._key.kid

    def token(
        self,
        *,
        sub: str | None = None,
        scope: str | Collection[str] | None = None,
        aud: str | Collection[str] | None = None,
        expires_in: float = LIFETIME,
        header: Mapping[str, Any] = {},
        **claims: Any,
    ) -> str:
        """Return a signed token.

        Args:
            sub: who it is for; alice if None.
            scope: what it may do, blank-separated or as a collection.
            aud: another audience than the issuer's.
            expires_in: seconds until it expires; negative for one that has.
            header: members that its header has besides, or instead.
            claims: claims that it has besides, or instead; one given as ``...`` is left out.
        """
        said = {**self._times(expires_in), "sub": sub, "scope": _joined(scope), "aud": _listed(aud)}
        body = {**self._standing(), **{name: value for name, value in said.items() if value is not None}, **claims}
        return self._key.compact(given({**self._header(), **header}), given(body))

    def bound_token(self, *, certificate: str | None = None, **claims: Any) -> str:
        """Return a token that is good with a proof only.

        Args:
            certificate: the client certificate it is bound to, in PEM (RFC 8705); None: the key that `dpop` proves.
            claims: as for `token`.
        """
        return self.token(cnf=confirmation(certificate), **claims)

    def dpop(self, token: str, method: str, url: str, **claims: Any) -> str:
        """Return a proof for one request with a token that `bound_token` gave (RFC 9449).

        Args:
            token: the access token.
            method: the request's method.
            url: the request's URL; query and fragment are left out.
            claims: claims that it has besides, or instead; one given as ``...`` is left out.
        """
        return proof(token, method, url, self._clock(), claims)

    def bad_tokens(self, **claims: Any) -> dict[str, str]:
        """Return every wrong token by name. All that is not wrong about it is as `token` would give it."""
        return {name: getattr(self, name)(**claims) for name in BAD_TOKENS}

    def expired(self, **claims: Any) -> str:
        """Return a token that ended an hour ago."""
        return self.token(**{"expires_in": _LONG_AGO, **claims})

    def not_yet_valid(self, **claims: Any) -> str:
        """Return a token that begins tomorrow."""
        return self.token(**{"nbf": int(self._clock()) + _FAR_OFF, "expires_in": _FAR_OFF + LIFETIME, **claims})

    def without_end(self, **claims: Any) -> str:
        """Return a token that never ends."""
        return self.token(**{**claims, "exp": ...})

    def wrong_audience(self, **claims: Any) -> str:
        """Return a token for somebody else's API."""
        return self.token(**{"aud": "https://somebody-elses-api.example.net", **claims})

    def wrong_issuer(self, **claims: Any) -> str:
        """Return a token in the name of another issuer."""
        return self.token(**{"iss": "https://another-issuer.example.net/", **claims})

    def wrong_type(self, **claims: Any) -> str:
        """Return a token of another use, that the same key signs (RFC 8725 section 2.8)."""
        return self.token(**_with_header(claims, {"typ": "logout+jwt"}))

    def forged(self, **claims: Any) -> str:
        """Return a token whose subject was changed after it was signed."""
        header, _, signature = self.token(**claims).split(".")
        return f"{header}.{self.token(**{**claims, 'sub': 'mallory'}).split('.')[1]}.{signature}"

    def other_key(self, **claims: Any) -> str:
        """Return a token that names the issuer's key and is signed by another."""
        return self._signed_by_a_stranger({}, claims)

    def unknown_key(self, **claims: Any) -> str:
        """Return a token of a key that the issuer has not published."""
        return self._signed_by_a_stranger({"kid": self._stranger.kid}, claims)

    def own_key(self, **claims: Any) -> str:
        """Return a token that brings the key it is signed by (RFC 8725 section 3.10)."""
        return self._signed_by_a_stranger({"jwk": public_part(self._stranger)}, claims)

    def alg_none(self, **claims: Any) -> str:
        """Return a token without a signature that says it needs none (RFC 7518 section 3.6)."""
        return f"{self._relabelled('none', claims)}."

    def public_key_as_secret(self, **claims: Any) -> str:
        """Return a token whose HMAC has the public key for its secret (RFC 8725 section 2.1)."""
        from hmac import digest

        signed = self._relabelled("HS256", claims)
        return f"{signed}.{encode(digest(self._key.pem(), signed.encode(), 'sha256'))}"

    def critical_extension(self, **claims: Any) -> str:
        """Return a token that is not to be taken by whoever does not know an extension (RFC 7515 section 4.1.11)."""
        extension = {"crit": ["https://example.com/extension"], "https://example.com/extension": True}
        return self.token(**_with_header(claims, extension))

    def malformed(self, **claims: Any) -> str:
        """Return a token that was cut short: its signature is gone, and the dot before it."""
        return self.token(**claims).rpartition(".")[0]

    @property
    def _stranger(self) -> KeyPair:
        return key_pair(self.algorithm, "stranger")

    def _signed_by_a_stranger(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        signed = self.token(**_with_header(claims, header)).rpartition(".")[0]
        return f"{signed}.{encode(self._stranger.sign(signed.encode()))}"

    def _relabelled(self, alg: str, claims: Mapping[str, Any]) -> str:
        """Return header and payload of a token that names another algorithm."""
        return self.token(**_with_header(claims, {"alg": alg})).rpartition(".")[0]

    def _header(self) -> dict[str, Any]:
        return {"alg": self._key.alg, "kid": self.kid, "typ": self._typ}

    def _standing(self) -> dict[str, Any]:
        """Return what all tokens say. The claims are those of RFC 9068 section 2.2."""
        standing = {"iss": self.url, "sub": "alice", "aud": self.audience, "client_id": "tests"}
        return {**standing, "jti": secrets.token_hex(8), **self._claims}

    def _times(self, expires_in: float) -> dict[str, int]:
        now = int(self._clock())
        issued = now if expires_in > 0 else now + int(expires_in) - LIFETIME  # an expired token was good once
        return {"iat": issued, "nbf": issued, "exp": now + int(expires_in)}

    def __repr__(self) -> str:
        return f"StubIssuer({self.url!r}, algorithm={self.algorithm!r}, kid={self.kid!r})"


def _with_header(claims: Mapping[str, Any], members: Mapping[str, Any]) -> dict[str, Any]:
    return {**claims, "header": {**claims.get("header", {}), **members}}


def _joined(scope: str | Collection[str] | None) -> str | None:
    return scope if scope is None or isinstance(scope, str) else " ".join(sorted(scope))


def _listed(audience: str | Collection[str] | None) -> str | list[str] | None:
    return audience if audience is None or isinstance(audience, str) else sorted(audience)
