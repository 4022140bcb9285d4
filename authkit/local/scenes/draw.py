"""A scene for a terminal: each act with its trace, a matrix where calls are compared, and the lesson."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from ..explanation.tree import safe
from ..trace import BOLD, DIM, GREEN, RED, YELLOW, draw_steps, paint
from .act import Act, Came
from .playbill import Scene

_LABEL = 10  # columns of what stands before a line


def opening(name: str, scene: Scene, *, colour: bool) -> str:
    """Return the head of a scene."""
    return f"{paint(name, BOLD, colour)}: {scene.title}\n"


def act(number: int, shown: Act, *, colour: bool) -> str:
    """Return an act."""
    if shown.came is None:
        return f"{paint(f'{number:>2}', DIM, colour)} {shown.says}\n"
    lines = [f"{paint(f'{number:>2}', DIM, colour)} {paint(shown.gateway, BOLD, colour)}: {shown.says}"]
    lines += [f"   {line}" for line in _came(shown, shown.came, colour=colour)]
    return "\n".join(lines) + "\n"


def _came(shown: Act, came: Came, *, colour: bool) -> Iterator[str]:
    yield f"{'sent':<{_LABEL}}{shown.method} {safe(shown.path)}   {shown.credential}"
    yield from draw_steps(came.call.steps, colour=colour)
    body = safe(json.dumps(shown.body))
    status = paint(str(came.status), GREEN if came.status < 400 else RED, colour)
    yield f"{'came back':<{_LABEL}}{status} {body}"
    for label, said in (("operator", _operator(came)), ("keys", _keys(came)), ("cache", _cache(came))):
        if said:
            yield f"{label:<{_LABEL}}{said}"
    if shown.wrong:
        yield f"{paint('wrong', YELLOW, colour):<{_LABEL + len(paint('', YELLOW, colour))}}{shown.wrong}"
    if not shown.as_told:
        yield paint(f"this should have been {shown.expected}", RED, colour)


def _operator(came: Came) -> str:
    """Say what stands in the log."""
    record = came.record
    if record is None or record.outcome == "allowed":
        return ""
    told = {"outcome": record.outcome, "code": record.code, "concern": record.concern, "detail": record.detail}
    return " ".join(f"{name}={json.dumps(safe(text))}" for name, text in told.items() if text)


def _keys(came: Came) -> str:
    failed = next((event for event in came.events if event.code and event.name == "fetch_failed"), None)
    times = {0: "", 1: "the key endpoint was asked once"}.get(came.fetches, f"asked {came.fetches} times")
    why = f"it failed: {safe(failed.detail or failed.code)}" if failed else ""
    return "; ".join(each for each in (times, why) if each)


def _cache(came: Came) -> str:
    if came.call.kept:
        return "judged by the kept answer; nobody was asked"
    return "the answer is kept for this token" if came.kept else "nothing is kept"


def matrix(acts: Iterable[Act], *, colour: bool) -> str:
    """Return calls by gateways, each with its status, and marked where it was wrong."""
    asked = [each for each in acts if each.came is not None]
    names = list(dict.fromkeys(each.gateway for each in asked))
    rows: dict[tuple[str, int], dict[str, Act]] = {}
    seen: dict[tuple[str, str], int] = {}
    for each in asked:  # the same call may be made twice through a gateway, and then has two rows
        call = f"{each.method} {each.path}"
        seen[each.gateway, call] = seen.get((each.gateway, call), 0) + 1
        rows.setdefault((call, seen[each.gateway, call]), {})[each.gateway] = each
    wide = max(len(call) for call, _ in rows) + 2
    head = " " * wide + "".join(f"{name:>10}  " for name in names).rstrip()
    lines = [head]
    for (call, _), cells in rows.items():
        lines.append(f"{call:<{wide}}" + "".join(_cell(cells.get(name), colour=colour) for name in names))
    return "\n".join([*lines, "", f"{paint('✗', YELLOW, colour)} what nobody would want"]) + "\n"


def _cell(cell: Act | None, *, colour: bool) -> str:
    if cell is None or cell.came is None:
        return f"{'–':>10}  "
    status = cell.came.status
    shown = paint(f"{status:>10}", GREEN if status < 400 else RED, colour)
    return f"{shown} {paint('✗', YELLOW, colour) if cell.wrong else ' '}"


def lesson(scene: Scene, *, colour: bool) -> str:
    """Return what authkit did right, and why."""
    return "\n".join([paint("What authkit does about it", BOLD, colour), *scene.lesson]) + "\n"
