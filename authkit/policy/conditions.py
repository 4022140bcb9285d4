"""Conditions of an IAM policy, as far as API Gateway supplies keys for them (contract section 8.3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

Test = Callable[[str, str], bool]
"""Takes the request's value and the policy's, both as texts."""


class UnknownCondition(ValueError):
    """A condition this evaluator does not know. Guessing would allow or deny what AWS does not."""


def holds(condition: Mapping[str, Any], request: Mapping[str, str]) -> bool:
    """Tell whether a Condition block holds: every operator and key must, and of a key's values any.

    Args:
        condition: operator to key to value or values.
        request: condition key to value, as ``aws:SourceIp`` to ``203.0.113.24``; names in any case.

    Raises:
        UnknownCondition: an operator or a value is not understood.
    """
    known = {key.lower(): value for key, value in request.items()}
    return all(
        _key_holds(operator, known.get(key.lower()), values if isinstance(values, list) else [values])
        for operator, block in condition.items()
        for key, values in block.items()
    )


def _key_holds(operator: str, actual: str | None, wanted: list[Any]) -> bool:
    name, if_exists = operator.removesuffix("IfExists"), operator.endswith("IfExists")
    if name == "Null":
        return any((str(value).lower() == "true") == (actual is None) for value in wanted)
    negated = name in _NEGATIONS
    test = _TESTS.get(_NEGATIONS.get(name, name))
    if test is None:
        raise UnknownCondition(f"the operator {operator!r}")
    if actual is None:
        return if_exists or negated  # IAM: a key that is absent satisfies only what asks for difference
    matched = any(_tested(test, actual, value) for value in wanted)
    return matched != negated


def _tested(test: Test, actual: str, wanted: object) -> bool:
    text = str(wanted).lower() if isinstance(wanted, bool) else str(wanted)
    try:
        return test(actual, text)
    except ValueError:
        raise UnknownCondition(f"the value {text!r}") from None


def like(text: str, pattern: str) -> bool:
    """IAM's glob: ``*`` is any run of characters, slashes too, and ``?`` is exactly one."""
    return _glob(pattern).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _glob(pattern: str) -> re.Pattern[str]:
    # A run of stars is one star: without that, a hostile pattern would backtrack without end.
    parts = re.split(r"(\*+|\?)", pattern)
    return re.compile("".join(_GLOB.get(part[:1], re.escape(part)) for part in parts), re.DOTALL)


_GLOB = {"*": ".*", "?": "."}


def _address(actual: str, network: str) -> bool:
    from ipaddress import ip_address, ip_network

    return ip_address(actual) in ip_network(network, strict=False)


def _moment(text: str) -> float:
    """Return a date of IAM, ISO 8601 or seconds since the epoch."""
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return float(text)
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()


def _compared(measure: Callable[[str], float], test: Callable[[float, float], bool]) -> Test:
    return lambda actual, wanted: test(measure(actual), measure(wanted))


def _comparisons(family: str, measure: Callable[[str], float]) -> dict[str, Test]:
    return {
        f"{family}Equals": _compared(measure, lambda a, b: a == b),
        f"{family}LessThan": _compared(measure, lambda a, b: a < b),
        f"{family}LessThanEquals": _compared(measure, lambda a, b: a <= b),
        f"{family}GreaterThan": _compared(measure, lambda a, b: a > b),
        f"{family}GreaterThanEquals": _compared(measure, lambda a, b: a >= b),
    }


_TESTS: dict[str, Test] = {
    "StringEquals": lambda actual, wanted: actual == wanted,
    "StringEqualsIgnoreCase": lambda actual, wanted: actual.lower() == wanted.lower(),
    "StringLike": like,
    "ArnLike": like,
    "ArnEquals": like,
    "Bool": lambda actual, wanted: actual.lower() == wanted.lower(),
    "IpAddress": _address,
    **_comparisons("Numeric", float),
    **_comparisons("Date", _moment),
}

_NEGATIONS = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}
