"""``authkit keys``: an issuer's keys, packed or looked into; API keys, created, listed, rotated and revoked."""

from __future__ import annotations

from typing import Any

from . import create, issuer, listing, revoke, rotate


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("keys", help="pack or show an issuer's keys; create, list, rotate or revoke API keys")
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    for action in (issuer, create, listing, rotate, revoke):
        action.add_to(actions)
