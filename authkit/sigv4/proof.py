"""Proof: whose signature it is. Every refusal takes as long as any other, whether the access key id is known or not."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import BadSignature, ConfigError, Unauthenticated
from .canonical import V4
from .credentials import Credentials, SigningKey
from .draft import Scope
from .ecdsa import PublicKey
from .encoding import octets
from .keys import Keys

Key = Credentials | SigningKey | PublicKey
"""A secret; a key derived of it for the scope; or, of `V4A`, a public key."""

Lookup = Callable[[str, Scope], Key | Sequence[Key] | None]
"""Takes an access key id and the scope that is claimed; returns its key, up to three of them, or None: unknown."""

MOST_KEYS = 3  # of one access key id, live at the same time

_FITTING = {V4: (Credentials, SigningKey)}
_FITTING_V4A = (Credentials, PublicKey)


class Claimed:
    """A claim whose signature is to be proven, and the work spent on that so far."""

    __slots__ = ("_derived", "_keys", "_text", "_tried", "access_key_id", "scope", "signature", "token")

    def __init__(
        self, access_key_id: str, scope: Scope, signature: bytes, token: str | None, text: str, keys: Keys
    ) -> None:
        """Keep what is claimed.

        Args:
            access_key_id: whose signature it is.
            scope: where it holds.
            signature: its bytes.
            token: the session token that came with it.
            text: the string to sign.
            keys: what was derived before; only what proves good is added to it.
        """
        self.access_key_id = access_key_id
        self.scope = scope
        self.signature = signature
        self.token = octets(token or "")  # as it came, of bytes that need not be a text
        self._text = text.encode()
        self._keys = keys
        self._derived = self._tried = 0

    def prove(self, lookup: Lookup) -> Key:
        """Return the key that made the signature.

        Raises:
            Unauthenticated: ``key_not_found``, ``token_mismatch``.
            BadSignature: ``signature_mismatch``.
            ConfigError: the look-up returned something that is no key of this access key id.
            Unavailable: the look-up cannot tell.
        """
        kinds = _FITTING.get(self.scope.algorithm, _FITTING_V4A)
        fitting = [key for key in self._found(lookup) if isinstance(key, kinds)]
        good: list[Key] = []
        token_fits = False
        for key in fitting:  # all of them, also behind one that fits: which it was must not be seen from outside
            signed = self._is_signed_by(key)
            same = hmac.compare_digest((key.session_token or "").encode(), self.token)
            token_fits |= same
            if signed and same:
                good.append(key)
        if good:
            self._remember(good[0])
            return good[0]
        self._spend()
        raise self._refusal(known=bool(fitting), token_fits=token_fits)

    def _found(self, lookup: Lookup) -> list[Key]:
        found = lookup(self.access_key_id, self.scope)
        if found is None:
            return []
        keys: list[Any] = list(found) if isinstance(found, (list, tuple)) else [found]
        if len(keys) > MOST_KEYS:
            raise ConfigError(f"lookup: more than {MOST_KEYS} keys of one access key id")
        for key in keys:
            if not isinstance(key, (Credentials, SigningKey, PublicKey)):
                raise ConfigError("lookup: neither Credentials, SigningKey nor PublicKey")
            if isinstance(key, Credentials) and key.access_key_id != self.access_key_id:
                raise ConfigError("lookup: credentials of another access key id than was asked for")
        return keys

    def _is_signed_by(self, key: Key) -> bool:
        self._tried += 1
        if self.scope.algorithm == V4:
            return hmac.compare_digest(self._mac(key), self.signature)
        return self._public_key(key).verifies(self.signature, self._text)

    def _mac(self, key: Key) -> bytes:
        if isinstance(key, SigningKey):
            return hmac.digest(key.value, self._text, "sha256")
        assert isinstance(key, Credentials)
        _, day, region, service = self.scope
        begun = self._keys.signing.kept(key, day, region, service)
        if begun is not None:
            begun.update(self._text)
            return begun.digest()
        self._derived += 1
        return hmac.digest(self._keys.signing.derived(key, day, region, service), self._text, "sha256")

    def _public_key(self, key: Key) -> PublicKey:
        if isinstance(key, PublicKey):
            return key
        assert isinstance(key, Credentials)
        kept = self._keys.pairs.kept(key)
        if kept is not None:
            return kept
        self._derived += 1
        return self._keys.pairs.derived(key)

    def _remember(self, key: Key) -> None:
        """Only now: wrong guesses make nothing be kept, so nothing can be told from what is."""
        if self._derived and isinstance(key, Credentials):
            algorithm, day, region, service = self.scope
            if algorithm == V4:
                self._keys.signing.remember(key, day, region, service)
            else:
                self._keys.pairs.public(key)

    def _spend(self) -> None:
        """Do what was not done because a key was unknown, one of few, derived or remembered."""
        scope = self.scope
        if scope.algorithm == V4:
            for _ in range(MOST_KEYS - self._derived):
                self._keys.signing.spend(scope.day, scope.region, scope.service)
            for _ in range(MOST_KEYS - self._tried):
                hmac.compare_digest(hmac.digest(b"nobody's", self._text, "sha256"), self.signature)
            return
        for _ in range(MOST_KEYS - self._derived):
            self._keys.pairs.spend()
        for _ in range(MOST_KEYS - self._tried):
            self._keys.pairs.nobody.verifies(self.signature, self._text)

    def _refusal(self, *, known: bool, token_fits: bool) -> Unauthenticated:
        if not known:
            detail = "no key of this access key id is for this algorithm, region and service"
            return Unauthenticated("key_not_found", claim="Credential", detail=detail)
        if not token_fits:
            detail = "not the session token that belongs to the access key, or one where none does"
            return Unauthenticated("token_mismatch", claim="X-Amz-Security-Token", detail=detail)
        detail = "another key, or a request that was changed after it was signed"
        return BadSignature("signature_mismatch", claim="Signature", detail=detail)

    def __repr__(self) -> str:
        return f"Claimed(access_key_id={self.access_key_id!r}, scope={str(self.scope)!r})"
