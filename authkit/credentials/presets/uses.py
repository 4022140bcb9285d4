"""Uses: checks that tell the tokens of one provider apart where a prescribed claim alone cannot."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from ...errors import InvalidClaims
from ...tokens.claims import Claims

Check = Callable[[Claims], None]


def one_of(claim: str, allowed: Collection[str], *, where: str) -> Check:
    """Return a check that a claim which tells the use of a token tells ours."""

    def demand_use(claims: Claims) -> None:
        if claims.get(claim) not in allowed:
            raise wrong_use(claim, where)

    return demand_use


def has_one_of(*names: str, where: str) -> Check:
    """Return a check that a token has one claim at least that only tokens of our use have."""

    def demand_mark(claims: Claims) -> None:
        if not any(isinstance(claims.get(name), str) for name in names):
            raise wrong_use(names[0], where)

    return demand_mark


def client_in(names: Collection[str], allowed: Collection[str]) -> Check:
    """Return a check that the client, whichever claim names it, is one of ours."""

    def demand_client(claims: Claims) -> None:
        named = [claims.get(name) for name in names if name in claims]
        if not named or not all(isinstance(each, str) and each in allowed for each in named):
            raise InvalidClaims("client_mismatch", claim=next(iter(names)), detail="made for another client")

    return demand_client


def wrong_use(claim: str, where: str) -> InvalidClaims:
    """Return the refusal of a token made for another use."""
    return InvalidClaims("token_use_mismatch", claim=claim, detail=f"no {where}")


def audiences(claims: Claims) -> list[Any]:
    """Return the values of ``aud``, none where it is absent."""
    value = claims.get("aud", [])
    return value if isinstance(value, list) else [value]
