"""Key pairs: a private key, and its public half as an issuer publishes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from threading import Lock
from typing import Any, NamedTuple

from ..errors import ConfigError
from ..tokens.algorithms import ALGORITHMS
from ..tokens.base64url import encode

RSA_BITS = 2048

_CURVES = {"ES256": "SECP256R1", "ES384": "SECP384R1", "ES512": "SECP521R1", "ES256K": "SECP256K1"}
_made: dict[tuple[str, str], KeyPair] = {}
_lock = Lock()


class KeyPair(NamedTuple):
    """A key that signs with one algorithm."""

    alg: str
    kid: str
    private: Any
    jwk: Mapping[str, Any]

    def compact(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        """Return a token of exactly this header and these claims, signed."""
        signed = f"{segment(header)}.{segment(claims)}"
        return f"{signed}.{encode(self.sign(signed.encode()))}"

    def sign(self, data: bytes) -> bytes:
        """Return the JOSE signature of bytes."""
        from jwt.algorithms import get_default_algorithms

        known = get_default_algorithms()
        # RFC 9864: the curve's own name and EdDSA are the same signature.
        signature: bytes = known.get(self.alg, known["EdDSA"]).sign(data, self.private)
        return signature

    def pem(self) -> bytes:
        """Return the public half in PEM."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        public: bytes = self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return public


def key_pair(alg: str, name: str) -> KeyPair:
    """Return a key that lives as long as the process: making one is slow, and needed once for each name.

    Raises:
        ConfigError: no such algorithm has a public half.
    """
    if alg not in ALGORITHMS:
        raise ConfigError(f"algorithm: one of {', '.join(ALGORITHMS)}, not {alg!r}")
    with _lock:
        if (alg, name) not in _made:
            private, public = _generated(alg)
            kid = f"{alg.lower()}-{name}"
            public.pop("key_ops", None)  # "use" says it
            _made[alg, name] = KeyPair(alg, kid, private, {**public, "kid": kid, "use": "sig", "alg": alg})
        return _made[alg, name]


def public_part(pair: KeyPair) -> dict[str, Any]:
    """Return a public key as it is put into a header: without name and use."""
    return {name: value for name, value in pair.jwk.items() if name not in ("kid", "use", "alg")}


def given(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members without those that are ``...``: they are to be left out."""
    return {name: value for name, value in members.items() if value is not ...}


def segment(members: Mapping[str, Any]) -> str:
    """Return a JSON object as a segment of a token."""
    return encode(json.dumps(members, separators=(",", ":")).encode())


def _generated(alg: str) -> tuple[Any, dict[str, Any]]:
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
    from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

    if ALGORITHMS[alg].kty == "RSA":
        private: Any = rsa.generate_private_key(65537, RSA_BITS)
        return private, RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    if alg in _CURVES:
        private = ec.generate_private_key(getattr(ec, _CURVES[alg])())
        return private, ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    private = ed448.Ed448PrivateKey.generate() if alg == "Ed448" else ed25519.Ed25519PrivateKey.generate()
    return private, OKPAlgorithm.to_jwk(private.public_key(), as_dict=True)
