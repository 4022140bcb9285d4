"""Demands: scopes, groups, roles and recent logins, for routes and credentials alike (rows E16, E17, RFC 9470)."""

from __future__ import annotations

from typing import Any

import pytest

from authkit import ConfigError, InsufficientAccess, InvalidClaims, Principal, Route, Routes
from authkit.gateway.arn import MethodArn
from authkit.tokens.access import Demand, acr, all_scopes, any_scope, has_role, in_group, logged_in_within
from tests.support.tokens import NOW

ARN = "arn:aws:execute-api:eu-west-1:123456789012:abc/prod/GET/admin"


def principal(*scopes: str, **claims: Any) -> Principal:
    return Principal("alice", scopes=scopes, claims=claims, expires_at=NOW + 600)


def lately(seconds: float = 900, leeway: float = 0) -> Demand:
    return logged_in_within(seconds, leeway=leeway, clock=lambda: NOW)


HELD: dict[str, tuple[Demand, Principal]] = {
    "all": (all_scopes("a", "b"), principal("a", "b", "c")),
    "any": (any_scope("a", "b"), principal("b")),
    "group": (in_group("admins", "staff"), principal(groups=["users", "staff"])),
    "group-elsewhere": (in_group("admins", claim="cognito:groups"), principal(**{"cognito:groups": ["admins"]})),
    "role": (has_role("editor"), principal(roles=["editor"])),
    "role-on-a-path": (
        has_role("editor", claim=("realm_access", "roles")),
        principal(realm_access={"roles": ["editor"]}),
    ),
    "role-on-a-long-path": (
        has_role("editor", claim=("resource_access", "api", "roles")),
        principal(resource_access={"api": {"roles": ["editor"]}}),
    ),
    "acr": (acr("phr", "phrh"), principal(acr="phrh")),
    "lately": (lately(), principal(auth_time=NOW - 899)),
    "lately-with-leeway": (lately(leeway=10), principal(auth_time=NOW - 905)),
    "just-now": (lately(), principal(auth_time=NOW + 60)),
}

MISSING: dict[str, tuple[Demand, Principal, str]] = {
    "all-but-one": (all_scopes("a", "b"), principal("a"), "scope"),
    "none": (any_scope("a"), principal(), "scope"),
    "E16-longer": (any_scope("read"), principal("readonly", "read:all", "Read", "read "), "scope"),
    "group": (in_group("admins"), principal(groups=["admin", "Admins", "admins "]), "group"),
    "no-groups": (in_group("admins"), principal(), "group"),
    "empty-groups": (in_group("admins"), principal(groups=[]), "group"),
    "group-of-another-claim": (in_group("admins"), principal(**{"cognito:groups": ["admins"]}), "group"),
    "role": (has_role("editor"), principal(roles=["viewer"]), "role"),
    "no-way-to-the-role": (has_role("editor", claim=("realm_access", "roles")), principal(realm_access={}), "role"),
    "acr": (acr("phr"), principal(acr="0"), "acr"),
    "no-acr": (acr("phr"), principal(), "acr"),
    "long-ago": (lately(), principal(auth_time=NOW - 900), "auth_time"),
    "never-told": (lately(), principal(), "auth_time"),
    "in-the-future": (lately(), principal(auth_time=NOW + 61), "auth_time"),
}

WRONG: dict[str, tuple[Demand, Principal]] = {
    "E17-text": (in_group("admins"), principal(groups="admins")),
    "E17-texts-in-one": (in_group("admins"), principal(groups="admins users")),
    "E17-mixed": (in_group("admins"), principal(groups=["admins", 1])),
    "E17-object": (in_group("admins"), principal(groups={"admins": True})),
    "E17-null": (in_group("admins"), principal(groups=None)),
    "path-through-a-list": (has_role("x", claim=("a", "b")), principal(a=["b"])),
    "path-through-a-text": (has_role("x", claim=("a", "b")), principal(a="b")),
    "acr-list": (acr("phr"), principal(acr=["phr"])),
    "auth-time-text": (lately(), principal(auth_time=str(NOW))),
    "auth-time-bool": (lately(), principal(auth_time=True)),
}


@pytest.mark.parametrize(("demand", "who"), HELD.values(), ids=HELD)
def test_what_is_held_is_seen(demand: Demand, who: Principal) -> None:
    """As a predicate it is true, and nothing is refused."""
    assert demand(who) is True
    demand.enforce(who)


@pytest.mark.parametrize(("demand", "who", "code"), MISSING.values(), ids=MISSING)
def test_what_is_missing_is_named(demand: Demand, who: Principal, code: str) -> None:
    """As a predicate it is false, and enforced it is a 403 that says which kind."""
    assert demand(who) is False
    with pytest.raises(InsufficientAccess) as fault:
        demand.enforce(who)
    assert (fault.value.code, fault.value.claim) == (code, code)


@pytest.mark.parametrize(("demand", "who"), WRONG.values(), ids=WRONG)
def test_a_claim_of_the_wrong_type_is_a_bad_token(demand: Demand, who: Principal) -> None:
    """One text where a list is due could be read in two ways, so it is read in none."""
    with pytest.raises(InvalidClaims, match="bad_claim_type"):
        demand(who)
    with pytest.raises(InvalidClaims, match="bad_claim_type"):
        demand.enforce(who)


@pytest.mark.parametrize("claim", ["groups", "roles"])
def test_groups_that_were_left_out_are_told_apart_from_none(claim: str) -> None:
    """E17: Entra writes into `_claim_names` what would have made the token too large."""
    who = principal(_claim_names={claim: "src1"}, _claim_sources={"src1": {"endpoint": "https://graph.example/"}})

    with pytest.raises(InsufficientAccess, match="group_overage"):
        in_group("admins", claim=claim).enforce(who)


@pytest.mark.parametrize("make", [all_scopes, any_scope, in_group, has_role, acr])
@pytest.mark.parametrize("names", [(), ("",), (None,), (["a"],)])
def test_a_demand_names_what_it_wants(make: Any, names: tuple[Any, ...]) -> None:
    """Of nothing, all would be held by everybody."""
    with pytest.raises(ConfigError):
        make(*names)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), "900", None, True])
def test_lately_is_a_number_of_seconds(seconds: Any) -> None:
    """Above zero, and finite."""
    with pytest.raises(ConfigError):
        logged_in_within(seconds)


def test_a_demand_serves_a_route() -> None:
    """Of the same principal, the route is allowed or not."""
    routes = Routes([Route("GET", "/admin", when=in_group("admins")), Route("GET", "/public")])

    allowed = routes.policy(principal(groups=["admins"]), MethodArn.parse(ARN))["Statement"][0]["Resource"]
    refused = routes.policy(principal(groups=["users"]), MethodArn.parse(ARN))["Statement"][0]["Resource"]

    assert any(resource.endswith("GET/admin") for resource in allowed)
    assert not any(resource.endswith("GET/admin") for resource in refused)


def test_a_demand_tells_when_it_ends() -> None:
    """A recent login does not stay one."""
    assert lately(900).ends(principal(auth_time=NOW - 100)) == NOW + 800
    assert any_scope("a").ends(principal("a")) is None


def test_a_repr_says_what_is_wanted() -> None:
    """For `explain()`."""
    assert repr(any_scope("b", "a")) == "Demand(one of the scopes a, b)"
    assert str(any_scope("b", "a")) == "one of the scopes a, b"


def test_a_login_that_is_not_told_is_a_403_of_its_own() -> None:
    """And what is missing beside it is told first, in the order that was asked for."""
    from tests.support.tokens import bearer, good_claims, signer

    fresh = bearer(require=[all_scopes("admin"), lately()])
    token = signer().token(good_claims(scope="admin"))

    with pytest.raises(InsufficientAccess, match="scope"):
        fresh.verify(signer().token())
    with pytest.raises(InsufficientAccess, match="auth_time"):
        fresh.verify(token)


@pytest.mark.parametrize("claims", [{"groups": "staff"}, {"_claim_names": {"groups": "src1"}}, {"groups": [1]}])
def test_a_route_that_cannot_tell_is_not_granted_and_the_others_are(claims: dict[str, Any]) -> None:
    """One predicate takes nothing from routes that have none."""
    routes = Routes([Route("GET", "/admin", when=in_group("staff")), Route("GET", "/public")])

    allowed = routes.policy(principal(**claims), MethodArn.parse(ARN))["Statement"][0]["Resource"]

    assert [resource.rpartition("/prod/")[2] for resource in allowed] == ["GET/public"]
