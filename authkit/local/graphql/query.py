"""Query: a request's document as operations, fields and fragments (section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from .lexer import NotGraphQL, Tokens, unquoted

DEEPEST = 50  # selection sets, lists and objects within each other
Kind = Literal["query", "mutation", "subscription"]
_KINDS: tuple[Kind, ...] = ("query", "mutation", "subscription")
_CONSTANTS = {"true": True, "false": False, "null": None}


class Variable(NamedTuple):
    """Stands for a value that is sent beside the document."""

    name: str


class Directive(NamedTuple):
    """``@include(if: $all)`` and the like."""

    name: str
    arguments: Mapping[str, Any]


class Field(NamedTuple):
    """A field that is asked for, by the name it is to have in the answer."""

    name: str
    alias: str
    arguments: Mapping[str, Any]
    directives: tuple[Directive, ...]
    selection: tuple[Any, ...] = ()  # of Field, Spread and Inline


class Spread(NamedTuple):
    """A fragment, by its name."""

    name: str
    directives: tuple[Directive, ...]


class Inline(NamedTuple):
    """Fields of a type, or of the one around them."""

    on: str | None
    directives: tuple[Directive, ...]
    selection: tuple[Any, ...]


class Operation(NamedTuple):
    """A query, mutation or subscription; its name is empty if it has none."""

    kind: Kind
    name: str
    defaults: Mapping[str, Any]  # of its variables
    selection: tuple[Any, ...]


class Document(NamedTuple):
    """All operations and fragments."""

    operations: tuple[Operation, ...]
    fragments: Mapping[str, Inline]

    def operation(self, name: str | None) -> Operation:
        """Return the operation to run (section 6.1).

        Raises:
            NotGraphQL: there is no such, or it is not said which of several.
        """
        fitting = [each for each in self.operations if not name or each.name == name]
        if len(fitting) != 1:
            raise NotGraphQL("there is not exactly one such operation")
        return fitting[0]


def parse(text: str) -> Document:
    """Return what a document says.

    Raises:
        NotGraphQL: it is none.
    """
    tokens = Tokens(text)
    operations: list[Operation] = []
    fragments: dict[str, Inline] = {}
    while not tokens.ended:
        if tokens.takes("fragment"):
            name = tokens.name()
            fragments[name] = _inline(tokens, 0)
        else:
            operations.append(_operation(tokens))
    return Document(tuple(operations), fragments)


def _operation(tokens: Tokens) -> Operation:
    if tokens.next.text == "{":
        return Operation("query", "", {}, _selection(tokens, 0))
    kind = next((kind for kind in _KINDS if tokens.takes(kind)), None)
    if kind is None:
        raise NotGraphQL("neither an operation nor a fragment")
    name = tokens.name() if tokens.next.kind == "name" else ""
    defaults = _defaults(tokens) if tokens.takes("(") else {}
    _directives(tokens)
    return Operation(kind, name, defaults, _selection(tokens, 0))


def _defaults(tokens: Tokens) -> dict[str, Any]:
    """Read the variables of an operation; of each the value it has by default, if one."""
    found: dict[str, Any] = {}
    while not tokens.takes(")"):
        tokens.demand("$")
        name = tokens.name()
        tokens.demand(":")
        while tokens.next.text in ("[", "]", "!") or tokens.next.kind == "name":
            tokens.take()
        if tokens.takes("="):
            found[name] = _value(tokens, 0)
        _directives(tokens)
    return found


def _selection(tokens: Tokens, depth: int) -> tuple[Any, ...]:
    if depth > DEEPEST:
        raise NotGraphQL("too deep")
    tokens.demand("{")
    found: list[Any] = []
    while not tokens.takes("}"):
        if not tokens.takes("..."):
            found.append(_field(tokens, depth))
        elif tokens.next.kind == "name" and tokens.next.text != "on":
            found.append(Spread(tokens.name(), _directives(tokens)))
        else:
            found.append(_inline(tokens, depth))
    if not found:
        raise NotGraphQL("nothing is asked for")
    return tuple(found)


def _inline(tokens: Tokens, depth: int) -> Inline:
    on = tokens.name() if tokens.takes("on") else None
    return Inline(on, _directives(tokens), _selection(tokens, depth + 1))


def _field(tokens: Tokens, depth: int) -> Field:
    alias = tokens.name()
    name = tokens.name() if tokens.takes(":") else alias
    arguments = _arguments(tokens)
    directives = _directives(tokens)
    selection = _selection(tokens, depth + 1) if tokens.next.text == "{" else ()
    return Field(name, alias, arguments, directives, selection)


def _directives(tokens: Tokens) -> tuple[Directive, ...]:
    found = []
    while tokens.takes("@"):
        found.append(Directive(tokens.name(), _arguments(tokens)))
    return tuple(found)


def _arguments(tokens: Tokens) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if tokens.takes("("):
        while not tokens.takes(")"):
            name = tokens.name()
            tokens.demand(":")
            found[name] = _value(tokens, 0)
    return found


def _value(tokens: Tokens, depth: int) -> Any:
    if depth > DEEPEST:
        raise NotGraphQL("too deep")
    if tokens.takes("$"):
        return Variable(tokens.name())
    if tokens.takes("["):
        return _items(tokens, depth)
    if tokens.takes("{"):
        return _members(tokens, depth)
    token = tokens.take()
    if token.kind == "number":
        return _number(token.text)
    if token.kind in ("text", "block"):
        return unquoted(token)
    if token.kind == "name":
        return _CONSTANTS.get(token.text, token.text)
    raise NotGraphQL(f"{token.text} is no value")


def _items(tokens: Tokens, depth: int) -> list[Any]:
    items = []
    while not tokens.takes("]"):
        items.append(_value(tokens, depth + 1))
    return items


def _members(tokens: Tokens, depth: int) -> dict[str, Any]:
    members = {}
    while not tokens.takes("}"):
        name = tokens.name()
        tokens.demand(":")
        members[name] = _value(tokens, depth + 1)
    return members


def _number(text: str) -> int | float:
    # Python reads integers of up to 4300 digits; GraphQL's have 32 bits, and AppSync's no more than JSON's.
    if len(text) > 64:
        raise NotGraphQL("a number of too many digits")
    value = float(text) if any(sign in text for sign in ".eE") else int(text)
    if value in (float("inf"), float("-inf")):
        raise NotGraphQL("a number that is too large")
    return value
