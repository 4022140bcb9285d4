"""Wycheproof's raw signatures in JOSE form: RSA PKCS#1 v1.5, ECDSA as two numbers, HMAC (C2SP/wycheproof)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from authkit.errors import BadSignature, ConfigError
from authkit.keys.jwk import read_key
from authkit.keys.secret import Secret
from tests.support.tokens import b64
from tests.vectors.jwt_data import load, needed

if TYPE_CHECKING:
    from authkit.keys.key import Key

pytestmark = needed

RSA, ECDSA, HMAC = FILES = (
    "primitives/rsa_signature_2048_sha256_test.json",
    "primitives/ecdsa_secp256r1_sha256_p1363_test.json",
    "primitives/hmac_sha256_test.json",
)


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
            RSA,
            "RS256",
            {("valid", True): 9, ("invalid", False): 249, ("acceptable", False): 1},
        ),
        (ECDSA, "ES256", {("valid", True): 173, ("invalid", False): 89}),
    ],
)
def test_every_verdict_is_as_published(file: str, alg: str, counts: dict[tuple[str, bool], int]) -> None:
    """All are run, and what may be accepted but need not be is refused."""
    seen: Counter[tuple[str, bool]] = Counter()

    for group in load(file)["testGroups"]:
        key = read_key(group["keyJwk"] if alg == "RS256" else ec_jwk(group))
        for case in group["tests"]:
            seen[case["result"], verifies(key, alg, case)] += 1

    assert seen == counts


def test_whole_macs_under_long_enough_keys_verify() -> None:
    """D7, C14: a tag cut in half is none, and a key of half the hash's length cannot be built."""
    seen: Counter[tuple[int, int, str, str]] = Counter()

    for group in load(HMAC)["testGroups"]:
        for case in group["tests"]:
            seen[group["keySize"], group["tagSize"], case["result"], mac_verdict(case)] += 1

    assert sum(seen.values()) == 174
    assert {row[3] for row in seen if row[0] == 128} == {"weak_key"}
    assert {row[3] for row in seen if row[0] != 128 and row[1] == 128} == {"refused"}
    assert {row[2:] for row in seen if row[0] != 128 and row[1] == 256} == {("valid", "valid"), ("invalid", "refused")}
    assert sum(count for row, count in seen.items() if row[3] == "valid") == 30


def mac_verdict(case: dict[str, Any]) -> str:
    """Return what becomes of one MAC."""
    try:
        secret = Secret(bytes.fromhex(case["key"]), algorithms=["HS256"])
        secret.verify("HS256", bytes.fromhex(case["tag"]), bytes.fromhex(case["msg"]))
    except ConfigError as fault:
        return "weak_key" if "weak_key" in str(fault) else str(fault)
    except BadSignature:
        return "refused"
    return "valid"
