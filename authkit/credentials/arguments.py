"""Arguments: whether one is of a kind that a setting takes, and what is said where it is not."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from os import PathLike
from typing import Any, TypeGuard

from ..tokens.access import Demand
from ..tokens.rules import BINDINGS

_COROUTINE = 0x80  # inspect.CO_COROUTINE, without loading all of inspect


def is_several(value: object) -> TypeGuard[Collection[Any]]:
    """Tell whether this is a collection that is not empty; a text is one value, not several."""
    return isinstance(value, Collection) and not isinstance(value, (str, bytes)) and bool(value)


def are_texts(value: object) -> bool:
    """Tell whether these are several texts, none of them empty."""
    return is_several(value) and all(isinstance(each, str) and each for each in value)


def is_number(value: object) -> TypeGuard[float]:
    """Tell whether this is a number; True and False are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_check(given: object) -> bool:
    """Tell whether this is a callable that has run when it returns, and no demand put into the wrong list."""
    waits = getattr(getattr(given, "__code__", None), "co_flags", 0) & _COROUTINE
    return callable(given) and not waits and not isinstance(given, (type, Demand))


def is_demand(given: object) -> bool:
    """Tell whether this is a demand, as `any_scope` returns one."""
    return isinstance(given, Demand)


def is_proof(given: object) -> bool:
    """Tell whether this proves bound tokens, of a binding that is known."""
    whole = all(hasattr(given, name) for name in ("member", "scheme", "reads", "per_request"))
    return whole and callable(given) and not isinstance(given, type) and getattr(given, "member", None) in BINDINGS


def are_in_hand(jwks: object) -> bool:
    """Tell whether these keys are in hand for good: a mapping, a file, a set."""
    from ..keys.keyset import KeySet

    return isinstance(jwks, (Mapping, PathLike, KeySet)) or (isinstance(jwks, str) and "://" not in jwks)


def exact(given: Mapping[str, Any]) -> tuple[tuple[str, frozenset[tuple[type, Any]]], ...]:
    """Return claims and the values each may have, with their types, as `Rules` takes them."""
    return tuple((name, frozenset((type(each), each) for each in _values(value))) for name, value in given.items())


def exact_faults(name: str, given: object, kinds: tuple[type, ...]) -> list[str]:
    """Say what is wrong with names and the values, of these types, that each may have."""
    advice = f"{name} must map names to the value, or the values, that each may have"
    if not isinstance(given, Mapping) or not all(isinstance(each, str) and each for each in given):
        return [advice]
    values = [each for value in given.values() for each in _values(value)]
    return [] if all(type(each) in kinds and each != "" for each in values) else [advice]


def name_faults(name: str, given: object, known: Mapping[str, str]) -> list[str]:
    """Say what is wrong with a list of names that must be known ones, and may be empty."""
    if isinstance(given, Collection) and not given:
        return []
    if not is_several(given) or not all(isinstance(each, str) and each in known for each in given):
        return [f"{name} holds only {', '.join(sorted(known))}"]
    return []


def list_faults(name: str, given: object, fits: Callable[[object], bool], what: str) -> list[str]:
    """Say what is wrong with a list of which each must fit, and which may be empty."""
    if isinstance(given, str) or not isinstance(given, Collection) or not all(map(fits, given)):
        return [f"{name} must be a list of {what}"]
    return []


def contradictions(required: object, absent: object, claims: object) -> list[str]:
    """Say which claims must be there and may not: no token could be right."""
    both = sorted(_texts_of(absent) & (_texts_of(required) | _texts_of(claims)))
    return [f"absent and required at once: {', '.join(both)}"] if both else []


def _values(value: Any) -> tuple[Any, ...]:
    return tuple(value) if is_several(value) else (value,)


def _texts_of(given: object) -> set[str]:
    return {each for each in given if isinstance(each, str)} if is_several(given) else set()
