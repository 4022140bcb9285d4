"""Secret: what HMAC tokens are checked with (RFC 7518 section 3.2). Given, never fetched, and no `Key` of an issuer.

Secrets and public keys are different classes in different places: an algorithm of one can never be used with the
other, which is how tokens signed with a published key as the secret were taken elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from binascii import a2b_base64
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any

from ..errors import BadSignature, ConfigError, KeyProblem, MalformedToken
from ..tokens.base64url import ALPHABET, decode_text

HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}
SHORTEST = {"HS256": 32, "HS384": 48, "HS512": 64}
"""Bytes: RFC 7518 section 3.2, "a key of the same size as the hash output or larger"."""

_LINES = (b"ssh-", b"ecdsa-sha2-", b"sk-ssh-", b"sk-ecdsa-", b"<rsakeyvalue")  # how OpenSSH and XML keys begin
_SHORTEST_KEY = 40  # bytes: that of Ed25519 has 44
_BLOB = b"\x00\x00\x00"  # and how the inside of an OpenSSH key does: the length of its name


class Secret:
    """One shared secret, and the algorithms it may be used with. A repr of it does not show it."""

    __slots__ = ("_algorithms", "_value", "kid")

    def __init__(
        self, value: bytes | str, *, algorithms: Collection[str], kid: str | None = None, weak: bool = False
    ) -> None:
        """Keep a secret.

        Args:
            value: the secret itself.
            algorithms: what it may be used with.
            kid: its name.
            weak: take one that can be guessed, as published examples have it. `JWTBearer` never does.

        Raises:
            ConfigError: it is too short, hardly random, or looks like a key that is published.
        """
        try:
            raw = value.encode() if isinstance(value, str) else value
        except UnicodeEncodeError:
            raise ConfigError("Secret: a text with half a character in it") from None
        faults = _faults(raw, algorithms, weak=weak)
        if faults:
            raise ConfigError.of("Secret", faults)
        self._value = bytes(raw)
        self._algorithms = frozenset(algorithms)
        self.kid = kid

    @property
    def identity(self) -> object:
        """Return what is equal only for the same secret."""
        return self

    @property
    def issuer(self) -> None:
        """Return no issuer: a secret names none."""

    def verify(self, alg: str, signature: bytes, data: bytes) -> None:
        """Check a signature, in constant time.

        Raises:
            BadSignature: this secret did not make it.
            KeyProblem: ``key_alg_mismatch``.
        """
        if alg not in self._algorithms:
            raise KeyProblem("key_alg_mismatch", claim="alg", detail="the secret is not for this algorithm")
        if not hmac.compare_digest(hmac.digest(self._value, data, HASHES[alg]), signature):
            raise BadSignature

    def __repr__(self) -> str:
        return f"Secret(kid={self.kid!r}, algorithms={sorted(self._algorithms)})"


class Secrets:
    """Finds the secret a token names. One without a name serves every token; then it is the only one.

    Args:
        given: the secret; or several by their ``kid``; or one, or several, as JWK of ``kty`` ``oct``.
        algorithms: which of HS256, HS384 and HS512.
        weak: see `Secret`.

    Raises:
        ConfigError: names every fault, and shows no secret.
    """

    def __init__(self, given: object, *, algorithms: Collection[str], weak: bool = False) -> None:
        secrets = _read(given, {"algorithms": algorithms, "weak": weak})
        self._by_kid = {secret.kid: secret for secret in secrets}
        if not secrets or len(self._by_kid) != len(secrets) or (None in self._by_kid and len(secrets) > 1):
            raise ConfigError("secret: give one, or several that each have a name (kid) of their own")
        self._only = self._by_kid.get(None)

    def find(self, kid: str | None, alg: str) -> Secret:  # noqa: ARG002 - the algorithm is judged by the secret
        """Return the secret of this name.

        Raises:
            KeyProblem: ``kid_missing`` or ``key_not_found``.
        """
        if self._only is not None:
            return self._only
        if kid is None:
            raise KeyProblem("kid_missing", claim="kid", detail="there are several secrets, and the token names none")
        secret = self._by_kid.get(kid)
        if secret is None:
            raise KeyProblem("key_not_found", claim="kid", detail="there is no secret of this name")
        return secret

    def __repr__(self) -> str:
        return f"Secrets({sorted(str(kid) for kid in self._by_kid)})"


def _read(given: object, options: dict[str, Any]) -> list[Secret]:
    if isinstance(given, (bytes, str)):
        return [Secret(given, **options)]
    if not isinstance(given, Mapping):
        raise ConfigError(f"secret: bytes, a text, a JWK or a mapping of names to secrets, not {type(given).__name__}")
    if "kty" in given:
        return [_of_jwk(given, options)]
    if isinstance(given.get("keys"), list):
        return [_of_jwk(jwk, options) for jwk in given["keys"]]
    return [Secret(_demand_octets(value), kid=str(kid), **options) for kid, value in given.items()]


def _demand_octets(value: object) -> bytes | str:
    if not isinstance(value, (bytes, str)):
        raise ConfigError(f"secret: each is bytes or a text, not {type(value).__name__}")
    return value


def _of_jwk(jwk: object, options: dict[str, Any]) -> Secret:
    """RFC 7518 section 6.4: a symmetric key, for the one algorithm it names, if it names one."""
    if not isinstance(jwk, Mapping) or jwk.get("kty") != "oct":
        raise ConfigError("secret: a JWK that is no symmetric key (kty oct)")
    pinned = jwk.get("alg")
    if pinned is not None and pinned not in options["algorithms"]:
        raise ConfigError("secret: key_alg_mismatch: a JWK for another algorithm")
    operations = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        raise ConfigError("secret: key_use_mismatch: a JWK for something else than verifying")
    kid: Any = jwk.get("kid")
    if kid is not None and (not isinstance(kid, str) or not kid):
        raise ConfigError("secret: a JWK with a kid that is no text")
    try:
        value = decode_text(jwk.get("k"))
    except MalformedToken:
        raise ConfigError("secret: a JWK whose k is missing, or not base64url") from None
    return Secret(value, kid=kid, **(options if pinned is None else {**options, "algorithms": [pinned]}))


def _faults(raw: object, algorithms: Collection[str], *, weak: bool) -> list[str]:
    strangers = [alg for alg in algorithms if alg not in HASHES]
    if strangers or not algorithms:
        return [f"algorithms {strangers}: a secret is for {', '.join(HASHES)}"]
    if not isinstance(raw, (bytes, bytearray)):
        return ["a secret is bytes or a text"]
    faults = []
    least = max(SHORTEST[alg] for alg in algorithms)
    if len(raw) < least:
        faults.append(f"weak_key: {len(raw)} bytes; {max(algorithms)} needs {least} (RFC 7518 section 3.2)")
    elif len(set(raw)) < 8 and not weak:
        faults.append("weak_key: hardly any two of its bytes differ")
    if _is_published(bytes(raw)):
        faults.append(
            "it looks like a public key or certificate, which everybody has: use its own algorithm, and jwks="
        )
    return faults


def _is_published(raw: bytes) -> bool:
    """Tell whether this looks like what everybody can have: a key or certificate, whatever it is wrapped in."""
    return _is_key(raw) or any(_is_key(inner) for inner in _unwrapped(raw))


def _is_key(raw: bytes) -> bool:
    """PEM anywhere, in UTF-16 too; the beginning of an OpenSSH or XML key; JSON as of a JWK or a set of them; DER."""
    text = raw.replace(b"\0", b"").strip().lower()
    named = b"begin" in text and (b"key" in text or b"certificate" in text)
    return (
        named
        or b"-----" in text
        or text.startswith(_LINES)
        or _is_sequence(raw)
        or _is_sequence(raw.strip())
        or _is_json(raw)
        or _is_blob(raw)
    )


def _is_json(raw: bytes) -> bool:
    try:
        return isinstance(json.loads(raw), (dict, list))
    except (ValueError, RecursionError):
        return False


def _is_blob(raw: bytes) -> bool:
    return raw.startswith(_BLOB) and raw[4 : 4 + raw[3]].startswith((b"ssh-", b"ecdsa-", b"sk-"))


def _unwrapped(raw: bytes) -> Iterator[bytes]:
    """Yield what is inside base64, base64url and hexadecimal digits, where it is one of these."""
    from binascii import unhexlify

    text = b"".join(raw.split())
    if not text.translate(None, _BASE64):
        with suppress(ValueError):
            yield a2b_base64(text.translate(_URL).rstrip(b"=") + b"==")
    with suppress(ValueError):
        yield unhexlify(text)


_BASE64 = ALPHABET + b"+/="
_URL = bytes.maketrans(b"-_", b"+/")


def _is_sequence(raw: bytes) -> bool:
    """Tell whether this is DER: an ASN.1 SEQUENCE as long as a key at least, and nothing but line ends around it."""
    raw = raw.lstrip()
    length = _der_length(raw[1:]) if raw[:1] == b"\x30" else 0
    head = 2 if raw[1:2] < b"\x80" else 2 + (raw[1] & 0x7F)
    inside = raw[head : head + 1] in (
        b"\x30",
        b"\x02",
    )  # what a key or a certificate begins with: a sequence, or a number
    return inside and _SHORTEST_KEY <= length <= len(raw) and not raw[length:].strip() and not raw.isascii()


def _der_length(raw: bytes) -> int:
    """Return the length of the whole value, its tag included, or 0 where this is no DER."""
    if not raw:
        return 0
    if raw[0] < 0x80:
        return raw[0] + 2
    size = raw[0] & 0x7F
    return int.from_bytes(raw[1 : 1 + size], "big") + size + 2 if 0 < size <= 4 else 0
