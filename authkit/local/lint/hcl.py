"""HCL, as far as settings need it: blocks, and attributes with literal values.

Not an interpreter. A variable stands for its default; whatever else is worked out by Terraform is `UNKNOWN`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .settings import UNKNOWN

_TOKEN = re.compile(
    r"(?P<space>[ \t\r]+|#[^\n]*|//[^\n]*|/\*.*?\*/)"
    r"|(?P<line>\n)"
    r"|(?P<heredoc><<[-~]?(?P<mark>\w+)\n.*?\n[ \t]*(?P=mark)(?=\n|\Z))"
    r'|(?P<text>"(?:\\.|[$%]\{(?:[^{}"]|"(?:\\.|[^"\\])*"|\{[^{}]*\})*\}|[$%](?!\{)|[^"\\$%\n])*")'
    r"|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<name>[A-Za-z_][\w-]*(?:\.[A-Za-z_*][\w-]*)*)"
    r"|(?P<sign>.)",
    re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_OPENING, _CLOSING = "([{", ")]}"
_WORDS = {"true": True, "false": False, "null": None}


class Unreadable(ValueError):
    """A text that is no HCL as far as it is read here."""


class Block(NamedTuple):
    """A block: its type and labels, its attributes, the blocks in it, and the line it begins on."""

    kind: str
    labels: tuple[str, ...]
    attributes: dict[str, Any]
    blocks: tuple[Block, ...]
    line: int


class Reference(NamedTuple):
    """A name that Terraform resolves, as ``var.ttl`` or ``aws_apigatewayv2_api.main.id``."""

    name: str


class _Lexeme(NamedTuple):
    kind: str
    text: str
    line: int


def parse(source: str) -> tuple[Block, ...]:
    """Return the blocks of a file.

    Raises:
        Unreadable: names the line.
    """
    try:
        return _Reader(list(_lexemes(source))).body(end="")[1]
    except RecursionError:
        raise Unreadable("nested too deep") from None


def settled(value: Any, variables: Mapping[str, Any]) -> Any:
    """Return a value with variables replaced by their defaults; UNKNOWN where it holds anything else unresolved."""
    if isinstance(value, Reference):
        name = value.name.removeprefix("var.")
        return variables.get(name, UNKNOWN) if name != value.name else UNKNOWN
    if isinstance(value, list):
        listed = [settled(each, variables) for each in value]
        return UNKNOWN if UNKNOWN in listed else listed
    return value


def _lexemes(source: str) -> Iterator[_Lexeme]:
    line = 1
    for found in _TOKEN.finditer(source.removesuffix("\n") + "\n"):
        kind = str(found.lastgroup)
        kind = "heredoc" if found["heredoc"] is not None else kind
        if kind != "space":
            yield _Lexeme(kind, found[0], line)
        line += found[0].count("\n")
    yield _Lexeme("end", "", line)


class _Reader:
    """Reads one lexeme after another."""

    def __init__(self, lexemes: list[_Lexeme]) -> None:
        self._lexemes = lexemes
        self._at = 0

    @property
    def _next(self) -> _Lexeme:
        return self._lexemes[self._at]

    def _take(self) -> _Lexeme:
        taken = self._next
        self._at += taken.kind != "end"
        return taken

    def body(self, end: str) -> tuple[dict[str, Any], tuple[Block, ...]]:
        """Read attributes and blocks up to a closing brace, or to the end of the file."""
        attributes: dict[str, Any] = {}
        blocks: list[Block] = []
        while True:
            self._skip_lines()
            first = self._take()
            if first.text == end and first.kind in ("sign", "end"):
                return attributes, tuple(blocks)
            if first.kind not in ("name", "text"):
                raise Unreadable(f"line {first.line}: {first.text or 'the end'!r} begins neither attribute nor block")
            if self._next.text == "=":
                self._take()
                attributes[_bare(first.text)] = self._expression()
            else:
                blocks.append(self._block(first))

    def _block(self, first: _Lexeme) -> Block:
        labels: list[str] = []
        while self._next.kind in ("text", "name"):
            labels.append(_bare(self._take().text))
        opening = self._take()
        if opening.text != "{":
            raise Unreadable(f"line {opening.line}: a block or '=' is missing behind {first.text!r}")
        return Block(first.text, tuple(labels), *self.body(end="}"), first.line)

    def _expression(self) -> Any:
        """Read a value; what is more than one literal or name is unknown."""
        value = self._value()
        if self._next.kind in ("line", "end") or self._next.text in (",", "]", "}", ")"):
            return value
        self._skip_expression()
        return UNKNOWN

    def _value(self) -> Any:
        lexeme = self._next
        if lexeme.text == "[":
            self._take()
            return self._list()
        if lexeme.kind == "text":
            return _literal(self._take().text)
        if lexeme.kind == "number":
            return float(self._take().text)
        if lexeme.kind == "name" and self._lexemes[self._at + 1].text not in ("(", "["):
            name = self._take().text
            return _WORDS[name] if name in _WORDS else Reference(name)
        self._skip_expression()
        return UNKNOWN

    def _list(self) -> Any:
        found: list[Any] = []
        while True:
            self._skip_lines()
            if self._next.text == "]":
                self._take()
                return found
            if self._next.kind == "end":
                raise Unreadable("a list has no end")
            found.append(self._expression())
            self._skip_lines()
            if self._next.text == ",":
                self._take()

    def _skip_expression(self) -> None:
        """Go to the end of an expression: of its line or its place in a list, outside all brackets."""
        depth = 0
        while self._next.kind != "end":
            text = self._next.text
            if depth == 0 and (self._next.kind == "line" or text in (",", *_CLOSING)):
                return
            if self._next.kind == "sign":
                depth += (text in _OPENING) - (text in _CLOSING)
            self._take()

    def _skip_lines(self) -> None:
        while self._next.kind == "line":
            self._take()


def _bare(text: str) -> str:
    return text[1:-1] if text.startswith('"') else text


def _literal(quoted: str) -> Any:
    """Return a text; UNKNOWN if something is put into it."""
    inner = quoted[1:-1].replace("$${", "\0").replace("%%{", "\1")
    if "${" in inner or "%{" in inner:
        return UNKNOWN
    plain = re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), inner)
    return plain.replace("\0", "${").replace("\1", "%{")
