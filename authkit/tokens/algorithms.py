"""Algorithms: the asymmetric signatures of JOSE, each bound to one kind of key.

RFC 7518 section 3 (RS, PS, ES), RFC 8037 (EdDSA), RFC 8812 (ES256K), RFC 9864 (Ed25519, Ed448).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import BadSignature

Verify = Callable[[bytes, bytes], None]
"""Takes signature and signed bytes; returns nothing, or raises `BadSignature`."""


class Algorithm:
    """One ``alg``: what kind of key it takes, and how a public key of that kind becomes a `Verify`."""

    __slots__ = ("bind", "bits", "curves", "kty")

    def __init__(self, kty: str, curves: tuple[str, ...], bind: Callable[[Any, int], Verify], bits: int) -> None:
        self.kty = kty
        self.curves = curves
        self.bind = bind
        self.bits = bits  # of the hash; 0 where the algorithm brings its own


def _rsa(public: Any, bits: int) -> Verify:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    return _rsa_with(public, PKCS1v15(), bits, InvalidSignature)


def _pss(public: Any, bits: int) -> Verify:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS

    digest = _hash(bits)()
    # RFC 7518 section 3.5: the salt is as long as the hash, and MGF1 uses the same hash.
    return _rsa_with(public, PSS(mgf=MGF1(digest), salt_length=digest.digest_size), bits, InvalidSignature)


def _rsa_with(public: Any, padding: Any, bits: int, invalid: type[Exception]) -> Verify:
    size = (public.key_size + 7) // 8
    check, digest = public.verify, _hash(bits)()

    def verify(signature: bytes, data: bytes) -> None:
        if len(signature) != size:
            raise BadSignature(detail="not as long as the modulus")
        try:
            check(signature, data, padding, digest)
        except invalid:
            raise BadSignature from None

    return verify


def _ecdsa(public: Any, bits: int) -> Verify:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA

    size = 2 * ((public.curve.key_size + 7) // 8)
    check, scheme = public.verify, ECDSA(_hash(bits)())

    def verify(signature: bytes, data: bytes) -> None:
        if len(signature) != size:
            raise BadSignature(
                "bad_signature_length", detail="not two numbers as long as the curve's (RFC 7518 section 3.4)"
            )
        try:
            check(_der(signature), data, scheme)
        except InvalidSignature:
            raise BadSignature from None

    return verify


def _eddsa(public: Any, _bits: int) -> Verify:
    from cryptography.exceptions import InvalidSignature

    size = 2 * len(public.public_bytes_raw())
    check = public.verify

    def verify(signature: bytes, data: bytes) -> None:
        if len(signature) != size:
            raise BadSignature("bad_signature_length", detail="not as long as the curve asks (RFC 8032)")
        try:
            check(signature, data)
        except InvalidSignature:
            raise BadSignature from None

    return verify


def _hash(bits: int) -> Any:
    # hashlib would start a hash 0.4 µs sooner; it loads a second OpenSSL, which costs a cold start 2.5 ms.
    from cryptography.hazmat.primitives import hashes

    return {256: hashes.SHA256, 384: hashes.SHA384, 512: hashes.SHA512}[bits]


def _der(signature: bytes) -> bytes:
    """Return r and s, written one after the other, as the SEQUENCE that OpenSSL reads."""
    half = len(signature) // 2
    body = _der_integer(signature[:half]) + _der_integer(signature[half:])
    return (b"0%c" if len(body) < 128 else b"0\x81%c") % len(body) + body


def _der_integer(number: bytes) -> bytes:
    number = number.lstrip(b"\0") or b"\0"
    if number[0] > 127:
        number = b"\0" + number
    return b"\x02%c" % len(number) + number


ALGORITHMS: dict[str, Algorithm] = {
    **{f"RS{bits}": Algorithm("RSA", (), _rsa, bits) for bits in (256, 384, 512)},
    **{f"PS{bits}": Algorithm("RSA", (), _pss, bits) for bits in (256, 384, 512)},
    "ES256": Algorithm("EC", ("P-256",), _ecdsa, 256),
    "ES384": Algorithm("EC", ("P-384",), _ecdsa, 384),
    "ES512": Algorithm("EC", ("P-521",), _ecdsa, 512),
    "ES256K": Algorithm("EC", ("secp256k1",), _ecdsa, 256),
    "EdDSA": Algorithm("OKP", ("Ed25519", "Ed448"), _eddsa, 0),
    "Ed25519": Algorithm("OKP", ("Ed25519",), _eddsa, 0),
    "Ed448": Algorithm("OKP", ("Ed448",), _eddsa, 0),
}


def fitting(kty: str, crv: str | None) -> tuple[str, ...]:
    """Return the algorithms a key of this kind can be used with."""
    return tuple(
        name for name, each in ALGORITHMS.items() if each.kty == kty and (not each.curves or crv in each.curves)
    )
