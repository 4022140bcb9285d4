"""Secrets have no place in a context: it goes to the backend, into access logs and into gateway responses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import Forbidden

if TYPE_CHECKING:
    from ..gateway.request import Request
    from ..principal import Principal

SHORTEST = 16  # characters of what is looked for: less than any secret has, and more than words have by chance

_NAME = re.compile(
    r"token|secret|passw|pwd|authorization|credential|api[_-]?key|usage[_-]?key|private[_-]?key|cookie|session|jwt"
    r"|bearer|assertion|signature|pepper",
    re.IGNORECASE,
)
_SHAPES = (
    # A JWT, whose header begins with {"; from where a word begins, or a long one would be searched at each letter.
    re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*"),
    re.compile(r"\b(?:Bearer|Basic|DPoP) +[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE),
    re.compile(r"(?<![A-Z0-9-])AWS4-[A-Z0-9-]+ +Credential="),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
)
_MOST_PIECES = 8  # of a header, and headers: more than any scheme has, and not as many as a caller likes
_BETWEEN = re.compile(r"[\s;,=]+")  # what parts a scheme from its token, and cookies from each other


def is_secret_name(name: str) -> bool:
    """Tell whether a name says that a secret is behind it."""
    return bool(_NAME.search(name))


def demand_harmless(context: Mapping[str, Any], principal: Principal) -> None:
    """Refuse values that are, or hold, the caller's usage key or what has the shape of a credential.

    Raises:
        Forbidden: ``secret_in_context``; names which.
    """
    key = principal.usage_key
    for name, value in context.items():
        for text in _texts(value):
            if (key and key in text) or any(shape.search(text) for shape in _SHAPES):
                raise _refusal(name)


def demand_no_credential(context: Mapping[str, Any], request: Request, sources: Iterable[str]) -> None:
    """Refuse values that hold the credential the request came with.

    Args:
        context: what the backend would be told.
        request: the request.
        sources: what its credential was read from, as ``header.authorization``.

    Raises:
        Forbidden: ``secret_in_context``; names which.
    """
    sent = frozenset(piece for source in sources for piece in _pieces(request, source))
    for name, value in context.items():
        if any(piece in text for text in _texts(value) for piece in sent):
            raise _refusal(name)


def _refusal(name: str) -> Forbidden:
    return Forbidden("secret_in_context", claim=name, detail="the value holds a credential, and would be logged")


def _pieces(request: Request, source: str) -> Iterator[str]:
    place, _, name = source.partition(".")
    if place not in ("header", "querystring"):
        return
    values = request.header(name) if place == "header" else request.query(name)
    for value in values[:_MOST_PIECES]:
        pieces = (value, *_BETWEEN.split(value, _MOST_PIECES))
        yield from (piece for piece in pieces if len(piece) >= SHORTEST)


def _texts(value: object) -> Iterator[str]:
    """Return every text in a value, and the names in it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield str(name)
            yield from _texts(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts(each)
