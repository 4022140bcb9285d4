"""Record: one decision, in words that may be logged."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from .facts import Facts, anonymous

Outcome = Literal["allowed", "unauthenticated", "forbidden", "unavailable", "error"]

EFFECTS: dict[Outcome, str] = {"allowed": "Allow", "forbidden": "Deny"}  # what a policy says; other outcomes have none

LONGEST = 256  # characters of any text in a record


class Record(NamedTuple):
    """One decision.

    Attributes:
        outcome: the row of the outcome table it belongs to.
        kind: the event's kind, empty if it had none.
        code: why, stable and machine-readable; empty where allowed.
        concern: the claim, credential or route that the code is about.
        detail: one sentence for the operator.
        principal: who called, once that was known. Logs get its digest, unless told otherwise.
        resources: how many resources were allowed and denied.
        seconds: how long it took.
        facts: what else is known: the gateway's request id, route, issuer, key, policy, and how long each slot took.
    """

    outcome: Outcome
    kind: str = ""
    code: str = ""
    concern: str = ""
    detail: str = ""
    principal: str = ""
    resources: tuple[int, int] = (0, 0)
    seconds: float = 0.0
    facts: Facts | None = None

    def fields(self, *, reveal_principal: bool = False) -> dict[str, Any]:
        """Return what is known as flat fields, each text printable and bounded.

        Args:
            reveal_principal: whether the principal's id is told, and not a digest of it: it may be somebody's address.
        """
        known = {name: value for name, value in self._asdict().items() if isinstance(value, str) and value}
        if self.principal and not reveal_principal:
            known["principal"] = anonymous(self.principal)
        if self.facts is not None:
            known |= self.facts.fields()
        fields: dict[str, Any] = {name: printable(value) for name, value in known.items()}
        if self.outcome in EFFECTS:
            fields["effect"] = EFFECTS[self.outcome]
        if self.outcome == "allowed":
            fields["allow"], fields["deny"] = self.resources
        fields["ms"] = round(self.seconds * 1000, 3)
        if self.facts is not None and self.facts.steps:
            fields["steps_ms"] = {name: round(seconds * 1000, 3) for name, seconds in self.facts.steps.items()}
        return fields


Observe = Callable[[Record], None]
"""Is told of decisions: of all, or, if it has a method ``wants`` that takes an outcome, of those it wants."""


def printable(text: str) -> str:
    """Return the text so that it cannot forge a log line or steer a terminal."""
    shown = text[: LONGEST + 1]
    if not shown.isprintable():
        shown = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in shown)
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"
