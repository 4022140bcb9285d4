"""Context: what all enrichers together tell the backend, and what they may not tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import BadAnswer
from .secrets import demand_harmless, demand_no_credential

if TYPE_CHECKING:
    from ..gateway.request import Request
    from ..observe.trail import Trail
    from ..principal import Principal

_SECRET = ("header.authorization", "header.x-api-key")  # where credentials are, whoever reads them


def context_of(
    enrichers: tuple[Callable[[Principal], Mapping[str, Any]], ...],
    principal: Principal,
    request: Request,
    read: tuple[str, ...],
    trail: Trail,
) -> dict[str, Any]:
    """Return what the enrichers tell the backend, without the credential: it would be logged.

    Args:
        enrichers: each returns a part of it.
        principal: who it is about.
        request: what the credential came with.
        read: where the credential was read.
        trail: is told who is at work.

    Raises:
        BadAnswer: two of them give the same name, or one gives what must not be told.
    """
    context: dict[str, Any] = {}
    for index, enrich in enumerate(enrichers):
        trail.slot = f"enrich[{index}]"
        more = enrich(principal)
        if context.keys() & more.keys():
            raise BadAnswer(f"{trail.slot} gives {', '.join(sorted(context.keys() & more.keys()))} a second time")
        context.update(more)
    demand_harmless(context, principal)
    demand_no_credential(context, request, _secret_places(read))
    return context


def _secret_places(read: tuple[str, ...]) -> tuple[str, ...]:
    """Who reads several places may read what is no secret, as a tenant's name, and tell it on."""
    return (*_SECRET, *read) if len(read) == 1 and read != ("header.cookie",) else _SECRET
