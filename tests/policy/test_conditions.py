"""Conditions hold or do not, as IAM's operators say."""

from __future__ import annotations

from typing import Any

import pytest

from authkit.policy.conditions import UnknownCondition, holds

REQUEST = {
    "aws:SourceIp": "203.0.113.24",
    "aws:CurrentTime": "2026-08-17T09:41:07Z",
    "aws:EpochTime": "1786959667",
    "aws:SecureTransport": "true",
    "aws:UserAgent": "curl/8.1",
}


@pytest.mark.parametrize(
    ("operator", "key", "value", "expected"),
    [
        ("IpAddress", "aws:SourceIp", "203.0.113.0/24", True),
        ("IpAddress", "aws:SourceIp", ["198.51.100.0/24", "203.0.113.24"], True),
        ("IpAddress", "aws:SourceIp", "2001:db8::/32", False),
        ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24", False),
        ("NotIpAddress", "aws:SourceIp", ["198.51.100.0/24", "192.0.2.0/24"], True),
        ("DateLessThan", "aws:CurrentTime", "2026-08-17T09:41:08Z", True),
        ("DateLessThan", "aws:CurrentTime", "2026-08-17T09:41:07+00:00", False),
        ("DateLessThanEquals", "aws:CurrentTime", "2026-08-17T09:41:07", True),
        ("DateGreaterThan", "aws:EpochTime", "1786959666", True),
        ("DateGreaterThanEquals", "aws:EpochTime", 1786959668, False),
        ("DateEquals", "aws:EpochTime", "2026-08-17T09:41:07Z", True),
        ("DateNotEquals", "aws:EpochTime", "2026-08-17T09:41:07Z", False),
        ("NumericLessThan", "aws:EpochTime", 1786959668, True),
        ("NumericNotEquals", "aws:EpochTime", "1", True),
        ("Bool", "aws:SecureTransport", True, True),
        ("Bool", "aws:SecureTransport", "false", False),
        ("StringEquals", "aws:UserAgent", ["x", "curl/8.1"], True),
        ("StringEquals", "aws:useragent", "curl/8.1", True),
        ("StringEquals", "aws:UserAgent", "CURL/8.1", False),
        ("StringEqualsIgnoreCase", "aws:UserAgent", "CURL/8.1", True),
        ("StringNotEquals", "aws:UserAgent", ["x", "curl/8.1"], False),
        ("StringLike", "aws:UserAgent", "curl/?.*", True),
        ("StringNotLike", "aws:UserAgent", "wget*", True),
        ("StringEquals", "aws:Referer", "https://a", False),
        ("StringNotEquals", "aws:Referer", "https://a", True),
        ("StringEqualsIfExists", "aws:Referer", "https://a", True),
        ("StringEqualsIfExists", "aws:UserAgent", "https://a", False),
        ("Null", "aws:Referer", "true", True),
        ("Null", "aws:Referer", False, False),
        ("Null", "aws:UserAgent", "false", True),
    ],
)
def test_an_operator_holds(operator: str, key: str, value: Any, expected: bool) -> None:
    """One row an operator, with keys that are there and absent."""
    assert holds({operator: {key: value}}, REQUEST) is expected


def test_every_operator_and_key_must_hold() -> None:
    """Of several blocks all are needed."""
    both = {"Bool": {"aws:SecureTransport": "true"}, "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}

    assert not holds(both, REQUEST)
    assert holds({}, REQUEST)


@pytest.mark.parametrize(
    "condition",
    [
        {"StringMatches": {"aws:UserAgent": "x"}},
        {"NumericNotLessThan": {"aws:EpochTime": "1"}},
        {"NotBool": {"aws:SecureTransport": "true"}},
        {"IpAddress": {"aws:SourceIp": "not an address"}},
        {"DateLessThan": {"aws:CurrentTime": "tomorrow"}},
    ],
)
def test_what_is_not_understood_is_never_guessed(condition: dict[str, Any]) -> None:
    """A guess could allow what AWS does not."""
    with pytest.raises(UnknownCondition):
        holds(condition, REQUEST)
