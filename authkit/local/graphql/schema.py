"""Schema: which type each field of a schema has (section 3), so that denied fields are found below the top too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .lexer import Tokens
from .query import Kind

_ROOTS: dict[Kind, str] = {"query": "Query", "mutation": "Mutation", "subscription": "Subscription"}


class Schema(NamedTuple):
    """The types of an API: by operation the one it begins with, and by type the type of each field.

    Attributes:
        roots: of operations.
        fields: of objects and interfaces; empty where no schema is known.
    """

    roots: Mapping[Kind, str]
    fields: Mapping[str, Mapping[str, str]]

    @classmethod
    def parse(cls, text: str) -> Schema:
        """Read a schema in GraphQL's own language.

        Raises:
            NotGraphQL: it is none.
        """
        tokens = Tokens(text)
        roots, fields = dict(_ROOTS), dict[str, dict[str, str]]()
        while not tokens.ended:
            if tokens.takes("type") or tokens.takes("interface"):
                name = tokens.name()
                fields.setdefault(name, {}).update(_fields_of(tokens))
            elif tokens.takes("schema"):
                named = _fields_of(tokens)
                roots.update({kind: named[kind] for kind in _ROOTS if kind in named})
            elif tokens.next.text == "{":
                tokens.skip_brackets()  # of an input or an enum
            else:
                tokens.take()
        return cls(roots, fields)

    def type_of(self, parent: str | None, field: str) -> str | None:
        """Return the type a field of a type has; None where it is not known."""
        return self.fields.get(parent, {}).get(field) if parent is not None else None


NO_SCHEMA = Schema(_ROOTS, {})


def _fields_of(tokens: Tokens) -> dict[str, str]:
    """Read the fields of a type, behind its interfaces and directives; there may be none."""
    while not tokens.takes("{"):
        if tokens.ended or tokens.next.text in ("type", "interface", "input", "enum", "union", "scalar", "extend"):
            return {}
        if tokens.next.text == "(":
            tokens.skip_brackets()
        else:
            tokens.take()
    found: dict[str, str] = {}
    while not tokens.takes("}"):
        if tokens.next.kind in ("text", "block"):
            tokens.take()  # a description
            continue
        name = tokens.name()
        if tokens.next.text == "(":
            tokens.skip_brackets()
        tokens.demand(":")
        found[name] = _named_type(tokens)
    return found


def _named_type(tokens: Tokens) -> str:
    """Read a type, whatever lists of it are meant, and the directives behind it."""
    while tokens.takes("["):
        pass
    name = tokens.name()
    while tokens.next.text in ("]", "!"):
        tokens.take()
    while tokens.takes("@"):
        tokens.name()
        if tokens.next.text == "(":
            tokens.skip_brackets()
    return name
