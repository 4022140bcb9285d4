"""A budget for the size of a context: the gateway's own limits are of the whole answer (contract sections 1 and 16)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import BadAnswer, ConfigError, Forbidden

if TYPE_CHECKING:
    from ..principal import Principal

    Enrich = Callable[[Principal], Mapping[str, Any]]

MOST = 8192  # bytes: what a WebSocket API takes of a whole answer, policy included


class Within:
    """What `within` returns."""

    def __init__(self, size: int, parts: tuple[Enrich, ...]) -> None:
        self._size = size
        self._parts = parts
        self.gives: tuple[str, ...] = tuple(name for part in parts for name in getattr(part, "gives", ()))

    def __call__(self, principal: Principal) -> dict[str, Any]:
        """Return what all parts give.

        Raises:
            Forbidden: ``context_too_large``.
            BadAnswer: two parts give the same name, or one gives what JSON does not have.
        """
        context: dict[str, Any] = {}
        for part in self._parts:
            more = part(principal)
            twice = sorted(context.keys() & more.keys())
            if twice:
                raise BadAnswer(f"{part!r} gives {', '.join(twice)} a second time")
            context.update(more)
        try:
            size = len(json.dumps(context, allow_nan=False, separators=(",", ":")).encode())
        except (TypeError, ValueError, RecursionError):
            raise BadAnswer("within: a part gives something that JSON does not have") from None
        if size > self._size:
            largest = max(context, key=lambda name: len(json.dumps(context[name])))
            detail = f"{size} bytes where {self._size} are allowed; the largest value is {largest}"
            raise Forbidden("context_too_large", claim=largest, detail=detail)
        return context

    def __repr__(self) -> str:
        return f"within({self._size}, {', '.join(map(repr, self._parts))})"


def within(size: int, *parts: Enrich) -> Within:
    """Return an enricher that gives what several others give, and refuses a context of more bytes than this.

    >>> enrich = [within(2048, from_claims("tenant"), Lookup(...))]

    On a WebSocket API policy and context together may take 8,192 bytes; elsewhere more have been seen to pass, and
    nothing is promised. Claims can be as long as whoever fills them in likes, so leave room for the policy.

    Args:
        size: bytes of the context as JSON, at most 8,192.
        parts: enrichers.

    Raises:
        ConfigError: names every fault.
    """
    faults = []
    if type(size) is not int or not 0 < size <= MOST:
        faults.append(f"the size must be 1 to {MOST} bytes")
    if not parts or not all(callable(part) and not isinstance(part, type) for part in parts):
        faults.append("give one enricher at least, each a callable that takes the principal")
    if faults:
        raise ConfigError.of("within", faults)
    return Within(size, parts)
