"""JWK to key (RFC 7517, RFC 7518 section 6, RFC 8037): only what can verify a signature, and only if it is sound."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from ..errors import KeyProblem, MalformedToken
from ..tokens.algorithms import fitting
from ..tokens.base64url import decode_text
from .key import Key

SMALLEST_RSA = 2048  # bits (RFC 7518 section 3.3)
LARGEST_RSA = 8192  # bits: beyond, one signature check costs as much as a hundred
LARGEST_CERTIFICATE = 32 * 1024  # characters of base64

_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth"})
_NUMBERS = {"RSA": ("n", "e"), "EC": ("x", "y"), "OKP": ("x",)}
_FOREIGN = {
    "RSA": frozenset({"crv", "x", "y", "k"}),
    "EC": frozenset({"n", "e", "k"}),
    "OKP": frozenset({"n", "e", "y", "k"}),
}
_ROCA_PRIMES = (11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157)
# Edwards curves: bytes of a point, the field's prime, and the y of the points whose order divides the cofactor (RFC 7748 section 4, RFC 8032).
_P25519, _P448 = 2**255 - 19, 2**448 - 2**224 - 1
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_EDWARDS = {
    "Ed25519": (32, _P25519, frozenset({0, 1, _P25519 - 1, _ORDER_8, _P25519 - _ORDER_8})),
    "Ed448": (57, _P448, frozenset({0, 1, _P448 - 1})),
}
_EC_BYTES = {"P-256": 32, "P-384": 48, "P-521": 66, "secp256k1": 32}


class UnusableKey(KeyProblem):
    """Why a JWK is no key for us. ``reason`` is finer than the code: a published private key is more than malformed."""

    def __init__(self, code: str, *, reason: str = "", claim: str = "", detail: str = "") -> None:
        super().__init__(code, claim=claim, detail=detail)
        self.reason = reason or code


def read_key(jwk: object, *, x5c_agrees: bool = False) -> Key:
    """Return the key a JWK describes.

    Args:
        jwk: the key.
        x5c_agrees: whether the key of its own certificate, where it is published with one, must be the same.

    Raises:
        KeyProblem: ``invalid_key``, ``weak_key``, ``key_use_mismatch`` or ``key_alg_mismatch``, never anything else.
    """
    if not isinstance(jwk, Mapping):
        raise UnusableKey("invalid_key", detail="a key that is no JSON object")
    kty, kid = jwk.get("kty"), None if jwk.get("kid") is None else _text(jwk, "kid")
    build = _BUILDERS.get(kty) if isinstance(kty, str) else None
    if build is None:
        raise UnusableKey(
            "invalid_key", reason="foreign_key", claim="kty", detail="no public key of a kind that signs (RSA, EC, OKP)"
        )
    kind = str(kty)
    if _PRIVATE & jwk.keys():
        detail = "the private key is published with it: it is compromised, have it replaced"
        raise UnusableKey("invalid_key", reason="private_key", detail=detail)
    if _FOREIGN[kind] & jwk.keys():
        raise UnusableKey("invalid_key", claim="kty", detail=f"members of another kind of key than {kind}")
    _demand_use(jwk)
    algorithms = _algorithms(jwk, kind)
    public = build(jwk)
    if x5c_agrees and "x5c" in jwk:
        _demand_same(public, jwk["x5c"])
    material = (kind, jwk.get("crv"), *(_number(jwk, name) for name in _NUMBERS[kind]))
    issuer = _text(jwk, "issuer") if "issuer" in jwk else None
    return Key(
        public,
        kid=kid,
        kty=kind,
        algorithms=algorithms,
        issuer=issuer,
        identity=(kid, jwk.get("alg"), jwk.get("use"), issuer, material),
        remarks=("leading_zeros",) if kind == "RSA" and _leading_zeros(jwk) else (),
    )


def _demand_same(public: Any, chain: object) -> None:
    """RFC 7517 section 4.7: the key in the first certificate must match. Who has signed it, and for how long, is not asked."""
    from base64 import b64decode

    # Here and not above: it takes 44 milliseconds, and nobody else has a use for certificates.
    from cryptography.x509 import load_der_x509_certificate

    first = chain[0] if isinstance(chain, list) and chain else None
    try:
        if not isinstance(first, str) or len(first) > LARGEST_CERTIFICATE:
            raise ValueError
        certified = load_der_x509_certificate(b64decode(first, validate=True)).public_key()  # base64, with its padding
    except Exception:  # noqa: BLE001 - the library has a dozen for what it cannot read, warnings among them
        raise UnusableKey("invalid_key", reason="x5c_disagrees", claim="x5c", detail="no certificate in it") from None
    if certified != public:
        detail = "the certificate that is published with it is of another key"
        raise UnusableKey("invalid_key", reason="x5c_disagrees", claim="x5c", detail=detail)


def _text(jwk: Mapping[str, Any], name: str) -> str:
    value = jwk.get(name)
    if not isinstance(value, str) or not value:
        raise UnusableKey("invalid_key", claim=name, detail=f"its {name} is no text")
    return value


def _leading_zeros(jwk: Mapping[str, Any]) -> bool:
    """RFC 7518 section 6.3.1.1 forbids them, some encoders write them: the number is the same, so the key is taken."""
    return any(_octets(jwk, name)[0] == 0 for name in ("n", "e"))


def _demand_use(jwk: Mapping[str, Any]) -> None:
    """RFC 7517 sections 4.2 and 4.3: both are optional; each that is there must permit verifying, and they must agree."""
    operations = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        raise UnusableKey("key_use_mismatch", detail="a key for something else than verifying signatures")
    if "use" in jwk and not all(each in ("sign", "verify") for each in operations):
        raise UnusableKey("key_use_mismatch", detail="its use and its key_ops contradict each other")


def _algorithms(jwk: Mapping[str, Any], kty: str) -> frozenset[str]:
    crv = jwk.get("crv")
    fits = frozenset(fitting(kty, crv if isinstance(crv, str) else None))
    pinned = jwk.get("alg")
    if pinned is None and "alg" not in jwk:
        return fits
    if not isinstance(pinned, str) or pinned not in fits:
        raise UnusableKey("key_alg_mismatch", claim="alg", detail="the key names an algorithm it cannot be used with")
    return fits & _same(pinned)


def _same(alg: str) -> frozenset[str]:
    """RFC 9864: EdDSA and the curve's own name say the same thing of an Edwards key."""
    edwards = frozenset({"EdDSA", "Ed25519", "Ed448"})
    return edwards if alg in edwards else frozenset({alg})


def _rsa(jwk: Mapping[str, Any]) -> Any:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    modulus, exponent = _number(jwk, "n"), _number(jwk, "e")
    bits = modulus.bit_length()
    if bits < SMALLEST_RSA:
        raise UnusableKey("weak_key", claim="n", detail=f"{bits} bits; RSA needs {SMALLEST_RSA} (RFC 7518 section 3.3)")
    if bits > LARGEST_RSA or not modulus & 1:
        raise UnusableKey("invalid_key", claim="n", detail=f"an even modulus, or one over {LARGEST_RSA} bits")
    if exponent < 3 or not exponent & 1 or exponent.bit_length() > 32:
        raise UnusableKey("weak_key", claim="e", detail="an exponent that is even, below 3 or over 32 bits")
    if all(modulus % prime in _powers(prime) for prime in _ROCA_PRIMES):
        detail = "made by a chip whose RSA keys can be factored (CVE-2017-15361)"
        raise UnusableKey("weak_key", reason="roca_key", claim="n", detail=detail)
    return _built(lambda: RSAPublicNumbers(exponent, modulus).public_key())


@cache
def _powers(prime: int) -> set[int]:
    """ROCA: that chip's primes, and so its moduli, are powers of 65537 modulo every small prime; of others one in 2**28."""
    return {pow(65537, exponent, prime) for exponent in range(prime)}


def _ec(jwk: Mapping[str, Any]) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec

    curves: dict[str, Any] = {
        "P-256": ec.SECP256R1,
        "P-384": ec.SECP384R1,
        "P-521": ec.SECP521R1,
        "secp256k1": ec.SECP256K1,
    }
    crv = jwk.get("crv")
    if not isinstance(crv, str) or crv not in curves:
        raise UnusableKey("invalid_key", claim="crv", detail="an unknown curve")
    x, y = (_number(jwk, name, size=_EC_BYTES[crv]) for name in ("x", "y"))
    return _built(lambda: ec.EllipticCurvePublicNumbers(x, y, curves[crv]()).public_key())


def _okp(jwk: Mapping[str, Any]) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    curves: dict[object, Any] = {"Ed25519": Ed25519PublicKey, "Ed448": Ed448PublicKey}
    crv = jwk.get("crv")
    if not isinstance(crv, str) or crv not in curves:
        raise UnusableKey("invalid_key", claim="crv", detail="not a curve that signs (RFC 8037 section 3.1)")
    raw = _octets(jwk, "x")
    _demand_large_order(raw, crv)
    return _built(lambda: curves[crv].from_public_bytes(raw))


def _demand_large_order(raw: bytes, crv: str) -> None:
    """Refuse the points of small order, for which anybody can make a signature, and second spellings of points."""
    size, prime, small = _EDWARDS[crv]
    if len(raw) != size:
        raise UnusableKey("invalid_key", claim="x", detail=f"{len(raw)} bytes where the curve has {size}")
    # The highest bit is the sign of x (RFC 8032 section 5.1.2).
    y = int.from_bytes(raw, "little") & ~(1 << 8 * len(raw) - 1)
    if y >= prime:
        raise UnusableKey("invalid_key", claim="x", detail="its numbers are no key of its kind")
    if y in small:
        raise UnusableKey("weak_key", claim="x", detail="a point of small order: anybody could sign for it")


def _built(build: Any) -> Any:
    """Let `cryptography` judge the numbers: on the curve, of the right length, of a curve this build of it knows."""
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        return build()
    except (ValueError, UnsupportedAlgorithm):
        raise UnusableKey("invalid_key", detail="its numbers are no key of its kind") from None


def _number(jwk: Mapping[str, Any], name: str, *, size: int | None = None) -> int:
    raw = _octets(jwk, name)
    if size is not None and len(raw) != size:
        raise UnusableKey(
            "invalid_key", claim=name, detail=f"{len(raw)} bytes where the curve has {size} (RFC 7518 section 6.2.1)"
        )
    return int.from_bytes(raw, "big")


def _octets(jwk: Mapping[str, Any], name: str) -> bytes:
    value = jwk.get(name)
    if isinstance(value, str) and len(value) > LARGEST_RSA // 4:
        raise UnusableKey("invalid_key", claim=name, detail="a number beyond any key in use")
    try:
        return decode_text(value)
    except MalformedToken:
        raise UnusableKey("invalid_key", claim=name, detail="missing, or not base64url") from None


_BUILDERS = {"RSA": _rsa, "EC": _ec, "OKP": _okp}
