"""What the claims must say (section 4.E)."""

from __future__ import annotations

from typing import Any

import pytest

from authkit.errors import InvalidClaims, MalformedToken, Refused
from authkit.tokens.rules import FUTURE_ISSUE, Rules
from authkit.tokens.types import LATEST, check_types, demand_issuer
from tests.support.tokens import AUDIENCE, ISSUER, NOW, good_claims

RULES = Rules(frozenset({ISSUER}), frozenset({AUDIENCE, "second"}))
TIMES = ("exp", "nbf", "iat")
NO_TIMES = {"bool": True, "text": "text", "digits": str(NOW), "null": None, "array": [NOW], "object": {"a": NOW}}

REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "E1-no-exp": ({"exp": ...}, "missing_claim", "exp"),
    **{
        f"E2-{name}-{kind}": ({name: value}, "bad_claim_type", name)
        for name in TIMES
        for kind, value in NO_TIMES.items()
    },
    **{f"E3-{name}-negative": ({name: -1}, "bad_number", name) for name in TIMES},
    **{f"E3-{name}-year-10000": ({name: LATEST + 1}, "bad_number", name) for name in TIMES},
    **{f"E3-{name}-2**53": ({name: float(2**53)}, "bad_number", name) for name in TIMES},
    "E4-now": ({"exp": NOW}, "expired", "exp"),
    "E4-past": ({"exp": NOW - 1}, "expired", "exp"),
    "E4-float": ({"exp": NOW - 0.001}, "expired", "exp"),
    "E5-future": ({"nbf": NOW + 1}, "not_yet_valid", "nbf"),
    "E6-future": ({"iat": NOW + FUTURE_ISSUE + 1}, "issued_in_future", "iat"),
    **{
        f"E9-{kind}": ({"iss": value}, "issuer_mismatch", "iss")
        for kind, value in {
            "no-slash": ISSUER.rstrip("/"),
            "suffix": f"{ISSUER}x",
            "case": ISSUER.upper(),
            "prefix": "https://",
            "empty": "",
            "look-alike": ISSUER.replace("e", "е"),  # a Cyrillic letter
            "userinfo": "https://idp.example.com@evil.example/",
            "blank": f"{ISSUER} ",
        }.items()
    },
    "E9-list": ({"iss": [ISSUER]}, "bad_claim_type", "iss"),
    "E9-object": ({"iss": {}}, "bad_claim_type", "iss"),
    "E9-int": ({"iss": 1}, "bad_claim_type", "iss"),
    "E9-null": ({"iss": None}, "bad_claim_type", "iss"),
    "E9-absent": ({"iss": ...}, "missing_claim", "iss"),
    **{
        f"E10-{kind}": ({"aud": value}, "audience_mismatch", "aud")
        for kind, value in {
            "prefix": AUDIENCE[:-1],
            "longer": f"{AUDIENCE}/",
            "case": AUDIENCE.upper(),
            "empty": "",
            "several": f"{AUDIENCE} second",
            "empty-list": [],
            "others": ["a", "b"],
        }.items()
    },
    "E10-mixed-list": ({"aud": [AUDIENCE, 1]}, "bad_claim_type", "aud"),
    "E10-nested-list": ({"aud": [[AUDIENCE]]}, "bad_claim_type", "aud"),
    "E10-object": ({"aud": {AUDIENCE: 1}}, "bad_claim_type", "aud"),
    "E10-int": ({"aud": 1}, "bad_claim_type", "aud"),
    "E10-bool": ({"aud": True}, "bad_claim_type", "aud"),
    "E10-null": ({"aud": None}, "bad_claim_type", "aud"),
    "E10-absent": ({"aud": ...}, "missing_claim", "aud"),
    "E15-int": ({"sub": 1}, "bad_claim_type", "sub"),
    "E15-list": ({"sub": ["alice"]}, "bad_claim_type", "sub"),
    "E15-null": ({"sub": None}, "bad_claim_type", "sub"),
    "E15-empty": ({"sub": ""}, "bad_claim_type", "sub"),
    **{
        f"jti-{kind}": ({"jti": value}, "bad_claim_type", "jti")
        for kind, value in (("int", 1), ("null", None), ("list", ["a"]))
    },
}


def judge(claims: dict[str, Any], rules: Rules = RULES) -> None:
    """Judge claims in the order a bearer does: types, issuer, the rest."""
    check_types(claims)
    demand_issuer(claims)
    if not rules.takes(claims):
        raise InvalidClaims("issuer_mismatch", claim="iss")
    rules.check(claims, NOW)
    rules.check_rest(claims)


@pytest.mark.parametrize(("changes", "code", "claim"), REFUSED.values(), ids=REFUSED)
def test_claims_against_the_rules_are_refused(changes: dict[str, Any], code: str, claim: str) -> None:
    """Each row has its code and names its claim, and no value of the token is repeated."""
    with pytest.raises(Refused) as fault:
        judge(good_claims(**changes))

    assert (fault.value.code, fault.value.claim) == (code, claim)
    assert isinstance(fault.value, MalformedToken if code == "bad_number" else InvalidClaims)
    assert "evil" not in str(fault.value)


TAKEN: dict[str, dict[str, Any]] = {
    "as-they-are": {},
    "E3-float": {"exp": NOW + 0.5, "nbf": NOW - 0.5, "iat": NOW + 0.0},
    "E3-year-9999": {"exp": LATEST},
    "E3-zero": {"nbf": 0, "iat": 0},
    "E3-exponent": {"exp": 1e11},
    "E5-now": {"nbf": NOW},
    "E5-absent": {"nbf": ...},
    "E6-within-the-minute": {"iat": NOW + FUTURE_ISSUE},
    "E6-absent": {"iat": ...},
    "E10-list": {"aud": ["x", AUDIENCE]},
    "E10-second": {"aud": "second"},
    "E10-the-same-twice": {"aud": [AUDIENCE, AUDIENCE]},
    "A16-many-audiences": {"aud": [*map(str, range(3000)), AUDIENCE]},
}


@pytest.mark.parametrize("changes", TAKEN.values(), ids=TAKEN)
def test_claims_within_the_rules_pass(changes: dict[str, Any]) -> None:
    """What RFC 7519 leaves open is left open."""
    judge(good_claims(**changes))


@pytest.mark.parametrize(("name", "edge", "beyond"), [("exp", -59, -60), ("nbf", 60, 61), ("iat", 60, 61)])
def test_leeway_moves_each_edge_and_no_further(name: str, edge: int, beyond: int) -> None:
    """With a minute's leeway the last moment passes, and the next does not."""
    rules = Rules(frozenset({ISSUER}), frozenset({AUDIENCE}), 60)

    rules.check(good_claims(**{name: NOW + edge}), NOW)
    with pytest.raises(InvalidClaims):
        rules.check(good_claims(**{name: NOW + beyond}), NOW)


def test_a_larger_leeway_counts_for_issue_times_too() -> None:
    """`iat` may lie ahead by a minute, or by the leeway where that is more."""
    Rules(frozenset({ISSUER}), frozenset({AUDIENCE}), 300).check(good_claims(iat=NOW + 300), NOW)


def test_the_detail_tells_the_operator_the_numbers() -> None:
    """E20: with a clock that is wrong, the numbers show it."""
    with pytest.raises(InvalidClaims) as fault:
        judge(good_claims(exp=NOW - 86_400))

    assert fault.value.detail == "expired 86400 s ago, leeway 0 s"
