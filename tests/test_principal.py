"""A principal is whoever calls, complete from the start, and shows no secret."""

from __future__ import annotations

from typing import Any

import pytest

from authkit import Claims, MissingClaim, Principal


def test_it_holds_what_is_known_of_the_caller() -> None:
    """Scopes become a set, claims cannot be changed."""
    principal = Principal("ann", scopes=["a", "b", "a"], claims={"sub": "ann"}, usage_key="k", expires_at=7)

    assert principal.id == "ann"
    assert principal.scopes == {"a", "b"}
    assert principal.claims["sub"] == "ann"
    assert (principal.usage_key, principal.expires_at) == ("k", 7)


def test_only_the_id_is_needed() -> None:
    """The rest is unknown."""
    principal = Principal("ann")

    assert principal.scopes == frozenset()
    assert dict(principal.claims) == {}
    assert (principal.usage_key, principal.expires_at) == (None, None)


@pytest.mark.parametrize("nobody", ["", None, 7, b"ann", ["ann"], True])
def test_an_id_is_a_text_that_is_not_empty(nobody: Any) -> None:
    """The gateway evaluates a policy for nobody all the same."""
    with pytest.raises(ValueError, match="needs an id"):
        Principal(nobody)


def test_one_text_is_no_collection_of_scopes() -> None:
    """Taken apart into letters it would hold the scope ``a``, and not the ones that were meant."""
    with pytest.raises(ValueError, match="split it"):
        Principal("ann", scopes="admin read")


def test_claims_are_taken_over_as_they_are() -> None:
    """Verified claims are not copied; a plain mapping is."""
    claims = Claims({"sub": "ann"})
    plain = {"sub": "ann"}

    taken, copied = Principal("ann", claims=claims), Principal("ann", claims=plain)
    plain["sub"] = "eve"

    assert taken.claims is claims
    assert copied.claims["sub"] == "ann"


def test_a_claim_that_is_absent_is_a_refusal_and_a_key_error() -> None:
    """So that an enricher needs no check of its own."""
    with pytest.raises(MissingClaim) as caught:
        Principal("ann").claims["tenant"]

    assert isinstance(caught.value, KeyError)
    assert caught.value.claim == "tenant"


def test_it_cannot_be_changed() -> None:
    """A guard of one request must not give the next one more."""
    principal = Principal("ann")

    with pytest.raises(AttributeError):
        principal.scopes = frozenset({"admin"})  # type: ignore[misc]
    with pytest.raises(AttributeError):
        principal.extra = 1  # type: ignore[attr-defined]


def test_its_repr_shows_neither_key_nor_claims() -> None:
    """One is a secret, the others are personal data."""
    shown = repr(Principal("ann", scopes=["b", "a"], claims={"email": "ann@example.com"}, usage_key="s3cret"))

    assert shown == "Principal(id='ann', scopes=['a', 'b'], expires_at=None)"
