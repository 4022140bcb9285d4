"""``authkit policy``: what a principal would get, what a policy says, what changed, and what is wrong with the settings."""

from __future__ import annotations

from typing import Any

from . import build, diff, evaluate, lint, matrix


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("policy", help="build, judge, compare and lint policies and what they are made of")
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    for action in (build, evaluate, matrix, diff, lint):
        action.add_to(actions)
