"""Wycheproof's raw signatures in JOSE form: RSA PKCS#1 v1.5, and ECDSA as two numbers (C2SP/wycheproof)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from authkit.errors import BadSignature
from authkit.keys.jwk import read_key
from tests.support.tokens import b64
from tests.vectors.jwt_data import load, needed

if TYPE_CHECKING:
    from authkit.keys.jwk import Key

pytestmark = needed


def verifies(key: Key, alg: str, case: dict[str, Any]) -> bool:
    try:
        key.verify(alg, bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
    except BadSignature:
        return False
    return True


def ec_jwk(group: dict[str, Any]) -> dict[str, Any]:
    """Return a group's key; some groups have it in numbers only."""
    if "publicKeyJwk" in group:
        found: dict[str, Any] = group["publicKeyJwk"]
        return found
    x, y = (int(group["publicKey"][name], 16).to_bytes(32, "big") for name in ("wx", "wy"))
    return {"kty": "EC", "crv": "P-256", "x": b64(x), "y": b64(y)}


@pytest.mark.parametrize(
    ("file", "alg", "counts"),
    [
        (
            "rsa_signature_2048_sha256_test",
            "RS256",
            {("valid", True): 9, ("invalid", False): 249, ("acceptable", False): 1},
        ),
        ("ecdsa_secp256r1_sha256_p1363_test", "ES256", {("valid", True): 173, ("invalid", False): 89}),
    ],
)
def test_every_verdict_is_as_published(file: str, alg: str, counts: dict[tuple[str, bool], int]) -> None:
    """All are run, and what may be accepted but need not be is refused."""
    seen: Counter[tuple[str, bool]] = Counter()

    for group in load(f"primitives/{file}.json")["testGroups"]:
        key = read_key(group["keyJwk"] if alg == "RS256" else ec_jwk(group))
        for case in group["tests"]:
            seen[case["result"], verifies(key, alg, case)] += 1

    assert seen == counts


def test_the_hash_based_ones_are_left_aside() -> None:
    """HMAC is for a later version; the count shows that none was forgotten."""
    groups = load("primitives/hmac_sha256_test.json")["testGroups"]

    assert sum(len(group["tests"]) for group in groups) == 174
