"""Call: a request to the gateway, its reply, and how it came about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .message import HttpReply, HttpRequest

if TYPE_CHECKING:
    from ..policy.evaluate import Evaluation
    from .answers import Answer
    from .events import Facts


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


class Judged(NamedTuple):
    """The answer a request was judged by, just given or kept, and what its policy says; None of a simple answer."""

    answer: Answer
    evaluation: Evaluation | None = None


class Call(NamedTuple):
    """A request, its reply, and how it came about.

    ``asked`` is None where the function was not called: it need not be, or may not. ``refusal`` is the type of the
    gateway's own reply, as ``ACCESS_DENIED``, and empty where the reply is the backend's. ``facts`` are None where the
    request went to no route, and ``judged`` is None where no answer was understood.
    """

    request: HttpRequest
    reply: HttpReply
    steps: tuple[Step, ...]
    asked: Asked | None = None
    refusal: str = ""
    facts: Facts | None = None
    judged: Judged | None = None

    @property
    def kept(self) -> bool:
        """Whether it was judged by an answer that the gateway had kept."""
        return self.asked is None and self.judged is not None

    def __repr__(self) -> str:
        return f"Call({self.request.method}, {self.reply.status}, {len(self.steps)} steps)"


class Visit:
    """One request on its way through the gateway."""

    __slots__ = ("asked", "facts", "judged", "latency", "refusal", "request", "steps")

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.steps: list[Step] = []
        self.asked: Asked | None = None
        self.refusal = ""
        self.facts: Facts | None = None
        self.judged: Judged | None = None
        self.latency = 0  # milliseconds of the authorizer

    def well(self, place: str, said: str) -> None:
        """Note a step that went well."""
        self.steps.append(Step(place, True, said))

    def badly(self, place: str, said: str) -> None:
        """Note the step that it ended with."""
        self.steps.append(Step(place, False, said))

    def call(self, reply: HttpReply) -> Call:
        """Return it as it ended."""
        return Call(self.request, reply, tuple(self.steps), self.asked, self.refusal, self.facts, self.judged)
