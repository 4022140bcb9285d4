"""The order of checks: of several defects the first is told, and nothing is fetched for a token that cannot succeed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from authkit.errors import KeyProblem, Refused
from authkit.keys.keyset import KeySet
from tests.support.tokens import NOW, b64, bearer, good_claims, jwks, new_signer, signer, unb64

if TYPE_CHECKING:
    from authkit.keys.key import Key

LONG = "A" * 16_385
ORDER = (
    "token_too_large",
    "not_three_segments",
    "bad_base64url",
    "duplicate_member",
    "alg_not_allowed",
    "crit_unsupported",
    "bad_typ",
    "header_param_refused",
    "bad_kid",
    "bad_json",
    "bad_claim_type",
    "issuer_mismatch",
    "expired",
    "not_yet_valid",
    "audience_mismatch",
    "kid_missing",
    "key_not_found",
    "bad_signature",
    "proof_missing",
)


HEADER_DEFECTS: dict[str, dict[str, Any]] = {
    "alg_not_allowed": {"alg": "none"},
    "crit_unsupported": {"crit": []},
    "bad_typ": {"typ": "dpop+jwt"},
    "header_param_refused": {"jku": "https://evil.example/"},
    "bad_kid": {"kid": "a\nb"},
    "kid_missing": {"kid": ...},
    "key_not_found": {"kid": "stranger"},
}
CLAIMS_DEFECTS: dict[str, dict[str, Any]] = {
    "bad_claim_type": {"sub": 1},
    "issuer_mismatch": {"iss": "https://evil.example/"},
    "expired": {"exp": NOW - 1},
    "not_yet_valid": {"nbf": NOW + 9},
    "audience_mismatch": {"aud": "other"},
    "proof_missing": {"cnf": {"jkt": "x"}},
}


class Asked:
    """A key source that counts how often it is asked."""

    def __init__(self) -> None:
        self.times = 0
        self._keys = KeySet(jwks(signer()))

    def find(self, kid: str | None, alg: str) -> Key:
        self.times += 1
        return self._keys.find(kid, alg)


def with_defects(*codes: str) -> str:
    """Return a token with these defects all at once; the others of `ORDER` are not in it."""
    key, header, claims = signer(), signer().header(), good_claims()
    for code in reversed(codes):  # of two that concern one member, the first wins
        header.update(HEADER_DEFECTS.get(code, {}))
        claims.update(CLAIMS_DEFECTS.get(code, {}))
    segments = key.raw({name: value for name, value in header.items() if value is not ...}, claims).split(".")
    if "duplicate_member" in codes:
        segments[0] = b64(unb64(segments[0])[:-1] + b',"a":1,"a":2}')
    if "bad_json" in codes:
        segments[1] = b64(b"{")
    if "bad_signature" in codes:
        segments[2] = b64(bytes(64))
    if "bad_base64url" in codes:
        segments[1] += "="
    if "not_three_segments" in codes:
        segments.append("AA")
    return ".".join(segments) + (LONG if "token_too_large" in codes else "")


@pytest.mark.parametrize("place", range(len(ORDER)), ids=ORDER)
def test_the_first_defect_in_order_is_told(place: int) -> None:
    """With this defect and every later one in it, a token is refused for this one."""
    keys = Asked()

    with pytest.raises(Refused) as fault:
        bearer(jwks=keys).verify(with_defects(*ORDER[place:]))

    assert fault.value.code == ORDER[place]
    assert keys.times == (place >= ORDER.index("kid_missing"))


@pytest.mark.parametrize("first", ORDER[:-1])
@pytest.mark.parametrize("second", ["expired", "bad_signature", "proof_missing"])
def test_of_two_defects_the_first_is_told(first: str, second: str) -> None:
    """Whichever pair it is."""
    expected = min(first, second, key=ORDER.index)

    with pytest.raises(Refused) as fault:
        bearer().verify(with_defects(first, second))

    assert fault.value.code == expected


@pytest.mark.parametrize(
    ("changes", "code", "claim"),
    [
        ({"aud": 1, "iss": "x"}, "bad_claim_type", "aud"),
        ({"aud": [1], "exp": 0}, "bad_claim_type", "aud"),
        ({"aud": None, "exp": ...}, "bad_claim_type", "aud"),
        ({"exp": ..., "iss": "x"}, "issuer_mismatch", "iss"),
        ({"exp": ..., "nbf": NOW + 9}, "missing_claim", "exp"),
        ({"aud": ..., "exp": 1}, "expired", "exp"),
        ({"iss": ..., "exp": 1}, "missing_claim", "iss"),
        ({"exp": "x", "nbf": "x", "iat": "x", "sub": 1, "aud": 1, "iss": 1}, "bad_claim_type", "exp"),
        ({"iat": NOW + 999, "aud": "x"}, "issued_in_future", "iat"),
    ],
)
def test_types_come_before_values(changes: dict[str, Any], code: str, claim: str) -> None:
    """All types first, then the issuer, then what else the claims say."""
    with pytest.raises(Refused) as fault:
        bearer().verify(signer().token(good_claims(**changes)) if "iss" not in changes else _raw(changes))

    assert (fault.value.code, fault.value.claim) == (code, claim)


def _raw(changes: dict[str, Any]) -> str:
    return signer().raw(signer().header(), good_claims(**changes))  # PyJWT mints no token whose iss is no text


def test_a_bound_token_is_told_to_its_owner_only() -> None:
    """What a signature alone vouches for is not told before the signature."""
    forged = with_defects("bad_signature", "proof_missing")
    genuine = with_defects("proof_missing")

    with pytest.raises(Refused, match="bad_signature"):
        bearer().verify(forged)
    with pytest.raises(Refused, match="proof_missing"):
        bearer().verify(genuine)


def test_a_token_without_defects_passes() -> None:
    """What the other tests here change is good before they do."""
    assert bearer().verify(with_defects())["sub"] == "alice"


def test_one_key_and_one_algorithm_are_tried() -> None:
    """B18, D10: a token of another key of the set, under this key's name, is refused and no other key is tried."""
    one, other = signer(), new_signer(kid="k2")

    with pytest.raises(Refused, match="bad_signature"):
        bearer(one, other).verify(other.token(kid="k1"))


def test_the_name_of_a_key_is_compared_exactly() -> None:
    """B11: another case is another name."""
    with pytest.raises(KeyProblem, match="key_not_found"):
        bearer().verify(signer().token(kid="K1"))
