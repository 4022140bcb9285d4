"""Wycheproof's JWS tests (C2SP/wycheproof, a subset): bytes and signatures, below the claims."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from authkit import JWTBearer
from authkit.errors import ConfigError, Unauthenticated
from authkit.keys.secret import Secrets
from authkit.keys.verify import verify_jws
from authkit.tokens.algorithms import ALGORITHMS
from tests.vectors.jwt_data import load, needed

pytestmark = needed

FILES = ("wycheproof_jws_subset.json",)

# Where a strict verifier differs from the published verdict: the JWK says "ES521", which is no algorithm, the token ES512;
# and one payload holds a character outside the alphabet.
MISSPELT = {347, 351}
FOREIGN_CHARACTER = {373}
ASYMMETRIC, SYMMETRIC = 181, 19


def groups() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = load(FILES[0])["testGroups"]
    return found


def verdict(jws: str, jwk: dict[str, Any]) -> str:
    """Return "valid", or the code of the refusal; anything but a refusal is a failure of the test."""
    symmetric = jwk["kty"] == "oct"
    try:
        if symmetric:
            verify_jws(jws, Secrets(jwk, algorithms=["HS256"], weak=True), algorithms=["HS256"], types=["jwt", "jose"])
        else:
            keys = jwk if "keys" in jwk else {"keys": [jwk]}
            verify_jws(jws, keys, algorithms=ALGORITHMS, types=["jwt", "jose"], relax={"kid-optional"})
    except Unauthenticated as refusal:
        return refusal.code
    except ConfigError as fault:  # a set without one usable key, which the message gives the reason of
        return re.findall(r": (\w+)\)", str(fault))[-1]
    return "valid"


def expected(case: dict[str, Any]) -> str:
    """Return the verdict a strict verifier comes to."""
    return "invalid" if case["tcId"] in MISSPELT | FOREIGN_CHARACTER else case["result"]


def test_all_of_them_are_judged() -> None:
    """The count shows it if some day fewer are run."""
    counts = Counter(group["private"]["kty"] == "oct" for group in groups() for _ in group["tests"])

    assert counts == {False: ASYMMETRIC, True: SYMMETRIC}


def test_every_verdict_is_as_published() -> None:
    """But for the errata: an algorithm that does not exist, and a character that is none of base64url."""
    wrong, results = {}, Counter[str]()

    for group in groups():
        for case in group["tests"]:
            found = verdict(case["jws"], group.get("public", group["private"]))
            results["valid" if found == "valid" else "refused"] += 1
            if (found == "valid") != (expected(case) == "valid"):
                wrong[case["tcId"]] = found

    assert wrong == {}
    assert results == {"valid": 21, "refused": ASYMMETRIC + SYMMETRIC - 21}


def test_the_secret_of_zeros_is_taken_for_these_examples_only() -> None:
    """C14: theirs has 32 bytes of zero, which no bearer takes."""
    zeros = next(group["private"] for group in groups() if set(group["private"].get("k", "")) == {"A"})

    with pytest.raises(ConfigError, match="weak_key"):
        JWTBearer(issuer="example", audience="example", secret=zeros)


def test_by_flag_none_is_left_out() -> None:
    """Over half are about padding and spelling: counted apart, so that they cannot hide the others."""
    flags = Counter(flag for group in groups() for case in group["tests"] for flag in case["flags"] or ["none"])

    assert flags.total() >= ASYMMETRIC + SYMMETRIC
    assert flags["ModifiedPadding"] > 0
    assert flags["ModifiedSignature"] > 0


def test_the_errata_are_refused_for_the_misspelt_algorithm_alone() -> None:
    """With the JWK's alg deleted, they verify."""
    cases = [(case, group["public"]) for group in groups() for case in group["tests"] if case["tcId"] in MISSPELT]
    assert len(cases) == 2

    for case, jwk in cases:
        assert verdict(case["jws"], jwk) == "key_alg_mismatch"
        assert verdict(case["jws"], {name: value for name, value in jwk.items() if name != "alg"}) == "valid"


def test_no_shared_secret_becomes_a_key() -> None:
    """C8: among public keys one is left out, whoever put it there."""
    secrets = [group["private"] for group in groups() if group["private"]["kty"] == "oct"]

    assert len(secrets) == 2
    for secret in secrets:
        with pytest.raises(ConfigError, match="invalid_key"):
            verify_jws("e30.e30.AA", {"keys": [secret]}, algorithms=["ES256"])


def test_no_private_key_is_taken_for_a_public_one() -> None:
    """C9: the private halves that stand beside the public ones are refused."""
    for group in groups():
        if "public" in group:
            assert verdict(group["tests"][0]["jws"], group["private"]) in {"invalid_key", "key_use_mismatch"}
