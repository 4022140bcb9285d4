"""``authkit explain``: why a request was let through or refused."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from . import last, terminal
from .policy.arguments import target

if TYPE_CHECKING:
    from ..local.explanation.last import Decision
    from ..local.explanation.tree import Explanation

_CODES = {"allowed": 0, "refused": 1, "failed": 3}

_DESCRIPTION = """\
Show how a request was decided, step by step: gateway, guards, token, routes, policy, result, and what the
principal lacks for the route that was asked for. No token is shown.

Without an EVENT.json it is the last decision of authkit demo or authkit emulate on this machine, be it running or
not; with one, the handler decides on that event now.
"""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "explain",
        help="show how a request was decided, step by step: the last one, or that of an event",
        description=_DESCRIPTION,
        epilog="Examples:\n"
        "  authkit explain\n"
        "  authkit explain --last 2 --html decision.html\n"
        "  authkit explain event.json --handler app:handler\n"
        "  authkit explain - --handler src/app.py:handler --json < event.json\n\n"
        "Exit codes: 0 allowed, 1 refused, 2 wrong usage, 3 cannot tell (the gateway would answer 500, or there is no\n"
        "decision).",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("event", nargs="?", metavar="EVENT.json", help="the event; - for standard input")
    parser.add_argument("--handler", type=target, metavar="MODULE:NAME", help="the Authorizer that decides on it")
    parser.add_argument("--last", type=int, metavar="N", help="the Nth last decision; 1, the default, is the last")
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--html", nargs="?", const="-", metavar="FILE.html", help="write one HTML file that needs no other, or print it"
    )
    form.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run, parser=parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the explanation."""
    fault = _fault(arguments)
    if fault:
        arguments.parser.error(fault)
    if arguments.event is None:
        decision = _kept(arguments.last or 1)
        explanation, data = decision.explanation, decision.data()
        print(f"{decision.by}, {_ago(time.time() - decision.at)}", file=sys.stderr)
    else:
        explanation = _decided(arguments)
        data = explanation.data()
    _show(explanation, data, arguments)
    return _CODES[explanation.outcome]


def _fault(arguments: argparse.Namespace) -> str:
    """Say what does not go together. A FILE that is none of ours is not written over: it may be the event."""
    html = arguments.html
    if html not in (None, "-") and Path(html).suffix.lower() not in (".html", ".htm"):
        return f"--html {html}: the file's name must end in .html; the event stands before the options"
    if arguments.event is None and arguments.handler:
        return "--handler goes with an EVENT.json; without one the last decision is explained"
    if arguments.event is not None and not arguments.handler:
        return "an EVENT.json needs a --handler that decides on it"
    if arguments.event is not None and arguments.last is not None:
        return "--last is for decisions that were made; with an EVENT.json one is made now"
    return "--last counts from 1" if arguments.last is not None and arguments.last < 1 else ""


def _kept(number: int) -> Decision:
    from ..local.explanation.last import KEPT, read

    file = last.file()
    decisions = read(file)
    if not decisions:
        raise ConfigError(f"there is no decision yet: call authkit demo or authkit emulate first ({file})")
    if number > len(decisions):
        raise ConfigError(f"there are no {number} decisions, but {len(decisions)} (at most {KEPT} are kept)")
    return decisions[-number]


def _ago(seconds: float) -> str:
    if seconds < 120:
        return f"{max(seconds, 0):.0f} s ago"
    return f"{seconds / 60:.0f} min ago" if seconds < 7200 else f"{seconds / 3600:.0f} h ago"


def _decided(arguments: argparse.Namespace) -> Explanation:
    from ..local.explanation.decision import explain
    from ..local.handlers import load_handler

    event = _event(arguments.event)
    return explain(load_handler(arguments.handler), event, now=time.time())


def _show(explanation: Explanation, data: dict[str, Any], arguments: argparse.Namespace) -> None:
    if arguments.json:
        print(json.dumps(data, indent=2))
    elif arguments.html is not None:
        from ..local.explanation.page import page

        if arguments.html == "-":
            print(page(explanation), end="")
        else:
            Path(arguments.html).write_text(page(explanation), encoding="utf-8")
            print(f"written to {arguments.html}", file=sys.stderr)
    else:
        from ..local.explanation.draw import draw

        print(draw(explanation, colour=terminal.colours(sys.stdout)))


def _event(file: str) -> object:
    text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig", errors="replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ConfigError(f"{file}: the event is not JSON") from None
