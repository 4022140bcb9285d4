"""Call: a request to the gateway, its reply, and how it came about."""

from __future__ import annotations

from typing import Any, NamedTuple

from .message import HttpReply, HttpRequest


class Step(NamedTuple):
    """One line of the trace: where, how it went, and what there is to say."""

    place: str
    good: bool
    said: str


class Asked(NamedTuple):
    """What the function was asked, and its answer or what it raised. Both hold credentials."""

    event: dict[str, Any]
    answer: Any = None
    error: Exception | None = None

    def __repr__(self) -> str:
        return "Asked(…)"


class Call(NamedTuple):
    """A request, its reply, and how it came about.

    ``asked`` is None where the function was not called: it need not be, or may not.
    """

    request: HttpRequest
    reply: HttpReply
    steps: tuple[Step, ...]
    asked: Asked | None = None

    def __repr__(self) -> str:
        return f"Call({self.request.method}, {self.reply.status}, {len(self.steps)} steps)"


class Visit:
    """One request on its way through the gateway."""

    __slots__ = ("asked", "latency", "request", "steps")

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.steps: list[Step] = []
        self.asked: Asked | None = None
        self.latency = 0  # milliseconds of the authorizer

    def well(self, place: str, said: str) -> None:
        """Note a step that went well."""
        self.steps.append(Step(place, True, said))

    def badly(self, place: str, said: str) -> None:
        """Note the step that it ended with."""
        self.steps.append(Step(place, False, said))
