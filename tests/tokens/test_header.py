"""The header's rules (section 4.B)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authkit.errors import InvalidHeader
from authkit.tokens.jws import LONGEST_KID, Header, read_header
from tests.support.tokens import bearer, good_claims, signer

ALLOWED = frozenset({"ES256", "RS256"})
TYPES = frozenset({"jwt", "at+jwt"})


def read(members: dict[str, Any]) -> Header:
    return read_header(json.dumps(members).encode(), algorithms=ALLOWED, types=TYPES)


def with_alg(**members: Any) -> dict[str, Any]:
    return {"alg": "ES256", "kid": "k1", **members}


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    **{
        f"B1-{alg}": ({"alg": alg}, "alg_not_allowed", "alg")
        for alg in ("none", "None", "nOnE", "noNE", "NONE", "none ", "")
    },
    "B2-missing": ({"kid": "k1"}, "alg_missing", "alg"),
    "B2-lower-case": ({"alg": "es256"}, "alg_not_allowed", "alg"),
    "B2-array": ({"alg": ["ES256"]}, "alg_not_allowed", "alg"),
    "B2-int": ({"alg": 256}, "alg_not_allowed", "alg"),
    "B2-object": ({"alg": {"ES256": 1}}, "alg_not_allowed", "alg"),
    "B2-null": ({"alg": None}, "alg_not_allowed", "alg"),
    "B2-nul": ({"alg": "ES256\0"}, "alg_not_allowed", "alg"),
    "B2-trailing-blank": ({"alg": "ES256 "}, "alg_not_allowed", "alg"),
    "B2-upper-case-member": ({"ALG": "ES256"}, "alg_missing", "alg"),
    "B3-HS256": ({"alg": "HS256"}, "alg_not_allowed", "alg"),
    "B4-known-but-not-allowed": ({"alg": "ES384"}, "alg_not_allowed", "alg"),
    "B7-jwk": (with_alg(jwk={"kty": "oct", "k": "AA"}), "header_param_refused", "jwk"),
    "B8-jku": (with_alg(jku="https://evil.example/"), "header_param_refused", "jku"),
    "B8-x5u": (with_alg(x5u="https://evil.example/"), "header_param_refused", "x5u"),
    "B10-traversal-control": (with_alg(kid="../../\0"), "bad_kid", "kid"),
    "B10-newline": (with_alg(kid="a\nb"), "bad_kid", "kid"),
    "B10-empty": (with_alg(kid=""), "bad_kid", "kid"),
    "B10-257": (with_alg(kid="k" * (LONGEST_KID + 1)), "bad_kid", "kid"),
    "B10-int": (with_alg(kid=1), "bad_kid", "kid"),
    "B10-array": (with_alg(kid=["k1"]), "bad_kid", "kid"),
    "B10-object": (with_alg(kid={}), "bad_kid", "kid"),
    "B10-null": (with_alg(kid=None), "bad_kid", "kid"),
    "B11-non-ascii": (with_alg(kid="ｋ1"), "bad_kid", "kid"),
    "B12-unknown": (with_alg(crit=["x"], x=1), "crit_unsupported", "crit"),
    "B12-empty": (with_alg(crit=[]), "crit_unsupported", "crit"),
    "B12-null": (with_alg(crit=None), "crit_unsupported", "crit"),
    "B12-string": (with_alg(crit="exp"), "crit_unsupported", "crit"),
    "B12-twice": (with_alg(crit=["exp", "exp"], exp=1), "crit_unsupported", "crit"),
    "B12-registered": (with_alg(crit=["alg"]), "crit_unsupported", "crit"),
    "B12-absent-member": (with_alg(crit=["b65"]), "crit_unsupported", "crit"),
    "B13-false-and-critical": (with_alg(b64=False, crit=["b64"]), "crit_unsupported", "crit"),
    "B13-false": (with_alg(b64=False), "b64_unsupported", "b64"),
    "B13-true": (with_alg(b64=True), "b64_unsupported", "b64"),
    **{
        f"B14-{typ}": (with_alg(typ=typ), "bad_typ", "typ")
        for typ in (
            "dpop+jwt",
            "secevent+jwt",
            "logout+jwt",
            "kb+jwt",
            "JOSE",
            "",
            "JWT ",
            "application/",
            "a/jwt",
            1,
            ["JWT"],
            None,
        )
    },
    "B14-prefix-twice": (with_alg(typ="application/application/jwt"), "bad_typ", "typ"),
    "B15-nested": (with_alg(cty="JWT"), "bad_cty", "cty"),
    "B15-empty": (with_alg(cty=""), "bad_cty", "cty"),
    **{
        f"B16-{name}": (with_alg(**{name: 1}), "header_param_refused", name)
        for name in ("zip", "enc", "epk", "p2c", "p2s", "apu", "apv")
    },
}


@pytest.mark.parametrize(("members", "code", "claim"), REFUSED.values(), ids=REFUSED)
def test_a_header_against_the_rules_is_refused(members: dict[str, Any], code: str, claim: str) -> None:
    """Each row has its code and names the member."""
    with pytest.raises(InvalidHeader) as fault:
        read(members)

    assert (fault.value.code, fault.value.claim) == (code, claim)


TAKEN: dict[str, tuple[dict[str, Any], tuple[str, str | None, str]]] = {
    "no-typ": (with_alg(), ("ES256", "k1", "jwt")),
    "B9-certificates-are-ignored": (with_alg(x5c=["AA"], x5t="AA", **{"x5t#S256": "AA"}), ("ES256", "k1", "jwt")),
    "B10-no-kid": ({"alg": "RS256"}, ("RS256", None, "jwt")),
    "B10-traversal": (with_alg(kid="../../etc/passwd"), ("ES256", "../../etc/passwd", "jwt")),
    "B10-sql": (with_alg(kid="' OR 1=1 --"), ("ES256", "' OR 1=1 --", "jwt")),
    "B10-longest": (with_alg(kid="k" * LONGEST_KID), ("ES256", "k" * LONGEST_KID, "jwt")),
    "B10-proto": (with_alg(kid="__class__"), ("ES256", "__class__", "jwt")),
    "B14-at+jwt": (with_alg(typ="at+jwt"), ("ES256", "k1", "at+jwt")),
    "B14-media-type": (with_alg(typ="application/AT+JWT"), ("ES256", "k1", "at+jwt")),
    "B17-replicated-claims": (with_alg(iss="x", sub="y", aud="z"), ("ES256", "k1", "jwt")),
    "unknown-members": (with_alg(nonce="x", ver=[1]), ("ES256", "k1", "jwt")),
}


@pytest.mark.parametrize(("members", "header"), TAKEN.values(), ids=TAKEN)
def test_a_header_within_the_rules_is_read(members: dict[str, Any], header: tuple[str, str | None, str]) -> None:
    """Only alg, kid and typ are taken from it; a kid is a name and nothing more."""
    found = read(members)

    assert (found.alg, found.kid, found.typ, found.members) == (*header, members)


def test_an_absent_typ_counts_as_jwt() -> None:
    """Where only access tokens of RFC 9068 are allowed, a token without typ is none."""
    with pytest.raises(InvalidHeader, match="bad_typ"):
        read_header(b'{"alg":"ES256"}', algorithms=ALLOWED, types=frozenset({"at+jwt"}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("jku", "https://evil.example/"),
        ("x5u", "https://evil.example/"),
        ("jwk", signer("ES256", "evil").jwk),
        ("zip", "DEF"),
    ],
)
def test_a_signed_token_with_a_refused_member_stays_refused(name: str, value: object) -> None:
    """B7, B8, B16: a good signature buys nothing back."""
    key = signer()

    with pytest.raises(InvalidHeader, match="header_param_refused"):
        bearer(key).verify(key.raw(key.header(**{name: value}), good_claims()))


def test_copies_of_claims_in_the_header_are_not_believed() -> None:
    """B17: what counts stands in the payload."""
    key = signer()
    token = key.raw(key.header(sub="mallory", iss="https://evil.example/"), good_claims())

    assert bearer(key).verify(token)["sub"] == "alice"
