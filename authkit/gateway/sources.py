"""Identity sources: the places of a request a credential or a check may read.

What a check reads must be part of the gateway's cache key, so every reader says its place in the gateway's own words.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

from ..errors import ConfigError, NoCredential, Unauthenticated

if TYPE_CHECKING:
    from .request import Request

Reader = TypeVar("Reader", bound=Callable[..., Any])

PLACES = ("header.", "querystring.", "stageVariables.", "context.")


class Source(NamedTuple):
    """A place of a request, and the name of the value there."""

    place: Literal["header", "query", "cookie"]
    name: str

    def values(self, request: "Request") -> tuple[str, ...]:
        """Return all values the request has here; in a TOKEN event its one credential stands for any header."""
        read: Callable[[str], tuple[str, ...]] = getattr(request, self.place)
        return read(self.name)

    def __str__(self) -> str:
        # The gateway keys its cache on a whole header, so a cookie is all of them.
        return {"header": f"header.{self.name}", "query": f"querystring.{self.name}", "cookie": "header.cookie"}[
            self.place
        ]


def Header(name: str) -> Source:  # noqa: N802 - reads as the noun it makes
    """Return one request header as a source, whatever its case."""
    return Source("header", _named(name).lower())


def Query(name: str) -> Source:  # noqa: N802 - as above
    """Return one query parameter as a source, by its exact name."""
    return Source("query", _named(name))


def Cookie(name: str) -> Source:  # noqa: N802 - as above
    """Return one cookie as a source, by its exact name."""
    return Source("cookie", _named(name))


def _named(name: object) -> str:
    if not isinstance(name, str) or not name:
        raise ConfigError("a source needs a name: a text that is not empty")
    return name


def read_one(source: Source, request: "Request") -> str:
    """Return the one value at ``source``.

    Raises:
        NoCredential: there is none, or it is empty.
        Unauthenticated: ``credential_repeated``, there are several; a choice would be the attacker's.
    """
    values = source.values(request)
    if len(values) > 1:
        raise Unauthenticated("credential_repeated", claim=str(source), detail=f"{len(values)} values where one is due")
    if request.kind == "http-v2" and source.place != "cookie" and values and "," in values[0]:
        # Payload 2.0 joins repeated ones by a comma, so one that holds a comma may be several.
        raise Unauthenticated("credential_repeated", claim=str(source), detail="joined by a comma, or with one in it")
    if not values or not values[0]:
        raise NoCredential(claim=str(source), detail="the request has no value here")
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
        before: tuple[str, ...] = getattr(reader, "reads", ())  # declarations add up, or one would hide the other
        try:
            reader.reads = tuple(dict.fromkeys((*before, *declared)))  # type: ignore[attr-defined]
        except AttributeError:
            raise ConfigError(f"reads: {type(reader).__name__} takes no declaration; decorate a function") from None
        return reader

    return declare


def is_place(source: object) -> bool:
    """Tell whether this is an identity source in the gateway's words."""
    return isinstance(source, str) and any(source.startswith(place) and len(source) > len(place) for place in PLACES)
