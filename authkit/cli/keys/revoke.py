"""``authkit keys revoke``: take API keys back."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from ...errors import Refused
from ...stores.clients import ClientStore, Issued
from .arguments import (
    CANNOT_TELL,
    OK,
    STORES,
    add_pepper,
    add_store,
    has_pepper,
    key_id,
    listed_by,
    pepper_of,
    say,
    shown,
    store_of,
)


def add_to(actions: Any) -> None:
    """Add the command to the parser."""
    revoke = actions.add_parser(
        "revoke",
        help="take API keys back",
        description="Take one key back, or all of a client. A function that knows it lets it in for as long as its\n"
        "APIKey(cache_seconds=…) and the gateway's TTL say. No pepper is needed: whoever finds a key can have it revoked.\n"
        "But ids are no secret, and keys can be made up around them. Where what comes on standard input is the word of\n"
        "strangers, say where the pepper is: then only a key that was really given is taken back.\n"
        f"{STORES}\n"
        "Exit codes: 0 taken back, 1 there is no such key, 2 wrong usage, 3 cannot tell, or not of all: a record is damaged.",
        epilog="Examples:\n"
        "  authkit keys revoke file:keys.json 3fT9bK2mQx7L\n"
        "  authkit keys revoke dynamodb:api-keys --client acme\n"
        "  authkit keys revoke dynamodb:api-keys - < leaked-key.txt\n"
        "  authkit keys revoke dynamodb:api-keys - --pepper-secret orders/api-key-pepper < reported-key.txt",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_store(revoke)
    which = revoke.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "key",
        metavar="KEY_ID",
        nargs="?",
        type=key_id,
        help="the key's id; - to read the whole key from standard input",
    )
    which.add_argument("--client", metavar="ID", help="all keys of this client")
    revoke.add_argument("--remove", action="store_true", help="leave no trace of it in the store")
    add_pepper(
        revoke, "with a key from standard input: the secret its digest is keyed with; then it must be known by it"
    )
    revoke.set_defaults(run=run, usage_error=revoke.error)


def run(arguments: argparse.Namespace) -> int:
    """Take back what is named, and say so."""
    from ...stores.clients_issue import remove, revoke

    store = store_of(arguments)
    take = remove if arguments.remove else revoke
    taken: list[Issued] = []
    names, damaged = _names(store, arguments)
    for name in names:
        taken.append(take(store, name))
        # One by one: whatever fails then, it is known which are taken back.
        say(f"key {name} of {taken[-1].client.id} is {'removed' if arguments.remove else 'taken back'}")
    if arguments.json:
        told = [{**shown(each, time.time()), "state": "revoked"} for each in taken]
        print(json.dumps({"revoked": told, "damaged": damaged}, indent=2))
    return CANNOT_TELL if damaged else OK


def _names(store: ClientStore, arguments: argparse.Namespace) -> tuple[list[str], list[str]]:
    """Return the ids of what is to be taken back, and what is wrong with records that may belong to it as well."""
    if arguments.client is not None:
        listed, damaged = listed_by(store)
        names = [each.id for each in listed if each.client.id == arguments.client]
        if not names and not damaged:
            raise Refused("api_key_unknown", detail="this client has no keys")
        return names, damaged
    if arguments.key != "-":
        return [arguments.key], []
    return [_known(store, sys.stdin.readline(1024).strip(), arguments)], []


def _known(store: ClientStore, text: str, arguments: argparse.Namespace) -> str:
    """Return the id of a whole key; with a pepper, of one that the store has by its digest, whatever its text says."""
    from ...credentials.apikey_text import digest_of, has_checksum, id_of

    name = id_of(text)
    if not name or not has_checksum(text):
        arguments.usage_error("what is on standard input has not the form of a key, or a typo in it")
    if not has_pepper(arguments):
        return name
    found = store.find(digest_of(text, pepper_of(arguments)))
    if found is None:
        raise Refused("api_key_unknown", detail="the store does not have it: made up, or made with another pepper")
    return found.id
