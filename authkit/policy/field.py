"""Field: a field of a GraphQL API, and what a principal needs to ask for it (AppSync)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ..errors import ConfigError

if TYPE_CHECKING:
    from ..principal import Principal

# Compiled where a field is made: every authorizer loads this module, and few are AppSync's.
_NAME = r"[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*"  # GraphQL section 2.1.9
_ARN = r"arn:[a-z-]+:appsync:[a-z0-9-]+:[0-9]{12}:apis/[a-z0-9]+/types/[A-Za-z_][A-Za-z0-9_]*/fields/[A-Za-z_][A-Za-z0-9_]*"
WHOLE = "*"
"""The API as a whole: what every caller needs to ask for anything."""


class Field:
    """One field of an AppSync API. Whoever may not have it gets the rest of the answer without it.

    >>> Field("Order.margin", scopes={"finance"})
    >>> Field("*", scopes={"orders:read"})  # the API as a whole

    Args:
        name: ``Type.field``, its ARN where one function serves several APIs, or ``*`` for the API as a whole.
        scopes: all of these are needed. None means any authenticated principal.
        when: a predicate of the principal that must hold.

    Raises:
        ConfigError: names every fault of the field.
    """

    __slots__ = ("name", "scopes", "when")

    def __init__(
        self, name: str, *, scopes: Iterable[str] = (), when: Callable[[Principal], object] | None = None
    ) -> None:
        faults = []
        if not isinstance(name, str) or not (name == WHOLE or re.fullmatch(_NAME, name) or re.fullmatch(_ARN, name)):
            faults.append("a field is named Type.field, by its ARN, or * for the API as a whole")
        listed = tuple(scopes) if isinstance(scopes, Iterable) and not isinstance(scopes, str) else ("",)
        if not all(isinstance(scope, str) and scope and " " not in scope for scope in listed):
            faults.append("scopes must be a collection of texts without blanks (RFC 6749 section 3.3)")
        if when is not None and not callable(when):
            faults.append("when must be a callable that takes the principal")
        if faults:
            raise ConfigError.of(f"Field {name}", faults)
        self.name = name
        self.scopes = frozenset(listed)
        self.when = when

    def __repr__(self) -> str:
        return f"Field({self.name!r})"


def twice(fields: Iterable[Field]) -> list[str]:
    """Say which fields of a table stand in it more than once."""
    names = [field.name for field in fields]
    return [f"the field {name} stands twice" for name in sorted(set(names)) if names.count(name) > 1]
