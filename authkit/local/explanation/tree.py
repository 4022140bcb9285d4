"""The tree of a decision: what each step said, in words that may be shown to anybody who may see the log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple, get_args

from ...observe.record import LONGEST

VEILED = "…"
_SHOWN = 20  # lines of a list
_SHORTEST_SECRET = 8  # characters; what is shorter stands in other words by chance

Outcome = Literal["allowed", "refused", "failed"]
"""Let through, refused, or nobody could tell: what the gateway makes a 500."""


_OUTCOMES = get_args(Outcome)


class Node(NamedTuple):
    """One step: where, how it went (None where there is nothing to judge), what there is to say, and more of it."""

    place: str
    good: bool | None
    said: str
    more: tuple[str, ...] = ()


class Explanation(NamedTuple):
    """A decision and how it came about.

    Attributes:
        asked: method and path, or what else was asked for.
        kind: of the event; empty if it has none.
        status: what the caller sees; of an event alone, 200 stands for whatever the backend answers.
        outcome: what the status means.
        code: why it was refused, stable and machine-readable; empty where allowed.
        nodes: the steps in their order.
    """

    asked: str
    kind: str
    status: int
    outcome: Outcome
    code: str
    nodes: tuple[Node, ...]

    @property
    def allowed(self) -> bool:
        """Whether the request gets to the backend."""
        return self.outcome == "allowed"

    def data(self) -> dict[str, Any]:
        """Return it as what JSON can say."""
        return {
            "asked": self.asked,
            "kind": self.kind,
            "allowed": self.allowed,
            "status": self.status,
            "outcome": self.outcome,
            "code": self.code,
            "steps": [
                {"place": each.place, "good": each.good, "said": each.said, "more": list(each.more)}
                for each in self.nodes
            ],
        }

    @classmethod
    def of(cls, data: Any) -> Explanation:
        """Return what `data` has told.

        Raises:
            ValueError: it has another form.
        """
        try:
            nodes = tuple(_node(each) for each in data["steps"])
            asked, kind, status, code = (data[name] for name in ("asked", "kind", "status", "code"))
            outcome = data["outcome"]
        except (KeyError, TypeError):
            raise ValueError("it is no explanation") from None
        texts = (asked, kind, code, *(text for node in nodes for text in (node.place, node.said, *node.more)))
        if not all(isinstance(each, str) for each in texts) or type(status) is not int or outcome not in _OUTCOMES:
            raise ValueError("it is no explanation")
        return cls(asked, kind, status, outcome, code, nodes)

    def veiled(self, secrets: Iterable[str]) -> Explanation:
        """Return it with these texts covered, wherever they stand, and whatever could steer a terminal spelled out."""
        texts = sorted({each for each in secrets if len(each) >= _SHORTEST_SECRET}, key=len, reverse=True)

        def shown(text: str) -> str:
            for each in texts:
                text = text.replace(each, VEILED)
            return safe(text)

        nodes = (
            Node(shown(each.place), each.good, shown(each.said), tuple(map(shown, each.more))) for each in self.nodes
        )
        asked, kind, code = shown(self.asked), shown(self.kind), shown(self.code)
        return self._replace(asked=asked, kind=kind, code=code, nodes=tuple(nodes))


def _node(data: Any) -> Node:
    return Node(data["place"], None if data["good"] is None else bool(data["good"]), data["said"], tuple(data["more"]))


def safe(text: str) -> str:
    """Return a text printable and bounded."""
    shown = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text[: 2 * LONGEST])
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"


def shortened(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the first lines of a list, and how many there are besides."""
    left = len(lines) - _SHOWN
    return (*lines[:_SHOWN], f"and {left} more") if left > 0 else tuple(lines)
