"""The trace: what became of a call, drawn for whoever watches the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..observe.record import printable
from .call import Call, Step

BOLD, DIM, GREEN, RED, YELLOW = "\033[1m", "\033[2m", "\033[32m", "\033[31m", "\033[33m"
_RESET = "\033[0m"


def draw(call: Call, *, colour: bool = False) -> str:
    """Return a call as a small tree: request and status, then each step to it.

    >>> GET /orders/1042                                                             200
    >>> ├─ ✓ gateway     route GET /orders/{id}
    >>> └─ ✓ backend     200
    """
    request, status = call.request, call.reply.status
    asked = f"{request.method} {request.path}"
    asked = "".join(each if each.isprintable() else "?" for each in asked[:200])
    head = f"{paint(f'{asked:<72}', BOLD, colour)} {paint(str(status), GREEN if status < 400 else RED, colour)}"
    return "\n".join([head, *draw_steps(call.steps, colour=colour)])


def draw_steps(steps: Sequence[Step], *, colour: bool = False) -> Iterator[str]:
    """Yield a line for each step."""
    for index, step in enumerate(steps):
        branch = "└─" if index == len(steps) - 1 else "├─"
        mark = paint("✓", GREEN, colour) if step.good else paint("✗", RED, colour)
        yield f"{paint(branch, DIM, colour)} {mark} {step.place:<11} {printable(step.said)}"


def paint(text: str, how: str, colour: bool) -> str:
    """Return a text for a terminal: as it is where there are no colours."""
    return f"{how}{text}{_RESET}" if colour else text
