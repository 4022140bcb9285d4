"""``authkit keys list``: which API keys there are."""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

from .arguments import CANNOT_TELL, OK, STORES, add_store, listed_by, moment, shown, state, store_of

_HEADS = ("ID", "CLIENT", "STATE", "CREATED", "ENDS", "SCOPES")


def add_to(actions: Any) -> None:
    """Add the command to the parser."""
    listing = actions.add_parser(
        "list",
        help="list API keys",
        description="List API keys, the oldest first: never their text, which is nowhere, nor their usage keys.\n"
        "When a key was last used is not kept here: a store that wrote it down would cost each request a write. The\n"
        "claim api_key_id tells which key a call came with: log it, or count it, and see an old one fall silent.\n"
        f"{STORES}\n"
        "Exit codes: 0 listed, 2 wrong usage, 3 cannot tell, or not of all: a record is damaged.",
        epilog="Examples:\n"
        "  authkit keys list file:keys.json\n"
        "  authkit keys list dynamodb:api-keys --client acme --json",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_store(listing)
    listing.add_argument("--client", metavar="ID", help="only this client's")
    listing.set_defaults(run=run, usage_error=listing.error)


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each key; say of what is none that it is."""
    now = time.time()
    wanted = arguments.client
    listed, damaged = listed_by(store_of(arguments))
    found = [each for each in listed if wanted is None or each.client.id == wanted]
    found.sort(key=lambda each: (each.created_at, each.id))
    if arguments.json:
        print(json.dumps({"keys": [shown(each, now) for each in found], "damaged": damaged}, indent=2))
        return CANNOT_TELL if damaged else OK
    rows = [_HEADS]
    for each in found:
        ends, scopes = moment(each.client.not_after), " ".join(sorted(each.client.scopes))
        rows.append((each.id, each.client.id, state(each, now), moment(each.created_at), ends, scopes))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS))]
    for row in rows:
        print("  ".join((cell or "-").ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return CANNOT_TELL if damaged else OK
