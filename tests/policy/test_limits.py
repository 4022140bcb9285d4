"""Limits: what a kept Allow is bound to beyond its resources (contract section 8.3)."""

from __future__ import annotations

from typing import Any

import pytest

from authkit import Authorizer, ConfigError, Principal, Route, Unforeseen, from_networks, until_token_ends
from authkit.gateway.sources import reads
from authkit.policy.evaluate import evaluate
from authkit.policy.limits import together
from tests.support.tokens import NOW

STAGE = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3/prod/"
EVENT: dict[str, Any] = {"type": "REQUEST", "methodArn": f"{STAGE}GET/orders/7", "headers": {"authorization": "x"}}


def policy(*limits: Any, expires_at: float | None = NOW + 600.9, scopes: frozenset[str] = frozenset()) -> Any:
    @reads("header.authorization")
    def authenticate(request: Any) -> Principal:
        return Principal("alice", scopes=scopes, expires_at=expires_at)

    routes = [Route("GET", "/orders/{id}"), Route("GET", "/orders/{id}/audit", scopes={"audit"})]
    handler = Authorizer(authenticate=authenticate, routes=routes, limits=limits, observe=lambda record: None)
    return handler(EVENT)["policyDocument"]


def allowed(document: Any, path: str, **conditions: str) -> bool:
    return evaluate(
        document, f"{STAGE}GET/{path}", {f"aws:{name}": value for name, value in conditions.items()}
    ).allowed


def test_a_kept_allow_ends_with_the_token() -> None:
    """Rule 5 of the design: at the second it ends, and not one later."""
    document = policy(until_token_ends)

    assert document["Statement"][0]["Condition"] == {"DateLessThan": {"aws:CurrentTime": "2023-11-14T22:23:20Z"}}
    assert allowed(document, "orders/7", CurrentTime="2023-11-14T22:23:19Z")
    assert not allowed(document, "orders/7", CurrentTime="2023-11-14T22:23:20Z")


def test_a_token_without_end_has_no_condition() -> None:
    """There is nothing to end with."""
    assert "Condition" not in policy(until_token_ends, expires_at=None)["Statement"][0]


def test_a_kept_allow_is_for_some_networks() -> None:
    """IPv4 and IPv6 beside each other."""
    document = policy(from_networks("203.0.113.0/24", "2001:db8::/32"))

    assert allowed(document, "orders/7", SourceIp="203.0.113.9")
    assert allowed(document, "orders/7", SourceIp="2001:db8::1")
    assert not allowed(document, "orders/7", SourceIp="198.51.100.1")
    assert not allowed(document, "orders/7")


def test_what_is_denied_is_denied_without_condition() -> None:
    """Else the part of an Allow that must be taken back would come back."""
    document = policy(from_networks("203.0.113.0/24"), until_token_ends)

    assert [("Condition" in each, each["Effect"]) for each in document["Statement"]] == [
        (True, "Allow"),
        (False, "Deny"),
    ]
    assert document["Statement"][0]["Condition"].keys() == {"IpAddress", "DateLessThan"}


@pytest.mark.parametrize(
    "networks", [(), ("",), ("203.0.113.1/24",), ("host",), (None,), (5,), ("0.0.0.0/0",), ("::/0",)]
)
def test_a_network_is_a_network(networks: Any) -> None:
    """And not everybody: that would be no limit."""
    with pytest.raises(ConfigError, match="from_networks"):
        from_networks(*networks)


def test_two_limits_on_the_same_key_are_refused() -> None:
    """IAM would take either for both."""
    with pytest.raises(ValueError, match="IpAddress of aws:SourceIp"):
        together([{"IpAddress": {"aws:SourceIp": "1"}}, {"IpAddress": {"aws:SourceIp": "2"}}])
    with pytest.raises(Unforeseen):
        policy(from_networks("203.0.113.0/24"), from_networks("198.51.100.0/24"))


def test_limits_are_for_policies() -> None:
    """A simple answer has no conditions, so they would be lost."""

    @reads("header.authorization")
    def authenticate(request: Any) -> Principal:
        return Principal("alice")

    for limits in ([until_token_ends], "x", [5]):
        with pytest.raises(ConfigError, match="limits"):
            Authorizer(authenticate=authenticate, routes=[Route("GET", "/")], limits=limits, response="simple")  # type: ignore[arg-type]


def test_the_case_of_a_key_hides_nothing() -> None:
    """IAM's keys have none, and of two it would take either."""
    with pytest.raises(ValueError, match="two limits say IpAddress of aws:sourceip"):
        together([{"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}}, {"IpAddress": {"aws:sourceip": ["0.0.0.0/0"]}}])


def test_an_answer_can_be_changed_without_widening_the_next() -> None:
    """A limit's own list is everybody's."""
    limit = from_networks("203.0.113.0/24")
    first = together([limit(Principal("ann"))])

    first["IpAddress"]["aws:SourceIp"].append("0.0.0.0/0")

    assert together([limit(Principal("ann"))])["IpAddress"]["aws:SourceIp"] == ["203.0.113.0/24"]


@pytest.mark.parametrize("end", [1e12, float("inf")])
def test_a_token_that_outlives_all_dates_ends_with_the_last(end: float) -> None:
    """A date has four digits for its year."""
    condition = until_token_ends(Principal("ann", expires_at=end))

    assert condition["DateLessThan"]["aws:CurrentTime"] == "9999-12-31T23:59:59Z"
