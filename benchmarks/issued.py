"""Tokens to time with: many different ones of one key, as a large provider issues them, and their raw parts."""

from __future__ import annotations

import json
import time
import uuid
from binascii import a2b_base64
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tests.support.tokens import Signer, b64, new_signer, unb64

ISSUER = "https://idp.example.com/pool_A1b2C3d4E"
AUDIENCE = "4k8m2exampleclient7p0q"
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
LIFE = 24 * 3600  # seconds: no token ends while it is timed

Raw = tuple[bytes, bytes]
"""A signature in the form the bare operation takes, and the bytes it signs."""


class Issued(NamedTuple):
    """A key of one algorithm, and tokens it signed. With HMAC the key is the secret, and the key set is empty."""

    key: Signer
    tokens: tuple[bytes, ...]
    raws: tuple[Raw, ...]

    @property
    def alg(self) -> str:
        """Return the algorithm."""
        return self.key.alg

    @property
    def jwks(self) -> dict[str, Any]:
        """Return the key set as an issuer publishes it."""
        return {"keys": [self.key.jwk]}

    def texts(self, start: int, count: int) -> Iterator[str]:
        """Make new texts of some of the tokens."""
        size = len(self.tokens)
        return (self.tokens[at % size].decode() for at in range(start, start + count))

    def parts(self, start: int, count: int) -> Iterator[Raw]:
        """Return what the bare operation takes of the same tokens."""
        size = len(self.raws)
        return (self.raws[at % size] for at in range(start, start + count))


def issue(alg: str, count: int) -> Issued:
    """Make a key, and as many tokens."""
    key = _secret(alg) if alg.startswith("HS") else _pinned(new_signer(alg, "key-2026-11", use="sig"))
    texts = [key.token(claims(), typ="JWT") for _ in range(count)]
    return Issued(key, tuple(text.encode() for text in texts), tuple(_raw(alg, text) for text in texts))


def claims() -> dict[str, Any]:
    """Return the fourteen claims of an access token, those that name something all different each time."""
    now = int(time.time())
    return {
        "sub": str(uuid.uuid4()),
        "cognito:groups": ["editors", "readers"],
        "iss": ISSUER,
        "version": 2,
        "client_id": AUDIENCE,
        "aud": AUDIENCE,
        "origin_jti": str(uuid.uuid4()),
        "token_use": "access",
        "scope": "orders/read orders/write",
        "auth_time": now - 60,
        "exp": now + LIFE,
        "iat": now - 60,
        "jti": str(uuid.uuid4()),
        "username": "anna",
    }


def floor(issued: Issued) -> Callable[[Raw], object]:
    """Return the bare operation: one call of `cryptography`, or of `hmac`, with every input at hand."""
    if issued.alg == "HS256":
        return _hmac(issued.key.private)
    verify, *options = _public(issued)
    return lambda raw: verify(raw[0], raw[1], *options)


def unchecked(issued: Issued) -> Callable[[str], object]:
    """Return the least that Python can do with a token: decode it, parse its claims, check the signature, ask nothing."""
    bare, from_raw = floor(issued), _der if issued.alg.startswith("ES") else bytes

    def verify(token: str) -> object:
        signed, _, signature = token.encode().rpartition(b".")
        payload = signed[signed.find(b".") + 1 :]
        claims = json.loads(_decoded(payload))
        bare((from_raw(_decoded(signature)), signed))
        return claims

    return verify


def _decoded(segment: bytes) -> bytes:
    return a2b_base64(segment.translate(_TO_STANDARD) + b"==")


def _hmac(secret: bytes) -> Callable[[Raw], object]:
    from hmac import compare_digest, digest

    return lambda raw: compare_digest(digest(secret, raw[1], "sha256"), raw[0])


def _public(issued: Issued) -> tuple[Any, ...]:
    from cryptography.hazmat.primitives.asymmetric import ec, padding
    from cryptography.hazmat.primitives.hashes import SHA256, SHA384

    public = issued.key.private.public_key()
    digest = SHA384() if issued.alg.endswith("384") else SHA256()
    options: dict[str, tuple[Any, ...]] = {
        "RS": (padding.PKCS1v15(), digest),
        "PS": (padding.PSS(padding.MGF1(digest), digest.digest_size), digest),
        "ES": (ec.ECDSA(digest),),
        "Ed": (),
    }
    return (public.verify, *options[issued.alg[:2]])


def _raw(alg: str, text: str) -> Raw:
    signed, _, signature = text.rpartition(".")
    return (_der(unb64(signature)) if alg.startswith("ES") else unb64(signature), signed.encode())


def _der(signature: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    half = len(signature) // 2
    return encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))


def _pinned(key: Signer) -> Signer:
    """Publish the key with its algorithm, as providers do: without it PyJWT takes any RSA key for RS256."""
    return key._replace(jwk={**key.jwk, "alg": key.alg})


def _secret(alg: str) -> Signer:
    from secrets import token_bytes

    secret = token_bytes(32)
    return Signer(alg, "key-2026-11", secret, {"kty": "oct", "k": b64(secret), "kid": "key-2026-11", "alg": alg})
