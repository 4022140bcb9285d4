"""Denied fields of AppSync: they are null, and an error tells of each (contract section 5.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .graphql.asked import AskedField

Denied = frozenset[tuple[str, str]]
"""Type and name of fields."""


def make_null(value: Any, fields: Sequence[AskedField], denied: Denied) -> None:
    """Make denied fields of a value null, even if a resolver has returned one."""
    if isinstance(value, list):
        for each in value:
            make_null(each, fields, denied)
    elif isinstance(value, dict):
        for field in fields:
            if (field.parent, field.name) in denied:
                value[field.alias] = None
            else:
                make_null(value.get(field.alias), field.within, denied)


def errors_of(fields: Sequence[AskedField], denied: Denied, path: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
    """Yield an error for each denied field that is asked for, in the form of other unauthorized fields (inferred)."""
    for field in fields:
        here = (*path, field.alias)
        if (field.parent, field.name) in denied:
            message = f"Not Authorized to access {field.name} on type {field.parent}"
            yield {"path": list(here), "data": None, "errorType": "Unauthorized", "errorInfo": None, "message": message}
        else:
            yield from errors_of(field.within, denied, here)
