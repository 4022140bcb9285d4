"""Conditions of an IAM policy, as far as API Gateway supplies keys for them (contract section 8.3).

What IAM's documentation leaves open is no answer here but an `UnknownCondition`: an operator or a value of another
form, a date that could be a year or a number of seconds, a network whose address has bits behind its prefix.
"""

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any, NamedTuple

from .glob import like
from .operators import OPERATORS, Operator, UnknownCondition

__all__ = ["VARIABLE", "Condition", "Told", "UnknownCondition", "holds", "like"]

Told = Mapping[str, Any]
"""What is known about a request: condition key to a value, or to several where the key can have them."""

VARIABLE = "${"
_LARGEST = 10**40  # no number that a condition compares with has more digits
_ANY, _ALL, _IF_EXISTS = "ForAnyValue:", "ForAllValues:", "IfExists"


def holds(condition: object, request: Told) -> bool:
    """Tell whether a Condition block holds: every operator and key must, and of a key's values any.

    >>> holds({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {"aws:SourceIp": "203.0.113.24"})
    True

    Args:
        condition: operator to key to value or values.
        request: condition key to value, as ``aws:SourceIp`` to ``203.0.113.24``; names in any case. A key that is not
            there is absent in the request, and then only what asks for difference holds, as IAM has it.

    Raises:
        UnknownCondition: an operator or a value is not understood.
    """
    return Condition(condition).holds(request)


class Condition:
    """A Condition block, taken apart once.

    Raises:
        UnknownCondition: an operator or a value is not understood.
    """

    __slots__ = ("_tests",)

    def __init__(self, block: object) -> None:
        self._tests = tuple(
            _test(operator, key, values)
            for operator, keys in _mapping(block).items()
            for key, values in _mapping(keys).items()
        )
        twice = len({(test.name, test.key) for test in self._tests}) < len(self._tests)
        if twice:
            raise UnknownCondition("a key that stands twice under one operator")

    def holds(self, request: Told) -> bool:
        """Tell whether the whole block holds.

        Raises:
            UnknownCondition: a value of the request is not understood.
        """
        if not self._tests:
            return True
        known = _known(request)
        # All of them are asked, so that it is no matter of their order whether one is not understood.
        held = [test.holds(known.get(test.key)) for test in self._tests]
        return all(held)


class _Test(NamedTuple):
    """One operator with one key."""

    name: str
    key: str  # in lower case
    operator: Operator
    quantity: str
    if_exists: bool
    wanted: tuple[Any, ...]

    def holds(self, actual: tuple[str, ...] | None) -> bool:
        if self.operator.measure is None:  # Null: whether the key is there
            return any(absent == _is_nothing(actual) for absent in self.wanted)
        values = actual or ()
        if self.quantity == _ALL:
            accepted = [self._accepts(value) for value in values if value]  # an empty text is no value
            return all(accepted)
        if not values:
            return self.if_exists or (self.operator.negated and not self.quantity)
        if len(values) > 1 and not self.quantity:
            raise UnknownCondition(f"several values of {self.key} without ForAnyValue or ForAllValues")
        accepted = [self._accepts(value) for value in values]
        return any(accepted)

    def _accepts(self, actual: str) -> bool:
        """Tell whether one value is as it should be: like any of the wanted, or, if negated, like none of them."""
        assert self.operator.measure is not None
        try:
            measured = self.operator.measure(actual)
        except ValueError:
            raise UnknownCondition(f"the request's {self.key} for {self.name}") from None
        return any(self.operator.matches(measured, value) for value in self.wanted) != self.operator.negated


def _test(name: object, key: object, values: object) -> _Test:
    """Take one operator and key apart.

    Raises:
        UnknownCondition: it is not understood.
    """
    if not isinstance(name, str) or not isinstance(key, str) or ":" not in key:
        raise UnknownCondition(f"the operator {name!r} with the key {key!r}")
    quantity = next((each for each in (_ANY, _ALL) if name.startswith(each)), "")
    plain = name.removeprefix(quantity)
    operator = OPERATORS.get(plain.removesuffix(_IF_EXISTS))
    if operator is None or (operator.measure is None and (quantity or plain != "Null")):
        raise UnknownCondition(f"the operator {name!r}")
    listed = list(values) if isinstance(values, (list, tuple)) else [values]
    if not listed:
        raise UnknownCondition(f"{name} of {key} without a value")
    wanted = tuple(_wanted(operator, _text(value), name) for value in listed)
    return _Test(name, key.lower(), operator, quantity, plain.endswith(_IF_EXISTS), wanted)


def _wanted(operator: Operator, text: str, name: str) -> Any:
    if VARIABLE in text:
        raise UnknownCondition(f"the policy variable in {text!r}: what API Gateway makes of it is not documented")
    try:
        return operator.read(text)
    except ValueError as fault:
        raise UnknownCondition(f"the value {text!r} of {name}: {fault}") from None


def _known(request: Told) -> dict[str, tuple[str, ...] | None]:
    """Return what is told of a request by its keys in lower case, as texts."""
    known = {key.lower(): _texts(value) for key, value in request.items()}
    if len(known) < len(request):
        raise UnknownCondition("a condition key of the request told twice")
    return known


def _texts(value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    several = isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))
    return tuple(_text(each) for each in value) if several else (_text(value),)  # type: ignore[attr-defined]


def _text(value: object) -> str:
    """Return a value as IAM reads it from JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) < _LARGEST:
        return str(value)
    if isinstance(value, float) and isfinite(value) and "e" not in repr(value):
        return str(value)
    raise UnknownCondition(f"a value of the type {type(value).__name__}")


def _is_nothing(actual: tuple[str, ...] | None) -> bool:
    return not any(actual or ())


def _mapping(block: object) -> Mapping[Any, Any]:
    if not isinstance(block, Mapping):
        raise UnknownCondition("a Condition is an object of operators, each an object of keys")
    return block
