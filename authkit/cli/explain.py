"""``authkit explain``: why an event was let through or refused."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from .policy.arguments import target

_CODES = {200: 0, 401: 1, 403: 1, 500: 3}


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "explain",
        help="show how a handler decides on an event, step by step",
        description="Run a handler on an event of the gateway and show how it decides: gateway, guards, token, routes,\n"
        "policy, result, and what the principal lacks for the route that was asked for. No token is shown.\n"
        "Exit codes: 0 allowed, 1 refused, 2 wrong usage, 3 cannot tell (the gateway would answer 500).",
        epilog="Examples:\n"
        "  authkit explain event.json --handler app:handler\n"
        "  authkit explain event.json --handler app:handler --html > decision.html\n"
        "  authkit explain - --handler src/app.py:handler --json < event.json",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("event", metavar="EVENT.json", help="the event; - for standard input")
    parser.add_argument("--handler", required=True, type=target, metavar="MODULE:NAME", help="the Authorizer")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--html", action="store_true", help="print one HTML file that needs no other")
    form.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the explanation."""
    from ..local.explanation.decision import explain
    from ..local.handlers import load_handler

    event = _event(arguments.event)
    explanation = explain(load_handler(arguments.handler), event, now=time.time())
    if arguments.json:
        print(json.dumps(explanation.data(), indent=2))
    elif arguments.html:
        from ..local.explanation.page import page

        print(page(explanation), end="")
    else:
        from ..local.explanation.draw import draw

        print(draw(explanation, colour=sys.stdout.isatty()))
    return _CODES[explanation.status]


def _event(file: str) -> object:
    text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig", errors="replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ConfigError(f"{file}: the event is not JSON") from None
