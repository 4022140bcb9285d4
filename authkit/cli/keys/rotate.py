"""``authkit keys rotate``: replace an API key by another, with overlap."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from ...errors import ConfigError
from .arguments import OK, STORES, add_pepper, add_store, duration, key_id, moment, pepper_of, say, shown, store_of


def add_to(actions: Any) -> None:
    """Add the command to the parser."""
    rotate = actions.add_parser(
        "rotate",
        help="replace an API key by another, with overlap",
        description="Make another key for the same client and print it, once. The old one stays good for the overlap.\n"
        "Before it ends, see that nobody calls with it any more: count calls by the claim api_key_id.\n"
        f"{STORES}\n"
        "Exit codes: 0 done, 1 there is no such key or it is good no more, 2 wrong usage, 3 cannot tell.",
        epilog="Examples:\n"
        "  authkit keys rotate file:keys.json 3fT9bK2mQx7L --overlap 7d --pepper-env API_KEY_PEPPER\n"
        "  authkit keys rotate dynamodb:api-keys 3fT9bK2mQx7L --overlap 0 --pepper-file pepper.txt",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_store(rotate)
    rotate.add_argument("key", metavar="KEY_ID", type=key_id, help="the id of the key to replace")
    rotate.add_argument(
        "--overlap", type=duration, required=True, help="how long the old one stays good: 12h, 7d, or 0"
    )
    add_pepper(rotate)
    rotate.set_defaults(run=run, usage_error=rotate.error)


def run(arguments: argparse.Namespace) -> int:
    """Print a new key on standard output, and what becomes of the old one on standard error."""
    from ...stores.clients_issue import rotate

    now = time.time()
    store, pepper = store_of(arguments), pepper_of(arguments)
    try:
        made, old = rotate(store, arguments.key, pepper=pepper, overlap=arguments.overlap, now=now)
    except ConfigError as fault:
        sys.exit(arguments.usage_error(str(fault)))
    ends = "is taken back" if old.client.disabled else f"ends at {moment(old.client.not_after)}"
    say(f"key {made.issued.id} for {old.client.id}; it is shown this once, and cannot be had again")
    say(f"key {old.id} {ends}")
    if arguments.json:
        print(json.dumps({"key": made.text, **shown(made.issued, now), "old": shown(old, now)}, indent=2))
    else:
        print(made.text)
    return OK
