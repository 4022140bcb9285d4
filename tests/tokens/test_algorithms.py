"""Signatures of every algorithm, and what is no signature (section 4.D)."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from authkit.errors import BadSignature, KeyProblem
from authkit.keys.jwk import read_key
from authkit.keys.key import Key
from authkit.tokens.algorithms import ALGORITHMS, fitting
from tests.support.tokens import Signer, signer

DATA = b"header.payload"
SIGNING = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "ES256K", "EdDSA", "Ed448")
ORDERS = {
    "ES256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "ES256K": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
}
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


def key_of(alg: str) -> tuple[Signer, Key]:
    one = signer(alg)
    return one, read_key(one.jwk)


def code_of(key: Key, alg: str, signature: bytes, data: bytes = DATA) -> str:
    with pytest.raises(BadSignature) as fault:
        key.verify(alg, signature, data)
    return fault.value.code


@pytest.mark.parametrize("alg", SIGNING)
def test_a_good_signature_verifies(alg: str) -> None:
    """Each algorithm, twice: the first use binds the key, the second finds it bound."""
    one, key = key_of(alg)

    for _ in range(2):
        key.verify(alg, one.sign(DATA), DATA)


@pytest.mark.parametrize(("alg", "name"), [("EdDSA", "Ed25519"), ("Ed448", "EdDSA")])
def test_both_names_of_an_edwards_algorithm_mean_it(alg: str, name: str) -> None:
    """RFC 9864: the old name covers both curves, the new ones one each."""
    one, key = key_of(alg)

    key.verify(name, one.sign(DATA), DATA)


@pytest.mark.parametrize("alg", SIGNING)
def test_what_is_no_signature_is_refused(alg: str) -> None:
    """D1: empty, short, long, of other bytes, by another key, or with any bit flipped."""
    one, key = key_of(alg)
    good = one.sign(DATA)
    stranger = signer(alg, "other").sign(DATA)
    flipped = [
        good[:at] + bytes([good[at] ^ 1 << bit]) + good[at + 1 :] for at in range(0, len(good), 7) for bit in (0, 7)
    ]

    for bad in (
        b"",
        b"\0",
        good[:-1],
        good + b"\0",
        b"\0" + good,
        bytes(len(good)),
        b"\xff" * len(good),
        stranger,
        *flipped,
    ):
        assert code_of(key, alg, bad) in ("bad_signature", "bad_signature_length")
    assert code_of(key, alg, good, DATA + b" ") == "bad_signature"
    assert code_of(key, alg, good, b"") == "bad_signature"


@pytest.mark.parametrize("alg", ["ES256", "ES256K"])
def test_numbers_outside_the_order_are_no_ecdsa_signature(alg: str) -> None:
    """D2: zero, the order, and more; "psychic" signatures among them."""
    _, key = key_of(alg)
    order = ORDERS[alg]

    for r in (0, 1, order, order + 1, 2**256 - 1):
        for s in (0, order, 2**256 - 1):
            assert code_of(key, alg, r.to_bytes(32, "big") + s.to_bytes(32, "big")) == "bad_signature"


@pytest.mark.parametrize(("alg", "size"), [("ES256", 64), ("ES384", 96), ("ES512", 132), ("ES256K", 64)])
def test_an_ecdsa_signature_has_one_form(alg: str, size: int) -> None:
    """D3: no DER, no other length, no other order of its two numbers."""
    one, key = key_of(alg)
    good = one.sign(DATA)
    digest = {64: hashes.SHA256(), 96: hashes.SHA384(), 132: hashes.SHA512()}[size]
    der = one.private.sign(DATA, ECDSA(digest))
    half = size // 2

    assert len(good) == size
    for bad in (der, b"\0" + good[:half] + b"\0" + good[half:], good[1:], good + b"\0", good * 2):
        assert code_of(key, alg, bad) == "bad_signature_length"
    assert code_of(key, alg, good[half:] + good[:half]) == "bad_signature"


def test_the_high_s_twin_is_the_same_signature() -> None:
    """D4: ECDSA is malleable by design, so nothing may be remembered or revoked by a token's text."""
    one, key = key_of("ES256")
    good = one.sign(DATA)
    twin = good[:32] + (ORDERS["ES256"] - int.from_bytes(good[32:], "big")).to_bytes(32, "big")

    key.verify("ES256", twin, DATA)


def test_numbers_that_begin_with_zeros_or_high_bits_are_read_right() -> None:
    """Among hundreds of signatures every form that a number takes in DER occurs, and all verify."""
    one, key = key_of("ES256")

    for each in range(300):
        data = b"%d" % each
        key.verify("ES256", one.sign(data), data)


def test_an_rsa_signature_is_as_long_as_the_modulus() -> None:
    """D5: not shorter, not longer, and not its own value plus the modulus."""
    one, key = key_of("RS256")
    good = one.sign(DATA)
    modulus = one.private.public_key().public_numbers().n
    larger = int.from_bytes(good, "big") + modulus

    assert code_of(key, "RS256", good.lstrip(b"\0")[1:]) == "bad_signature"
    assert code_of(key, "RS256", b"\0" + good) == "bad_signature"
    assert code_of(key, "RS256", larger.to_bytes(257, "big")[-256:]) == "bad_signature"


def test_an_rsa_signature_names_its_hash_properly() -> None:
    """D5: the right padding around another hash, or around garbage, is no RS256."""
    one, key = key_of("RS256")
    padded = b"\0\1" + b"\xff" * 8 + b"\0" + bytes(245)

    assert code_of(key, "RS256", one.private.sign(DATA, PKCS1v15(), hashes.SHA384())) == "bad_signature"
    assert code_of(key, "RS256", padded) == "bad_signature"


@pytest.mark.parametrize(
    ("salt", "mask"),
    [(0, hashes.SHA256()), (20, hashes.SHA256()), (64, hashes.SHA256()), (32, hashes.SHA1()), (32, hashes.SHA384())],
)
def test_pss_has_one_salt_length_and_one_mask(salt: int, mask: hashes.HashAlgorithm) -> None:
    """D6: RFC 7518 section 3.5 leaves no choice."""
    one, key = key_of("PS256")
    other = one.private.sign(DATA, PSS(MGF1(mask), salt), hashes.SHA256())

    assert code_of(key, "PS256", other) == "bad_signature"


def test_an_edwards_signature_is_canonical() -> None:
    """D8: the same signature with the order added to S is refused, and another length before that."""
    one, key = key_of("EdDSA")
    good = one.sign(DATA)
    larger = int.from_bytes(good[32:], "little") + ED25519_ORDER

    assert code_of(key, "EdDSA", good[:32] + larger.to_bytes(32, "little")) == "bad_signature"
    assert code_of(key, "EdDSA", good[:-1]) == "bad_signature_length"
    assert code_of(key, "EdDSA", good + b"\0" * 50) == "bad_signature_length"


@pytest.mark.parametrize("alg", SIGNING)
def test_a_key_serves_no_algorithm_of_another_kind(alg: str) -> None:
    """B4, C15: whatever is asked of it, hash-based and unknown names included."""
    _, key = key_of(alg)

    for other in ({*ALGORITHMS, "HS256", "none", ""}) - key.algorithms:
        with pytest.raises(KeyProblem) as fault:
            key.verify(other, b"", DATA)
        assert fault.value.code == "key_alg_mismatch"


@pytest.mark.parametrize(
    ("kty", "crv", "names"),
    [
        ("RSA", None, ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")),
        ("RSA", "P-256", ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")),
        ("EC", "P-256", ("ES256",)),
        ("EC", "P-384", ("ES384",)),
        ("EC", "P-521", ("ES512",)),
        ("EC", "secp256k1", ("ES256K",)),
        ("EC", "p-256", ()),
        ("EC", None, ()),
        ("OKP", "Ed25519", ("EdDSA", "Ed25519")),
        ("OKP", "Ed448", ("EdDSA", "Ed448")),
        ("OKP", "X25519", ()),
        ("oct", None, ()),
        ("AKP", None, ()),
    ],
)
def test_each_kind_of_key_fits_its_own_algorithms(kty: str, crv: str | None, names: tuple[str, ...]) -> None:
    """RFC 7518 section 3.1, RFC 8037, RFC 8812 and RFC 9864."""
    assert set(fitting(kty, crv)) == set(names)


def test_only_asymmetric_algorithms_exist() -> None:
    """B1, B3: neither none nor a shared secret can be named at all."""
    assert not any(name.startswith(("HS", "none", "A", "dir")) for name in ALGORITHMS)


def test_openssls_own_signature_verifies_in_the_form_of_jose() -> None:
    """The same two numbers, one after the other."""
    one, key = key_of("ES256")
    r, s = decode_dss_signature(one.private.sign(DATA, ECDSA(hashes.SHA256())))

    key.verify("ES256", r.to_bytes(32, "big") + s.to_bytes(32, "big"), DATA)
