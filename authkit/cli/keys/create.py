"""``authkit keys create``: make an API key for a client."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from ...errors import ConfigError
from .arguments import OK, STORES, add_pepper, add_store, duration, moment, pepper_of, say, secret_in, shown, store_of


def add_to(actions: Any) -> None:
    """Add the command to the parser."""
    create = actions.add_parser(
        "create",
        help="make an API key for a client",
        description="Make an API key and print it, once: the store keeps a keyed digest of it and nothing else.\n"
        f"{STORES}\n"
        "Exit codes: 0 made, 2 wrong usage, 3 cannot tell.",
        epilog="Examples:\n"
        "  authkit keys create file:keys.json --client acme --scope orders:read --pepper-env API_KEY_PEPPER\n"
        "  authkit keys create dynamodb:api-keys --client acme --network 203.0.113.0/24 --expires-in 90d \\\n"
        "      --pepper-secret orders/api-key-pepper --usage-key-file usage-key.txt",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_store(create)
    create.add_argument("--client", required=True, metavar="ID", help="to whom it is given")
    create.add_argument("--prefix", default="ak_live", help="tells whose keys and which environment (default: ak_live)")
    create.add_argument("--scope", action="append", default=[], metavar="SCOPE", help="what it may do; repeat for more")
    create.add_argument(
        "--context", action="append", default=[], metavar="NAME=VALUE", help="what else is known: JSON, or text"
    )
    create.add_argument("--network", action="append", default=[], metavar="CIDR", help="where it may call from")
    create.add_argument("--starts-in", type=duration, metavar="DURATION", help="as 15m, 12h or 7d (default: now)")
    create.add_argument("--expires-in", type=duration, metavar="DURATION", help="as 90d (default: never)")
    usage = create.add_mutually_exclusive_group()
    usage.add_argument("--usage-key-env", metavar="NAME", help="the usage plan's key is in this environment variable")
    usage.add_argument("--usage-key-file", metavar="FILE", help="the usage plan's key is in this file")
    add_pepper(create)
    create.set_defaults(run=run, usage_error=create.error)


def run(arguments: argparse.Namespace) -> int:
    """Print a new key on standard output, and what is known of it on standard error."""
    from ...stores.clients_issue import issue

    now = time.time()
    store, client, pepper = store_of(arguments), _client(arguments, now), pepper_of(arguments)
    try:
        made = issue(store, client, pepper=pepper, prefix=arguments.prefix, now=now)
    except ConfigError as fault:
        sys.exit(arguments.usage_error(str(fault)))
    say(f"key {made.issued.id} for {client.id}; it is shown this once, and cannot be had again")
    if client.not_after is not None:
        say(f"it ends at {moment(client.not_after)}")
    print(json.dumps({"key": made.text, **shown(made.issued, now)}, indent=2) if arguments.json else made.text)
    return OK


def _client(arguments: argparse.Namespace, now: float) -> Any:
    from ...credentials.client import Client
    from ..policy.arguments import claim_of, pair

    starts, ends = arguments.starts_in, arguments.expires_in
    try:
        return Client(
            arguments.client,
            scopes=arguments.scope,
            usage_key=secret_in(arguments.usage_key_env, arguments.usage_key_file, arguments),
            context=dict(claim_of(*pair(text)) for text in arguments.context),
            networks=arguments.network,
            not_before=None if starts is None else int(now + starts),
            not_after=None if ends is None else int(now + ends),
        )
    except (ConfigError, argparse.ArgumentTypeError) as fault:
        sys.exit(arguments.usage_error(str(fault)))
