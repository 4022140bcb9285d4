"""JWK to key (section 4.C): only what verifies, and only if it is sound."""

from __future__ import annotations

import functools
import operator
from typing import Any

import pytest
from cryptography.exceptions import UnsupportedAlgorithm

from authkit.errors import KeyProblem
from authkit.keys.jwk import UnusableKey, _built, read_key
from tests.support.tokens import b64, new_signer, signer, unb64

SMALL_PRIMES = [n for n in range(3, 168) if all(n % d for d in range(2, n))]


def number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8 or 1, "big"))


def jwk(alg: str, /, **changes: Any) -> dict[str, Any]:
    """Return a good public key with changes; a member given as ``...`` is left out."""
    return {name: value for name, value in {**signer(alg).jwk, **changes}.items() if value is not ...}


def modulus(bits: int) -> str:
    return number((1 << (bits - 1)) + 1)


def roca_modulus() -> int:
    """Return a modulus with the fingerprint: a power of 65537 modulo every small prime."""
    product = functools.reduce(operator.mul, SMALL_PRIMES) * 2
    return pow(65537, 1234567, product) + product * (2**2047 // product + 1)


REFUSED: dict[str, tuple[Any, str]] = {
    "C1-1024-bits": (jwk("RS256", n=modulus(1024)), "weak_key"),
    "C1-2047-bits": (jwk("RS256", n=modulus(2047)), "weak_key"),
    "C1-8193-bits": (jwk("RS256", n=modulus(8193)), "invalid_key"),
    "C1-enormous": (jwk("RS256", n="A" * 100_000), "invalid_key"),
    "C2-e-1": (jwk("RS256", e=number(1)), "weak_key"),
    "C2-e-2": (jwk("RS256", e=number(2)), "weak_key"),
    "C2-e-0": (jwk("RS256", e=number(0)), "weak_key"),
    "C2-e-even": (jwk("RS256", e=number(65538)), "weak_key"),
    "C2-e-33-bits": (jwk("RS256", e=number(2**32 + 1)), "weak_key"),
    "C2-n-even": (jwk("RS256", n=number(1 << 2047)), "invalid_key"),
    "C2-n-zero": (jwk("RS256", n=number(0)), "weak_key"),
    "C2-n-empty": (jwk("RS256", n=""), "weak_key"),
    "C2-n-padded": (jwk("RS256", n=signer("RS256").jwk["n"] + "=="), "invalid_key"),
    "C2-e-not-canonical": (jwk("RS256", e="Aw"[:1] + "x"), "invalid_key"),
    "C2-n-absent": (jwk("RS256", n=...), "invalid_key"),
    "C2-n-int": (jwk("RS256", n=65537), "invalid_key"),
    "C2-n-list": (jwk("RS256", n=["AQAB"]), "invalid_key"),
    "C3-roca": (jwk("RS256", n=number(roca_modulus())), "weak_key"),
    "C4-off-the-curve": (jwk("ES256", x=b64(b"\1" * 32)), "invalid_key"),
    "C4-infinity": (jwk("ES256", x=b64(bytes(32)), y=b64(bytes(32))), "invalid_key"),
    "C4-beyond-the-field": (jwk("ES256", x=b64(b"\xff" * 32)), "invalid_key"),
    "C4-short": (jwk("ES256", x=b64(bytes(31))), "invalid_key"),
    "C4-long": (jwk("ES256", x=b64(b"\0" + unb64(signer("ES256").jwk["x"]))), "invalid_key"),
    "C4-no-y": (jwk("ES256", y=...), "invalid_key"),
    "C4-crv-of-another": (jwk("ES256", crv="P-384"), "invalid_key"),
    "C4-crv-secp256k1": (jwk("ES256", crv="secp256k1"), "invalid_key"),
    "C4-alg-of-another": (jwk("ES256", alg="ES384"), "key_alg_mismatch"),
    "C4-secp256k1-for-ES256": (jwk("ES256K", alg="ES256"), "key_alg_mismatch"),
    "C5-X25519": (jwk("EdDSA", crv="X25519"), "invalid_key"),
    "C5-X448": (jwk("Ed448", crv="X448"), "invalid_key"),
    "C5-Ed448-under-Ed25519": (jwk("EdDSA", alg="Ed448"), "key_alg_mismatch"),
    "C5-Ed25519-under-Ed448": (jwk("Ed448", alg="Ed25519"), "key_alg_mismatch"),
    "C5-x-of-the-other-curve": (jwk("EdDSA", crv="Ed448"), "invalid_key"),
    "C5-no-crv": (jwk("EdDSA", crv=...), "invalid_key"),
    "C6-EC-with-RSA-members": (jwk("RS256", kty="EC"), "invalid_key"),
    "C6-RSA-with-EC-members": (jwk("ES256", kty="RSA"), "invalid_key"),
    "C6-RSA-with-a-curve": (jwk("RS256", crv="P-256"), "invalid_key"),
    "C6-RSA-with-a-secret": (jwk("RS256", k="AAAA"), "invalid_key"),
    "C6-EC-with-a-modulus": (jwk("ES256", n="AQAB"), "invalid_key"),
    "C6-OKP-with-y": (jwk("EdDSA", y="AAAA"), "invalid_key"),
    "C7-use-enc": (jwk("ES256", use="enc"), "key_use_mismatch"),
    "C7-use-null": (jwk("ES256", use=None), "key_use_mismatch"),
    "C7-ops-without-verify": (jwk("ES256", key_ops=["sign"]), "key_use_mismatch"),
    "C7-ops-empty": (jwk("ES256", key_ops=[]), "key_use_mismatch"),
    "C7-ops-text": (jwk("ES256", key_ops="verify"), "key_use_mismatch"),
    "C7-ops-null": (jwk("ES256", key_ops=None), "key_use_mismatch"),
    "C7-use-contradicts-ops": (jwk("ES256", use="sig", key_ops=["deriveKey"]), "key_use_mismatch"),
    "C7-use-contradicts-one-of-the-ops": (jwk("ES256", use="sig", key_ops=["verify", "encrypt"]), "key_use_mismatch"),
    "C7-ops-of-lists": (jwk("ES256", key_ops=["verify", ["sign"]]), "key_use_mismatch"),
    "C8-oct": ({"kty": "oct", "k": "AAAA", "alg": "HS256", "kid": "k1"}, "invalid_key"),
    **{
        f"C9-private-{name}": (jwk("RS256", **{name: "AQAB"}), "invalid_key")
        for name in ("d", "p", "q", "dp", "dq", "qi", "oth")
    },
    "C9-private-EC": (jwk("ES256", d=b64(bytes(32))), "invalid_key"),
    "C10-no-object": (["RSA"], "invalid_key"),
    "C10-null": (None, "invalid_key"),
    "C10-empty": ({}, "invalid_key"),
    "C13-AKP": ({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"}, "invalid_key"),
    "C13-unknown-crv": (jwk("ES256", crv="P-192"), "invalid_key"),
    "C13-crv-list": (jwk("ES256", crv=["P-256"]), "invalid_key"),
    "C13-kty-list": (jwk("ES256", kty=["EC"]), "invalid_key"),
    "C15-alg-of-a-cipher": (jwk("RS256", alg="RSA-OAEP"), "key_alg_mismatch"),
    "B3-RSA-named-HS256": (jwk("RS256", alg="HS256"), "key_alg_mismatch"),
    "alg-null": (jwk("RS256", alg=None), "key_alg_mismatch"),
    "alg-list": (jwk("RS256", alg=["RS256"]), "key_alg_mismatch"),
    "alg-ES521": (jwk("ES512", alg="ES521"), "key_alg_mismatch"),
    "issuer-int": (jwk("RS256", issuer=1), "invalid_key"),
    "issuer-null": (jwk("RS256", issuer=None), "invalid_key"),
    "issuer-empty": (jwk("RS256", issuer=""), "invalid_key"),
    "issuer-list": (jwk("RS256", issuer=["https://a/"]), "invalid_key"),
    "kid-int": (jwk("RS256", kid=1), "invalid_key"),
    "kid-empty": (jwk("RS256", kid=""), "invalid_key"),
}


@pytest.mark.parametrize(("described", "code"), REFUSED.values(), ids=REFUSED)
def test_an_unsound_key_is_refused(described: Any, code: str) -> None:
    """Each row has its code, and nothing else is ever raised."""
    with pytest.raises(KeyProblem) as fault:
        read_key(described)

    assert fault.value.code == code


TAKEN: dict[str, tuple[dict[str, Any], set[str]]] = {
    "C1-2048": (jwk("RS256"), {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
    "C1-8192": (jwk("RS256", n=modulus(8192)), {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
    "C2-e-3": (jwk("RS256", e=number(3), alg="PS384"), {"PS384"}),
    "C2-leading-zeros": (jwk("RS256", n=b64(b"\0" + unb64(signer("RS256").jwk["n"])), alg="RS256"), {"RS256"}),
    "C5-EdDSA": (jwk("EdDSA", alg="EdDSA"), {"EdDSA", "Ed25519"}),
    "C5-Ed25519": (jwk("EdDSA", alg="Ed25519"), {"EdDSA", "Ed25519"}),
    "C5-Ed448": (jwk("Ed448", alg="Ed448"), {"EdDSA", "Ed448"}),
    "C7-ops": (jwk("ES256", key_ops=["verify"]), {"ES256"}),
    "C7-ops-to-sign-too": (jwk("ES256", key_ops=["sign", "verify"]), {"ES256"}),
    "C7-no-use": (jwk("ES384", use=...), {"ES384"}),
    "C16-certificates-are-ignored": (jwk("ES512", x5c=["AA"], x5t="AA", x5u="http://evil.example/"), {"ES512"}),
    "no-kid": (jwk("ES256K", kid=...), {"ES256K"}),
}


@pytest.mark.parametrize(("described", "algorithms"), TAKEN.values(), ids=TAKEN)
def test_a_sound_key_serves_its_algorithms(described: dict[str, Any], algorithms: set[str]) -> None:
    """B4: pinned by its own alg, else by its kind and curve."""
    key = read_key(described)

    assert key.algorithms == algorithms
    assert (key.kid, key.kty) == (described.get("kid"), described["kty"])


@pytest.mark.parametrize(
    ("described", "reason"),
    [
        (jwk("RS256", d="AQAB"), "private_key"),
        (jwk("RS256", n=number(roca_modulus())), "roca_key"),
        (jwk("RS256", e=number(1)), "weak_key"),
        ({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"}, "foreign_key"),
        ({"kty": "oct", "k": "AAAA"}, "foreign_key"),
        (jwk("ES256", use="enc"), "key_use_mismatch"),
        (None, "invalid_key"),
    ],
)
def test_why_a_key_is_unusable_is_told_more_finely_than_by_its_code(described: Any, reason: str) -> None:
    """C3, C8, C9, C13: an operator must act on some, and can ignore others."""
    with pytest.raises(UnusableKey) as fault:
        read_key(described)

    assert fault.value.reason == reason


@pytest.mark.parametrize("name", ["n", "e"])
@pytest.mark.parametrize("zeros", [1, 2, 3])
def test_leading_zeros_are_put_up_with_and_remarked(name: str, zeros: int) -> None:
    """C2: the number is the same."""
    plain = jwk("RS256")

    key = read_key({**plain, name: b64(bytes(zeros) + unb64(plain[name]))})

    assert key.remarks == ("leading_zeros",)
    assert read_key(plain).remarks == ()
    assert key.identity == read_key(plain).identity


def test_a_key_may_say_whose_it_is() -> None:
    """As Entra publishes them; the others do not."""
    assert read_key(jwk("RS256", issuer="https://login.example.com/{tenantid}/v2.0")).issuer == (
        "https://login.example.com/{tenantid}/v2.0"
    )
    assert read_key(jwk("RS256")).issuer is None


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_an_identity_is_that_of_material_name_algorithm_use_and_issuer(alg: str) -> None:
    """What else the JWK says makes no difference; and it can be a key of a dict."""
    plain = jwk(alg)
    same = [read_key(each) for each in (plain, dict(plain), {**plain, "x5t": "AA"}, {**plain, "key_ops": ["verify"]})]
    other = [
        read_key(each)
        for each in (
            {**plain, "kid": "k2"},
            {**plain, "alg": alg},
            {**plain, "issuer": "https://login.example.com/a/v2.0"},
            {**plain, "issuer": "https://login.example.com/b/v2.0"},
            jwk(alg, use=...),
            new_signer(alg).jwk,
        )
    ]

    assert len({key.identity for key in same}) == 1
    assert len({key.identity for key in [*same, *other]}) == 7


@pytest.mark.parametrize(
    ("alg", "bits"), [("RS256", 2048), ("ES256", 256), ("ES512", 521), ("EdDSA", 256), ("Ed448", 456)]
)
def test_a_key_tells_its_size(alg: str, bits: int) -> None:
    """For whoever lists keys."""
    assert read_key(jwk(alg)).bits == bits


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_the_repr_holds_no_key_material(alg: str) -> None:
    """Name, kind and algorithms, and none of its numbers."""
    described = jwk(alg)

    shown = repr(read_key(described))

    assert "k1" in shown
    assert not any(str(described[name]) in shown for name in ("n", "x", "y") if name in described)


def test_ordinary_moduli_have_no_fingerprint() -> None:
    """C3: of fresh keys none is taken for one of the chip's."""
    for each in range(3):
        assert read_key(signer("RS256", f"fresh{each}").jwk).kty == "RSA"


def test_a_curve_this_build_does_not_know_is_an_invalid_key() -> None:
    """Some builds of OpenSSL lack secp256k1 or Ed448, and say so in an exception of their own."""

    def build() -> None:
        raise UnsupportedAlgorithm("no such curve")

    with pytest.raises(KeyProblem, match="invalid_key"):
        _built(build)


P25519, P448 = 2**255 - 19, 2**448 - 2**224 - 1
ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
SMALL = {
    **{f"Ed25519-{y % 1000}": ("Ed25519", 32, y) for y in (0, 1, P25519 - 1, ORDER_8, P25519 - ORDER_8)},
    **{f"Ed448-{y % 1000}": ("Ed448", 57, y) for y in (0, 1, P448 - 1)},
}


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize(("crv", "size", "y"), SMALL.values(), ids=SMALL)
def test_a_point_of_small_order_is_a_weak_key(crv: str, size: int, y: int, sign: int) -> None:
    """D8: whoever publishes one lets everybody sign."""
    raw = (y | sign << 8 * size - 1).to_bytes(size, "little")

    with pytest.raises(KeyProblem, match="weak_key"):
        read_key({"kty": "OKP", "crv": crv, "x": b64(raw)})


@pytest.mark.parametrize(
    ("crv", "size", "y"), [("Ed25519", 32, P25519), ("Ed25519", 32, P25519 + 1), ("Ed448", 57, P448 + 1)]
)
def test_a_second_spelling_of_a_point_is_no_key(crv: str, size: int, y: int) -> None:
    """D8: RFC 8032 section 5.1.3 reads numbers below the prime only."""
    with pytest.raises(KeyProblem, match="invalid_key"):
        read_key({"kty": "OKP", "crv": crv, "x": b64(y.to_bytes(size, "little"))})
