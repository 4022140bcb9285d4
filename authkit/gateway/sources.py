"""Identity sources: the places of a request a credential or a check may read.

What a check reads must be part of the gateway's cache key, so every reader says its place in the gateway's own words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ..errors import ConfigError, Unauthenticated

if TYPE_CHECKING:
    from .request import Request

Reader = TypeVar("Reader", bound=Callable[..., Any])

PLACES = ("header.", "querystring.", "stageVariables.", "context.")


class Header(NamedTuple):
    """One request header, whatever its case."""

    name: str

    def values(self, request: Request) -> tuple[str, ...]:
        """Return all values the request has here; in a TOKEN event the one credential stands for the header."""
        return request.header(self.name)

    def __str__(self) -> str:
        return f"header.{self.name.lower()}"


class Query(NamedTuple):
    """One query parameter, by its exact name."""

    name: str

    def values(self, request: Request) -> tuple[str, ...]:
        """Return all values the request has here."""
        return request.query(self.name)

    def __str__(self) -> str:
        return f"querystring.{self.name}"


class Cookie(NamedTuple):
    """One cookie, by its exact name. The gateway can only key its cache on the whole header."""

    name: str

    def values(self, request: Request) -> tuple[str, ...]:
        """Return all values the request has here."""
        return request.cookie(self.name)

    def __str__(self) -> str:
        return "header.cookie"


Source = Header | Query | Cookie


def read_one(source: Source, request: Request) -> str:
    """Return the one value at ``source``.

    Raises:
        Unauthenticated: there is none, it is empty, or there are several (a choice would be the attacker's).
    """
    values = source.values(request)
    if len(values) > 1:
        raise Unauthenticated("credential_repeated", claim=str(source), detail=f"{len(values)} values where one is due")
    if not values or not values[0]:
        raise Unauthenticated("credential_missing", claim=str(source), detail="the request has no value here")
    return values[0]


def reads(*sources: str) -> Callable[[Reader], Reader]:
    """Declare what a plain callable reads of the request, so that the gateway's cache key can hold it.

    >>> @reads("header.x-tenant")
    ... def only_acme(request): ...

    Raises:
        ConfigError: a source is not ``header.…``, ``querystring.…``, ``stageVariables.…`` or ``context.…``.
    """
    strangers = [source for source in sources if not is_place(source)]
    faults = [f"{source!r} is no identity source; begin it with one of {', '.join(PLACES)}" for source in strangers]
    if faults:
        raise ConfigError.of("reads", faults)

    declared = tuple(source.lower() if source.startswith("header.") else source for source in sources)

    def declare(reader: Reader) -> Reader:
        reader.reads = declared  # type: ignore[attr-defined]
        return reader

    return declare


def is_place(source: object) -> bool:
    """Tell whether this is an identity source in the gateway's words."""
    return isinstance(source, str) and any(source.startswith(place) and len(source) > len(place) for place in PLACES)
