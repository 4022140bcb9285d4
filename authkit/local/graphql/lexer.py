"""Lexer: the tokens of a GraphQL text (section 2.1)."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

LARGEST = 1024 * 1024  # characters: what AppSync takes as a request
LONGEST_NAME = 128
_TOKEN = re.compile(
    r"(?P<ignored>[\ufeff \t\r\n,]+|#[^\r\n]*)"
    r'|(?P<block>"""(?:[^"\\]|\\"""|\\|"(?!""))*""")'
    r'|(?P<text>"(?:[^"\\\r\n]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*")'
    r"|(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9A-Za-z_.]))"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>\.\.\.|[!$&()\[\]{}:=@|])"
)


class NotGraphQL(Exception):
    """The text is no GraphQL, or more of it than is read here."""


class Token(NamedTuple):
    """A token: its kind, as ``name`` or ``sign``, and its text."""

    kind: str
    text: str


_END = Token("end", "")


class Tokens:
    """The tokens of a text, one after the other.

    Raises:
        NotGraphQL: there is something in it that is no token.
    """

    def __init__(self, text: str) -> None:
        if len(text) > LARGEST:
            raise NotGraphQL("too long")
        self._tokens = _tokens(text)
        self._at = 0

    @property
    def next(self) -> Token:
        """The next token, which stays the next."""
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    @property
    def ended(self) -> bool:
        """Whether there is none any more."""
        return self._at >= len(self._tokens)

    def take(self) -> Token:
        """Return the next token and go on.

        Raises:
            NotGraphQL: there is none.
        """
        if self.ended:
            raise NotGraphQL("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def takes(self, text: str) -> bool:
        """Go on if the next token is this sign or name; tell whether it was."""
        found = self.next.text == text and self.next.kind in ("sign", "name")
        self._at += found
        return found

    def demand(self, text: str) -> None:
        """Go on behind this sign.

        Raises:
            NotGraphQL: it is not there.
        """
        if not self.takes(text):
            raise NotGraphQL(f"{text} is missing")

    def name(self) -> str:
        """Return the next token, a name, and go on.

        Raises:
            NotGraphQL: it is none.
        """
        token = self.take()
        if token.kind != "name" or len(token.text) > LONGEST_NAME:
            raise NotGraphQL("a name is missing, or too long")
        return token.text

    def skip_brackets(self) -> None:
        """Go on behind a pair of brackets and all in it.

        Raises:
            NotGraphQL: it does not end.
        """
        depth = 0
        while True:
            token = self.take()
            if token.kind == "sign":
                depth += (token.text in "([{") - (token.text in ")]}")
            if depth == 0:
                return


def _tokens(text: str) -> list[Token]:
    found, at = [], 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise NotGraphQL(f"character {at} begins nothing that GraphQL has")
        if token.lastgroup != "ignored":
            found.append(Token(str(token.lastgroup), token[0]))
        at = token.end()
    return found


def unquoted(token: Token) -> str:
    """Return what a text or block text says; a block's common indentation stays."""
    if token.kind == "block":
        return token.text[3:-3].replace('\\"""', '"""')
    said: str = json.loads(token.text, strict=False)
    return said
