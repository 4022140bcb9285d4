"""An explanation for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .tree import Explanation, Node

_RESET, _BOLD, _DIM, _GREEN, _RED = "\033[0m", "\033[1m", "\033[2m", "\033[32m", "\033[31m"
_NARROWEST = 8  # columns of the steps' names


def draw(explanation: Explanation, *, colour: bool = False) -> str:
    """Return an explanation as a small tree: what was asked and its status, then each step to it.

    >>> GET /orders/1042/audit                                                   403
    >>> ├─ ✓ gateway  rest-request event; identity sources header.authorization
    >>> └─ ✗ nearest  GET /orders/{id}/audit is not granted
    >>>               · the scope audit:read is missing
    """
    paint = _paint if colour else _plain
    status = paint(str(explanation.status), _GREEN if explanation.allowed else _RED)
    lines = [f"{paint(f'{explanation.asked:<72}', _BOLD)} {status}"]
    width = max([_NARROWEST, *(len(node.place) for node in explanation.nodes)])
    for index, node in enumerate(explanation.nodes):
        last = index == len(explanation.nodes) - 1
        lines += _drawn(node, "└─" if last else "├─", "  " if last else "│ ", width, paint)
    return "\n".join(lines)


def _drawn(node: Node, branch: str, below: str, width: int, paint: Callable[[str, str], str]) -> Iterator[str]:
    mark = {True: paint("✓", _GREEN), False: paint("✗", _RED), None: "·"}[node.good]
    yield f"{paint(branch, _DIM)} {mark} {node.place:<{width}} {node.said}"
    for each in node.more:
        yield paint(f"{below}{'':<{width + 4}}{each}", _DIM)


def _paint(text: str, paint: str) -> str:
    return f"{paint}{text}{_RESET}"


def _plain(text: str, paint: str) -> str:  # noqa: ARG001 - the same as with colours
    return text
