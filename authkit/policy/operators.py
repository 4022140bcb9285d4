"""Operators of IAM conditions: how each reads a policy's value and the request's, and compares them."""

import operator as compare
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from .glob import Glob

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

_ARN_PARTS = 6


class UnknownCondition(ValueError):
    """A condition this evaluator does not know. Guessing would allow or deny what AWS does not."""


class Operator(NamedTuple):
    """One operator: both readers raise ValueError where a text is not of the operator's kind.

    ``measure`` reads the request's value; it is None for ``Null``, which asks whether there is one. ``matches`` takes
    what was measured and what was read.
    """

    read: Callable[[str], Any]
    measure: Callable[[str], Any] | None
    matches: Callable[[Any, Any], bool]
    negated: bool = False


def network(text: str) -> "IPv4Network | IPv6Network":
    """Return a network in the only form that has one meaning: address, slash, length of the prefix.

    Raises:
        ValueError: says what is wrong with it.
    """
    from ipaddress import ip_network

    address, slash, length = text.partition("/")
    if slash and not re.fullmatch("[0-9]{1,3}", length):
        raise ValueError("a network is an address, a slash and the length of its prefix")
    _address(address)
    try:
        return ip_network(text)
    except ValueError:
        pass
    try:
        meant = ip_network(text, strict=False)
    except ValueError:
        raise ValueError("the prefix is longer than the address") from None
    raise ValueError(f"bits are set behind the prefix; the network is {meant}")


def _address(text: str) -> "IPv4Address | IPv6Address":
    from ipaddress import IPv6Address, ip_address

    if "%" in text:
        raise ValueError("an address with a zone")
    try:
        address = ip_address(text)
    except ValueError:
        raise ValueError("no address of IPv4 or IPv6") from None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        raise ValueError("an IPv4 address in an IPv6 one: is it of either's networks?")
    return address


def _within(address: Any, of: Any) -> bool:
    return bool(address in of)


def _number(text: str) -> Any:
    from decimal import Decimal

    if not re.fullmatch(r"-?[0-9]{1,40}(\.[0-9]{1,40})?", text):
        raise ValueError("no number")
    return Decimal(text)


# https://www.w3.org/TR/NOTE-datetime, and a time of day without a zone, which is UTC
_DATE = re.compile(
    r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?)?"
)
_SECONDS = re.compile(r"([0-9]{5,12}|[0-9]{1,3})(?:\.([0-9]{1,9}))?")


def _moment(text: str) -> int:
    """Return a date in nanoseconds since the epoch: ISO 8601 as the W3C has it, or seconds since the epoch."""
    seconds = _SECONDS.fullmatch(text)
    if seconds:
        return int(seconds[1]) * 10**9 + _nanoseconds(seconds[2])
    date = _DATE.fullmatch(text)
    if date is None:
        four = re.fullmatch("[0-9]{4}", text)
        raise ValueError("a year, or seconds since the epoch?" if four else "no date of ISO 8601 (W3C), and no seconds")
    return _since_epoch(date) * 10**9 + _nanoseconds(date[7])


def _since_epoch(date: re.Match[str]) -> int:
    from datetime import datetime, timedelta, timezone

    day = int(date[3] or 1)
    hour, minute, second = (int(date[place] or 0) for place in (4, 5, 6))
    try:
        moment = datetime(int(date[1]), int(date[2]), day, hour, minute, second, tzinfo=timezone.utc)
    except ValueError:
        raise ValueError("no such day or time") from None
    return (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(seconds=1) - _offset(date[8])


def _offset(zone: str | None) -> int:
    if zone is None or zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[4:])
    if hours > 23 or minutes > 59:
        raise ValueError("no such time zone")
    return (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1)


def _nanoseconds(fraction: str | None) -> int:
    return int((fraction or "0").ljust(9, "0"))


def _arn(text: str) -> tuple[str, ...]:
    parts = tuple(text.split(":", _ARN_PARTS - 1))
    if len(parts) < _ARN_PARTS or parts[0] != "arn":
        raise ValueError("no ARN of six parts")
    return parts


def _arn_globs(text: str) -> tuple[Glob, ...]:
    return tuple(Glob(part) for part in _arn(text))


def _arn_like(parts: tuple[str, ...], globs: tuple[Glob, ...]) -> bool:
    """Compare part by part: here no wildcard goes beyond a colon (IAM User Guide, "ARN condition operators")."""
    return all(glob.matches(part) for part, glob in zip(parts, globs, strict=True))


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError("neither true nor false")
    return text.lower() == "true"


def _both(name: str, operator: Operator) -> dict[str, Operator]:
    """Return an operator and the one that asks for the opposite; ``Not`` stands behind the kind, or before it all."""
    kind = re.match("String|Arn|Numeric|Date|", name)
    split = len(kind[0]) if kind else 0
    return {name: operator, f"{name[:split]}Not{name[split:]}": operator._replace(negated=True)}


def _comparisons(kind: str, read: Callable[[str], Any]) -> dict[str, Operator]:
    return {
        **_both(f"{kind}Equals", Operator(read, read, compare.eq)),
        f"{kind}LessThan": Operator(read, read, compare.lt),
        f"{kind}LessThanEquals": Operator(read, read, compare.le),
        f"{kind}GreaterThan": Operator(read, read, compare.gt),
        f"{kind}GreaterThanEquals": Operator(read, read, compare.ge),
    }


OPERATORS: dict[str, Operator] = {
    **_both("StringEquals", Operator(str, str, compare.eq)),
    **_both("StringEqualsIgnoreCase", Operator(str.lower, str.lower, compare.eq)),
    **_both("StringLike", Operator(Glob, str, lambda text, glob: glob.matches(text))),
    **_both("ArnEquals", Operator(_arn_globs, _arn, _arn_like)),
    **_both("ArnLike", Operator(_arn_globs, _arn, _arn_like)),
    **_both("IpAddress", Operator(network, _address, _within)),
    **_comparisons("Numeric", _number),
    **_comparisons("Date", _moment),
    "Bool": Operator(_truth, _truth, compare.eq),
    "Null": Operator(_truth, None, compare.eq),
}
