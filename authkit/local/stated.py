"""Stated: what a document says of how the authorizer is attached, setting by setting, and where it says so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from .lint.settings import UNKNOWN, Attachment, Unknown
from .settings import Attached


class Stated(NamedTuple):
    """A setting and its place; the value is ``UNKNOWN`` where it is worked out when the template is deployed."""

    value: Any
    place: str


def attachment_of(attachments: Iterable[Attachment], *, named: str | None, owner: str = "") -> Attachment | None:
    """Return the authorizer that is meant; None where none is, or any of several may be.

    Args:
        attachments: what a document has.
        named: what it calls the authorizer, if that is given.
        owner: the template's API.
    """
    fitting = [each for each in attachments if each.owner == owner and named in (None, each.name)]
    return fitting[0] if len(fitting) == 1 else None


def settings_of(each: Attachment) -> dict[str, Stated]:
    """Return the settings of an authorizer, by the names that `Settings` has; what is not stated is not there."""
    found = {
        "kind": _kind(each),
        "sources": each.sources,  # none of them is a statement too
        "ttl": each.ttl,
        "expression": each.expression if each.kind == "token" else None,
    }
    return {name: Stated(value, each.place) for name, value in found.items() if value is not None}


def _kind(each: Attachment) -> Attached | Unknown | None:
    """Return how it is attached; of an HTTP API the payload must be stated, and 2.0 is taken where it is not."""
    if each.kind == "token":
        return "rest-token"
    if each.api == "rest":
        return "rest-request"
    if each.api != "http":
        return None
    if isinstance(each.payload, Unknown) or isinstance(each.simple, Unknown):
        return UNKNOWN
    if each.payload == "1.0":
        return "http-v1"
    return "http-simple" if each.simple else "http-v2"
