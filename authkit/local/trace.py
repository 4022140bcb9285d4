"""The trace: what became of a call, drawn for whoever watches the terminal."""

from __future__ import annotations

from .call import Call

_RESET, _BOLD, _DIM, _GREEN, _RED = "\033[0m", "\033[1m", "\033[2m", "\033[32m", "\033[31m"


def draw(call: Call, *, colour: bool = False) -> str:
    """Return a call as a small tree: request and status, then each step to it.

    >>> GET /orders/1042                                                             200
    >>> ├─ ✓ gateway     route GET /orders/{id}
    >>> └─ ✓ backend     200
    """
    request, status = call.request, call.reply.status
    asked = f"{request.method} {request.path}"
    asked = "".join(each if each.isprintable() else "?" for each in asked[:200])
    lines = [f"{_paint(f'{asked:<72}', _BOLD, colour)} {_paint(str(status), _GREEN if status < 400 else _RED, colour)}"]
    for index, step in enumerate(call.steps):
        branch = "└─" if index == len(call.steps) - 1 else "├─"
        mark = _paint("✓", _GREEN, colour) if step.good else _paint("✗", _RED, colour)
        lines.append(f"{_paint(branch, _DIM, colour)} {mark} {step.place:<11} {step.said}")
    return "\n".join(lines)


def _paint(text: str, paint: str, colour: bool) -> str:
    return f"{paint}{text}{_RESET}" if colour else text
