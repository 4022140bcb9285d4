"""Settings: how authorizers are attached to an API, whatever the file they stand in."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Literal, NamedTuple

DEFAULT_TTL = 300  # seconds, where nothing is stated (contract section 1)
LONGEST_TTL = 3600

Api = Literal["rest", "http", "websocket", ""]


class Unknown(Enum):
    """A value that is only known once everything is deployed."""

    UNKNOWN = "worked out when it is deployed"


UNKNOWN = Unknown.UNKNOWN


class Words(NamedTuple):
    """What a kind of file calls the settings."""

    ttl: str
    sources: str
    payload: str
    simple: str
    expression: str


class Attachment(NamedTuple):
    """An authorizer as a gateway is told of it.

    Attributes:
        name: what the file calls it.
        place: file and path in it.
        api: the kind of API; empty where the file does not say.
        kind: of the events it is sent.
        sources: the identity sources, as they are spelled.
        ttl: seconds; None where nothing is stated.
        expression: the validation expression, if one.
        payload: the payload format version, if one.
        simple: whether simple answers are expected.
        words: what the file calls all this.
        owner: the logical id of the template's API it is attached to, if it stands in one.
    """

    name: str
    place: str
    api: Api
    kind: Literal["token", "request"]
    sources: tuple[str, ...] | Unknown
    ttl: float | Unknown | None
    expression: str | Unknown | None
    payload: str | Unknown | None
    simple: bool | Unknown
    words: Words
    owner: str = ""

    @property
    def keeps(self) -> float:
        """For how many seconds answers may be kept; the default where nothing is known, for that is the worse case."""
        if self.api == "websocket":
            return 0
        return self.ttl if isinstance(self.ttl, (int, float)) else DEFAULT_TTL

    @property
    def listed(self) -> tuple[str, ...]:
        """The identity sources, where they are known."""
        return () if isinstance(self.sources, Unknown) else self.sources


class Preflight(NamedTuple):
    """A method that takes preflight requests and has an authorizer; ``certain`` where it takes nothing else."""

    place: str
    method: str
    authorizer: str
    certain: bool


class Wide(NamedTuple):
    """A route of an HTTP API that stands for several methods, or for paths of any depth, under one route key.

    ``authorizer`` is what the file calls the one before it; empty where it does not say which it is.
    """

    place: str
    key: str
    authorizer: str


def is_wide(key: str) -> bool:
    """Tell whether a route key is one of many requests: the default, of any method, or with a greedy parameter."""
    return key == "$default" or key.startswith("ANY ") or key.endswith("+}")


class Unguarded(NamedTuple):
    """Operations of a document that have no security but the root's, which API Gateway does not use; the first of them."""

    place: str
    first: str
    many: int


class Settings(NamedTuple):
    """What a file says."""

    attachments: tuple[Attachment, ...] = ()
    preflights: tuple[Preflight, ...] = ()
    unread: tuple[str, ...] = ()  # places whose value stands elsewhere, or is only known once everything is deployed
    wide: tuple[Wide, ...] = ()
    unguarded: tuple[Unguarded, ...] = ()

    def also(self, other: Settings) -> Settings:
        """Return what this and another file say."""
        return Settings(
            self.attachments + other.attachments,
            self.preflights + other.preflights,
            self.unread + other.unread,
            self.wide + other.wide,
            self.unguarded + other.unguarded,
        )

    def owned(self, owner: str) -> Settings:
        """Return the same of one API of a template."""
        return self._replace(attachments=tuple(each._replace(owner=owner) for each in self.attachments))


def number(value: object) -> float | Unknown | None:
    """Return a number that a file may have written as a text."""
    if value is None or isinstance(value, Unknown):
        return value
    try:
        return float(str(value)) if not isinstance(value, (bool, Mapping, list)) else UNKNOWN
    except ValueError:
        return UNKNOWN


def truth(value: object) -> bool | Unknown:
    """Return a truth value that a file may have written as a text; absent is false."""
    if isinstance(value, Unknown):
        return value
    return str(value).lower() == "true"


def version(value: object) -> str | Unknown | None:
    """Return a payload format version; a file may have written a number."""
    if value is None or isinstance(value, Unknown):
        return value
    text = str(value)
    return f"{text}.0" if text in ("1", "2") else text


def text(value: object) -> str | Unknown | None:
    """Return a text, or None where there is none."""
    if value is None or isinstance(value, Unknown):
        return value
    return str(value) if isinstance(value, (str, int, float)) else UNKNOWN


def sources(value: object) -> tuple[str, ...] | Unknown:
    """Return identity sources, given as a list or as one text with commas."""
    if value is None:
        return ()
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        return UNKNOWN
    return tuple(part.strip() for each in listed for part in each.split(",") if part.strip())
