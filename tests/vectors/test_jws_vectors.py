"""Wycheproof's JWS tests (C2SP/wycheproof, a subset): bytes and signatures, below the claims."""

from __future__ import annotations

from collections import Counter
from typing import Any

from authkit.errors import Unauthenticated
from authkit.keys.jwk import read_key
from authkit.tokens.algorithms import ALGORITHMS
from authkit.tokens.jws import Opener
from tests.vectors.jwt_data import load, needed

pytestmark = needed

# Where a strict verifier differs from the published verdict: the JWK says "ES521", which is no algorithm, the token ES512.
MISSPELT = {347, 351}
RUN, ASIDE = 181, 19  # asymmetric; shared secrets are for a later version


def groups() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = load("wycheproof_jws_subset.json")["testGroups"]
    return found


def verdict(jws: str, jwk: dict[str, Any]) -> str:
    """Return "valid", or the code of the refusal; anything but a refusal is a failure of the test."""
    try:
        key = read_key(jwk)
        envelope = Opener(algorithms=ALGORITHMS, types=["jwt", "jose"]).open(jws)
        key.verify(envelope.header.alg, envelope.signature, envelope.signed)
    except Unauthenticated as refusal:
        return refusal.code
    return "valid"


def test_all_of_them_are_judged_or_named() -> None:
    """The count shows it if some day fewer are run."""
    counts = Counter(
        "run" if group["private"]["kty"] != "oct" else "aside" for group in groups() for _ in group["tests"]
    )

    assert counts == {"run": RUN, "aside": ASIDE}


def test_every_verdict_is_as_published() -> None:
    """But for the errata, which are refused for the algorithm that does not exist."""
    wrong, results = {}, Counter[str]()

    for group in groups():
        for case in group["tests"] if "public" in group else ():
            found = verdict(case["jws"], group["public"])
            results["valid" if found == "valid" else "refused"] += 1
            expected = "invalid" if case["tcId"] in MISSPELT else case["result"]
            if (found == "valid") != (expected == "valid"):
                wrong[case["tcId"]] = found

    assert wrong == {}
    assert results == {"valid": 17, "refused": RUN - 17}


def test_the_errata_are_refused_for_the_misspelt_algorithm_alone() -> None:
    """With the JWK's alg deleted, they verify."""
    cases = [(case, group["public"]) for group in groups() for case in group["tests"] if case["tcId"] in MISSPELT]
    assert len(cases) == 2

    for case, jwk in cases:
        assert verdict(case["jws"], jwk) == "key_alg_mismatch"
        assert verdict(case["jws"], {name: value for name, value in jwk.items() if name != "alg"}) == "valid"


def test_no_shared_secret_becomes_a_key() -> None:
    """The ones left aside could not be run by mistake."""
    secrets = [group["private"] for group in groups() if group["private"]["kty"] == "oct"]

    assert len(secrets) == 2
    for group in groups():
        for case in group["tests"] if group["private"]["kty"] == "oct" else ():
            assert verdict(case["jws"], group["private"]) == "invalid_key"


def test_no_private_key_is_taken_for_a_public_one() -> None:
    """C9: the private halves that stand beside the public ones are refused."""
    for group in groups():
        if "public" in group:
            assert verdict(group["tests"][0]["jws"], group["private"]) in {"invalid_key", "key_use_mismatch"}
