"""Record: one decision, in words that may be logged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

Outcome = Literal["allowed", "unauthenticated", "forbidden", "unavailable", "error"]

LONGEST = 256  # characters of any text in a record


class Record(NamedTuple):
    """One decision.

    Attributes:
        outcome: the row of the outcome table it belongs to.
        kind: the event's kind, empty if it had none.
        code: why, stable and machine-readable; empty where allowed.
        concern: the claim, credential or route that the code is about.
        detail: one sentence for the operator.
        principal: who called, once that was known.
        resources: how many resources were allowed and denied.
        seconds: how long it took.
    """

    outcome: Outcome
    kind: str = ""
    code: str = ""
    concern: str = ""
    detail: str = ""
    principal: str = ""
    resources: tuple[int, int] = (0, 0)
    seconds: float = 0.0

    def fields(self) -> dict[str, Any]:
        """Return what is known as flat fields, each text printable and bounded."""
        fields: dict[str, Any] = {
            name: printable(value) for name, value in self._asdict().items() if isinstance(value, str) and value
        }
        if self.outcome == "allowed":
            fields["allow"], fields["deny"] = self.resources
        fields["ms"] = round(self.seconds * 1000, 3)
        return fields


Observe = Callable[[Record], None]


def printable(text: str) -> str:
    """Return the text so that it cannot forge a log line or steer a terminal."""
    shown = text[: LONGEST + 1]
    if not shown.isprintable():
        shown = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in shown)
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"
