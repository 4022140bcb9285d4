"""Every operator, with keys that are there, absent or manifold; and what is refused rather than guessed."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit.policy.conditions import UnknownCondition, holds

ROLE = "arn:aws:iam::111122223333:role/app"


def one(operator: str, wanted: Any, actual: Any, key: str = "aws:Key") -> bool:
    """Tell whether one operator holds of one key."""
    return holds({operator: {key: wanted}}, {} if actual is None else {key: actual})


@pytest.mark.parametrize(
    ("operator", "wanted", "actual", "expected"),
    [
        ("StringNotEqualsIgnoreCase", "ABC", "abc", False),
        ("StringNotEqualsIgnoreCase", "ABC", "abd", True),
        ("StringEqualsIgnoreCase", "straße", "STRASSE", False),  # as IAM's simulator was seen to do
        ("StringEquals", "a*", "ab", False),
        ("StringLike", "a:*/?", "a:b:c/d/e", True),
        ("StringLike", ["x*", "a*"], "ab", True),
        ("StringNotLike", ["x*", "a*"], "ab", False),
        ("StringEquals", True, "true", True),
        ("StringEquals", 7, "7", True),
        ("ArnEquals", ROLE, ROLE, True),
        ("ArnEquals", "arn:aws:iam::*:role/*", ROLE, True),
        ("ArnLike", "arn:aws:iam::1111?2223333:role/app", ROLE, True),
        ("ArnLike", "arn:aws:iam:*:role/app:x", ROLE, False),  # no wildcard goes beyond a colon
        ("ArnLike", "arn:aws:iam::*:*", ROLE + ":more", True),
        ("ArnNotEquals", "arn:aws:iam::*:role/*", ROLE, False),
        ("ArnNotLike", "arn:aws:iam::*:user/*", ROLE, True),
        ("NumericEquals", "10", "10.0", True),
        ("NumericLessThan", 1.5, "1.25", True),
        ("StringEquals", "1.5", 1.5, True),
        ("NumericEquals", 9007199254740993, "9007199254740992", False),
        ("NumericLessThan", "-1.5", "-2", True),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", ["20", "5"], "10", True),
        ("NumericGreaterThanEquals", "11", "10", False),
        ("DateEquals", "2026-08-17T11:41:07+02:00", "2026-08-17T09:41:07Z", True),
        ("DateEquals", "2026-08-17", "2026-08-17T00:00Z", True),
        ("DateEquals", "2026-08", "2026-08-01", True),
        ("DateLessThan", "2026-08-17T09:41:07.25Z", "2026-08-17T09:41:07.249999999Z", True),
        ("DateLessThan", 1786959668, "1786959667.999", True),
        ("DateGreaterThan", "1969-12-31", "0", True),
        ("DateGreaterThan", "2026-08-17T09:41:07-00:30", "2026-08-17T10:11:07Z", False),
        ("Bool", "TRUE", "True", True),
        ("Bool", ["true", "false"], "false", True),
        ("IpAddress", "203.0.113.24", "203.0.113.24", True),
        ("IpAddress", "203.0.113.24", "203.0.113.25", False),
        ("IpAddress", ["2001:db8::/32", "192.0.2.0/24"], "2001:DB8:1::1", True),
        ("IpAddress", "::/0", "203.0.113.24", False),
        ("IpAddress", "0.0.0.0/0", "2001:db8::1", False),
        ("NotIpAddress", "0.0.0.0/0", "2001:db8::1", True),
        ("NotIpAddress", "2001:db8::/33", "2001:db8:8000::1", True),
        ("Null", "true", "", True),  # an empty text is no value
        ("Null", ["true", "false"], "x", True),
    ],
)
def test_an_operator_compares_as_iam_tells(operator: str, wanted: Any, actual: str, expected: bool) -> None:
    """What the parametrized rows of the older test do not have."""
    assert one(operator, wanted, actual) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "expected"),
    [
        ("StringEquals", "a", False),
        ("StringLike", "*", False),
        ("ArnLike", "arn:*:*:*:*:*", False),
        ("NumericLessThan", "1", False),
        ("DateGreaterThan", "2026-01-01", False),
        ("Bool", "false", False),
        ("IpAddress", "0.0.0.0/0", False),
        ("StringNotEquals", "a", True),
        ("StringNotEqualsIgnoreCase", "a", True),
        ("StringNotLike", "*", True),
        ("ArnNotEquals", ROLE, True),
        ("ArnNotLike", ROLE, True),
        ("NumericNotEquals", "1", True),
        ("DateNotEquals", "2026-01-01", True),
        ("NotIpAddress", "0.0.0.0/0", True),
        ("BoolIfExists", "true", True),
        ("IpAddressIfExists", "0.0.0.0/0", True),
        ("NotIpAddressIfExists", "0.0.0.0/0", True),
        ("DateLessThanIfExists", "2026-01-01", True),
        ("Null", "true", True),
        ("Null", "false", False),
        ("ForAnyValue:StringLike", "*", False),
        ("ForAnyValue:StringNotEquals", "a", False),
        ("ForAnyValue:StringEqualsIfExists", "a", True),
        ("ForAllValues:StringEquals", "a", True),
        ("ForAllValues:StringNotEquals", "a", True),
        ("ForAllValues:StringEqualsIfExists", "a", True),
    ],
)
@pytest.mark.parametrize("absent", [None, []], ids=["absent", "no values"])
def test_a_key_that_is_not_there(operator: str, wanted: str, absent: Any, expected: bool) -> None:
    """Only what asks for difference holds, what says IfExists, and of no values all are as they should be."""
    assert one(operator, wanted, absent) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "actual", "expected"),
    [
        ("ForAnyValue:StringEquals", ["a", "b"], ["b", "c"], True),
        ("ForAnyValue:StringEquals", ["a", "b"], ["c", "d"], False),
        ("ForAllValues:StringEquals", ["a", "b"], ["b", "a", "b"], True),
        ("ForAllValues:StringEquals", ["a", "b"], ["b", "c"], False),
        ("ForAnyValue:StringNotEquals", ["a", "b"], ["a", "c"], True),
        ("ForAnyValue:StringNotEquals", ["a", "b"], ["a", "b"], False),
        ("ForAllValues:StringNotEquals", ["a", "b"], ["c", "d"], True),
        ("ForAllValues:StringNotEquals", ["a", "b"], ["a", "c"], False),
        ("ForAllValues:StringLike", "a*", ["ab", "ac"], True),
        ("ForAllValues:StringLike", "a*", ["", "ac"], True),
        ("ForAnyValue:IpAddress", "192.0.2.0/24", ["203.0.113.1", "192.0.2.1"], True),
        ("ForAllValues:NotIpAddress", "192.0.2.0/24", ["203.0.113.1", "192.0.2.1"], False),
        ("ForAllValues:NumericLessThanIfExists", "5", ["1", "4"], True),
        ("ForAnyValue:Bool", "true", ["false", "true"], True),
        ("ForAnyValue:StringEquals", "a", "a", True),
        ("ForAllValues:StringEquals", "a", "b", False),
        ("StringEquals", "a", ["a"], True),
    ],
)
def test_a_key_of_several_values(operator: str, wanted: Any, actual: Any, expected: bool) -> None:
    """Any of them, or all; a single value is a set of one."""
    assert one(operator, wanted, actual) is expected


@pytest.mark.parametrize(
    "condition",
    [
        {"stringEquals": {"aws:Key": "a"}},
        {"StringEqualsIfexists": {"aws:Key": "a"}},
        {"ForEveryValue:StringEquals": {"aws:Key": "a"}},
        {"ForAnyValue:ForAllValues:StringEquals": {"aws:Key": "a"}},
        {"StringNotNotEquals": {"aws:Key": "a"}},
        {"BinaryEquals": {"aws:Key": "YQ=="}},
        {"NullIfExists": {"aws:Key": "true"}},
        {"ForAnyValue:Null": {"aws:Key": "true"}},
        {"Null": {"aws:Key": "yes"}},
        {"Bool": {"aws:Key": "1"}},
        {"StringEquals": {"aws:Key": []}},
        {"StringEquals": {"aws:Key": None}},
        {"StringEquals": {"aws:Key": {"a": "b"}}},
        {"StringEquals": {"aws:Key": 1e30}},
        {"StringEquals": {"aws:Key": float("nan")}},
        {"NumericLessThan": {"aws:Key": 10**40}},
        {"StringEquals": {"aws:Key": "a", "AWS:KEY": "b"}},
        {"StringEquals": {"Key": "a"}},
        {"StringEquals": "a"},
        {"StringEquals": {"aws:Key": "${aws:username}"}},
        {"StringLike": {"aws:Key": "${*}"}},
        {"NumericEquals": {"aws:Key": "nan"}},
        {"NumericEquals": {"aws:Key": "1_000"}},
        {"NumericEquals": {"aws:Key": " 1"}},
        {"NumericEquals": {"aws:Key": "١"}},
        {"NumericEquals": {"aws:Key": "1" * 5000}},
        {"DateLessThan": {"aws:Key": "2026"}},
        {"DateLessThan": {"aws:Key": 2026}},
        {"DateLessThan": {"aws:Key": "20260817T094107Z"}},
        {"DateLessThan": {"aws:Key": "2026-W01-1"}},
        {"DateLessThan": {"aws:Key": "2026-02-30"}},
        {"DateLessThan": {"aws:Key": "2026-01-01T24:00:00Z"}},
        {"DateLessThan": {"aws:Key": "2026-01-01T23:59:60Z"}},
        {"DateLessThan": {"aws:Key": "2026-01-01T00:00:00+24:00"}},
        {"DateLessThan": {"aws:Key": "2026-01-01 00:00:00"}},
        {"DateLessThan": {"aws:Key": "1" * 400}},
        {"IpAddress": {"aws:Key": "203.0.113.5/24"}},
        {"IpAddress": {"aws:Key": "203.0.113.0/255.255.255.0"}},
        {"IpAddress": {"aws:Key": "203.0.113.0/"}},
        {"IpAddress": {"aws:Key": "203.0.113/24"}},
        {"IpAddress": {"aws:Key": "203.0.113.0/33"}},
        {"IpAddress": {"aws:Key": "fe80::1%eth0"}},
        {"IpAddress": {"aws:Key": "::ffff:203.0.113.0/120"}},
        {"IpAddress": {"aws:Key": "*"}},
        {"IpAddress": {"aws:Key": 1}},
        {"ArnLike": {"aws:Key": "*"}},
        {"ArnEquals": {"aws:Key": "arn:aws:iam"}},
    ],
    ids=repr,
)
@pytest.mark.parametrize("actual", [{}, {"aws:Key": "a"}], ids=["absent", "there"])
def test_a_condition_that_is_not_understood_is_refused_whatever_the_request(
    condition: dict[str, Any], actual: dict[str, str]
) -> None:
    """Also where the key is absent and it would not matter."""
    with pytest.raises(UnknownCondition):
        holds(condition, actual)


@pytest.mark.parametrize(
    ("operator", "wanted", "actual"),
    [
        ("IpAddress", "192.0.2.0/24", "unknown"),
        ("NotIpAddress", "192.0.2.0/24", ""),
        ("NotIpAddress", "192.0.2.0/24", "192.0.2.1, 203.0.113.1"),
        ("NotIpAddress", "192.0.2.0/24", "::ffff:192.0.2.1"),
        ("NotIpAddress", "192.0.2.0/24", "192.0.2.1/32"),
        ("DateLessThan", "2026-01-01", "now"),
        ("NumericLessThan", "1", "0x0"),
        ("Bool", "false", "no"),
        ("ArnNotEquals", ROLE, "app"),
        ("StringEquals", "a", ["a", "b"]),
        ("StringNotEquals", "a", ["b", "c"]),
        ("StringEquals", "a", object()),
        ("StringEquals", "a", b"a"),
    ],
)
def test_a_value_of_the_request_that_is_not_understood_is_refused(operator: str, wanted: str, actual: Any) -> None:
    """Neither answer would be known to be AWS's."""
    with pytest.raises(UnknownCondition):
        one(operator, wanted, actual)


def test_a_key_told_as_none_is_absent() -> None:
    """As an event's missing field comes."""
    assert holds({"Null": {"aws:Referer": True}}, {"aws:Referer": None})
    assert not holds({"StringEquals": {"aws:Referer": "None"}}, {"aws:Referer": None})


def test_a_fault_does_not_depend_on_the_order() -> None:
    """All operators are asked, though one that fails would be enough."""
    false, odd = {"Bool": {"aws:SecureTransport": "true"}}, {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    request = {"aws:SecureTransport": "false", "aws:SourceIp": "?"}

    for condition in ({**false, **odd}, {**odd, **false}):
        with pytest.raises(UnknownCondition):
            holds(condition, request)


def test_a_key_told_twice_is_refused() -> None:
    """Names are the same in any case, so it is not known which value is meant."""
    with pytest.raises(UnknownCondition):
        holds({"StringEquals": {"aws:Key": "a"}}, {"aws:Key": "a", "AWS:key": "b"})


def test_no_fault_tells_a_value_of_the_request() -> None:
    """It could be anything, a credential among it."""
    with pytest.raises(UnknownCondition) as caught:
        one("DateLessThan", "2026-01-01", "Bearer secret", key="aws:UserAgent")

    assert "secret" not in str(caught.value)
    assert "aws:useragent" in str(caught.value)


MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(microsecond=0))


@given(MOMENTS, MOMENTS, st.integers(-14 * 60, 14 * 60))
def test_dates_compare_as_moments_do(one_moment: datetime, other: datetime, offset: int) -> None:
    """In any zone, and written as seconds."""
    first, second = (each.replace(tzinfo=timezone.utc) for each in (one_moment, other))
    zoned = second.astimezone(timezone(timedelta(minutes=offset))).isoformat()
    request = {"aws:CurrentTime": first.isoformat().replace("+00:00", "Z")}

    assert holds({"DateLessThan": {"aws:CurrentTime": zoned}}, request) is (first < second)
    assert holds({"DateGreaterThanEquals": {"aws:CurrentTime": zoned}}, request) is (first >= second)
    assert holds({"DateEquals": {"aws:CurrentTime": zoned}}, request) is (first == second)
    seconds = int(second.timestamp())
    if not 1000 <= seconds <= 9999:  # could be a year
        assert holds({"DateLessThanEquals": {"aws:CurrentTime": seconds}}, request) is (first <= second)


ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6))


@given(ADDRESSES, ADDRESSES, st.integers(0, 128))
def test_networks_hold_their_addresses_and_no_others(address: Any, base: Any, length: int) -> None:
    """IPv4 and IPv6, any length of prefix."""
    block = ip_network(f"{base}/{min(length, base.max_prefixlen)}", strict=False)
    if any(getattr(each, "ipv4_mapped", None) for each in (address, base, block.network_address)):
        return
    request = {"aws:SourceIp": str(address)}

    inside = holds({"IpAddress": {"aws:SourceIp": str(block)}}, request)

    assert inside is (address.version == block.version and ip_address(str(address)) in block)
    assert holds({"NotIpAddress": {"aws:SourceIp": [str(block)]}}, request) is not inside


@given(st.lists(st.text("ab*", max_size=2), min_size=1, max_size=3), st.lists(st.text("ab", max_size=2), max_size=3))
def test_quantities_are_each_others_opposites(wanted: list[str], actual: list[str]) -> None:
    """Any value is like them, or all values are unlike them."""
    request = {"aws:Key": [value for value in actual if value]}

    some = holds({"ForAnyValue:StringLike": {"aws:Key": wanted}}, request)
    none = holds({"ForAllValues:StringNotLike": {"aws:Key": wanted}}, request)

    assert some is not none


SCALARS = st.one_of(st.text(max_size=4), st.integers(), st.booleans(), st.none(), st.floats(), st.binary(max_size=2))
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
)
NAMES = st.sampled_from(
    ["StringLike", "Null", "Bool", "DateLessThan", "NumericEquals", "IpAddress", "ArnLike", "ForAnyValue:Bool"]
)


@given(st.dictionaries(NAMES, st.dictionaries(st.just("aws:Key"), ANYTHING) | ANYTHING), ANYTHING)
def test_anything_else_is_a_typed_fault(condition: Any, actual: Any) -> None:
    """Whatever is written there, and whatever is told of the request."""
    with contextlib.suppress(UnknownCondition):
        assert holds(condition, {"aws:Key": actual}) in (True, False)
