"""Claims: immutable, and a claim that is absent is a refusal."""

from __future__ import annotations

import copy
import pickle

import pytest

from authkit.errors import Forbidden, MissingClaim
from authkit.tokens.claims import Claims

VALUES = {"sub": "alice", "groups": ["a", ["b"]], "realm": {"roles": ["x"]}, "nothing": None}


def test_claims_read_like_a_mapping() -> None:
    """Names, lengths, membership, equality and defaults are those of the values."""
    claims = Claims(VALUES)

    assert dict(claims) == VALUES == claims
    assert list(claims) == list(VALUES)
    assert len(claims) == 4
    assert "sub" in claims
    assert "aud" not in claims
    assert claims.get("nothing", 1) is None
    assert claims.get("aud") is None
    assert claims.get("aud", 1) == 1


def test_an_absent_claim_is_a_refusal_that_names_it() -> None:
    """It is a Forbidden and a KeyError, so that enrichers need no check of their own."""
    with pytest.raises(MissingClaim) as fault:
        Claims(VALUES)["tenant"]

    assert isinstance(fault.value, Forbidden)
    assert isinstance(fault.value, KeyError)
    assert (fault.value.code, fault.value.claim) == ("missing_claim", "tenant")


def test_nothing_handed_out_reaches_back() -> None:
    """Lists and objects are copies, however deep, and so is what the claims were made of."""
    source = copy.deepcopy(VALUES)
    claims = Claims(source)

    source["sub"] = "mallory"
    claims["groups"].append("admin")
    claims["groups"][1].append("admin")
    claims["realm"]["roles"].append("admin")
    claims.get("realm")["roles"].clear()
    dict(claims)["groups"].append("admin")

    assert claims == VALUES


def test_claims_cannot_be_assigned() -> None:
    """There is no way to set one, nor an attribute."""
    claims = Claims(VALUES)

    with pytest.raises(TypeError):
        claims["sub"] = "mallory"  # type: ignore[index]
    with pytest.raises(AttributeError):
        claims.extra = 1  # type: ignore[attr-defined]


def test_the_repr_tells_names_only() -> None:
    """Values are personal data."""
    assert repr(Claims(VALUES)) == "Claims(['groups', 'nothing', 'realm', 'sub'])"


def test_claims_survive_copy_and_pickle() -> None:
    """A cache or a queue may hold them."""
    claims = Claims(VALUES)

    assert copy.deepcopy(claims) == claims
    assert pickle.loads(pickle.dumps(claims)) == claims
