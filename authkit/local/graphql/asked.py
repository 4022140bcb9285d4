"""Asked: the fields of an operation with their types, fragments put in, and what is skipped left out (section 6.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from .lexer import NotGraphQL
from .query import DEEPEST, Directive, Document, Field, Inline, Operation, Spread, Variable
from .schema import Schema

MOST = 2000  # fields: fragments can stand for each other many times over


class AskedField(NamedTuple):
    """A field that is asked for.

    Attributes:
        parent: its type; None where no schema tells it.
        name, alias: its own name, and that of its answer.
        arguments: with the variables' values in them.
        within: the fields asked for of it.
    """

    parent: str | None
    name: str
    alias: str
    arguments: Mapping[str, Any]
    within: tuple[AskedField, ...] = ()

    @property
    def names(self) -> list[str]:
        """The fields within it as a resolver is told of them, ``lines`` and ``lines/price``."""
        return [
            name for each in self.within for name in (each.alias, *(f"{each.alias}/{inner}" for inner in each.names))
        ]


def asked(document: Document, operation: Operation, variables: Mapping[str, Any], schema: Schema) -> list[AskedField]:
    """Return the fields an operation begins with.

    Raises:
        NotGraphQL: a fragment is not there, stands in itself, or there are too many fields.
    """
    given = {**operation.defaults, **variables}
    reader = _Reader(document, given, schema)
    return list(reader.fields(operation.selection, schema.roots[operation.kind], ()))


class _Reader:
    """Puts fragments and variables where they are meant, and counts."""

    def __init__(self, document: Document, variables: Mapping[str, Any], schema: Schema) -> None:
        self._document = document
        self._variables = variables
        self._schema = schema
        self._left = MOST

    def fields(self, selection: Iterable[Any], parent: str | None, around: tuple[str, ...]) -> Iterator[AskedField]:
        if len(around) > DEEPEST:
            raise NotGraphQL("too deep")
        for each in selection:
            self._left -= 1
            if self._left < 0:
                raise NotGraphQL(f"more than {MOST} fields")
            if self._skipped(each.directives):
                continue
            if isinstance(each, Field):
                yield self._field(each, parent, around)
            else:
                on, inner, within = self._fragment(each, around)
                yield from self.fields(inner, on or parent, within)

    def _field(self, each: Field, parent: str | None, around: tuple[str, ...]) -> AskedField:
        kind = self._schema.type_of(parent, each.name)
        within = tuple(self.fields(each.selection, kind, (*around, "")))
        return AskedField(parent, each.name, each.alias, self._filled(each.arguments), within)

    def _fragment(
        self, each: Spread | Inline, around: tuple[str, ...]
    ) -> tuple[str | None, tuple[Any, ...], tuple[str, ...]]:
        if isinstance(each, Inline):
            return each.on, each.selection, (*around, "")
        fragment = self._document.fragments.get(each.name)
        if fragment is None or each.name in around:
            raise NotGraphQL("a fragment is missing, or stands in itself")
        return fragment.on, fragment.selection, (*around, each.name)

    def _skipped(self, directives: Iterable[Directive]) -> bool:
        """Tell what ``@skip`` and ``@include`` say (section 3.13)."""
        said = {each.name: self._filled(each.arguments).get("if") for each in directives}
        return said.get("skip") is True or said.get("include", True) is False

    def _filled(self, value: Any) -> Any:
        if isinstance(value, Variable):
            return self._variables.get(value.name)
        if isinstance(value, Mapping):
            return {name: self._filled(each) for name, each in value.items()}
        return [self._filled(each) for each in value] if isinstance(value, list) else value
