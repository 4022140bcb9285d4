"""Arguments that the commands about API keys take, and what they stand for. No secret is ever one of them."""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ...errors import ConfigError
from ...stores.clients import ClientStore, Issued, RecordInvalid
from ...stores.clients_place import FORMS, clients_at

OK, REFUSED, CANNOT_TELL = 0, 1, 3
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"([0-9]{1,9})([smhdw])")
_KEY = re.compile(r"[a-z][a-z0-9_]*_[0-9A-Za-z]{12}_[0-9A-Za-z]{40}_[0-9A-Za-z]{6}")

STORES = (
    "STORE is file:PATH, dynamodb:TABLE, secretsmanager:NAME, rediss://HOST, or env:NAME for a variable that holds one\n"
    "of these, as a URL with a password in it must be given."
)


def add_store(parser: Any) -> None:
    """Add the store, and how the outcome is told."""
    parser.add_argument("store", metavar="STORE", help=f"{FORMS}, or env:NAME")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


ASKED = "the secret that digests are keyed with, 32 bytes or more; asked for on a terminal if not given"


def add_pepper(parser: Any, words: str = ASKED) -> None:
    """Add where the pepper is."""
    group = parser.add_argument_group("pepper", words)
    one = group.add_mutually_exclusive_group()
    one.add_argument("--pepper-env", metavar="NAME", help="in this environment variable")
    one.add_argument("--pepper-file", metavar="FILE", help="in this file; a line end behind it is no part of it")
    one.add_argument(
        "--pepper-secret", metavar="ID[#FIELD]", help="in this secret of AWS Secrets Manager, its version AWSCURRENT"
    )


def store_of(arguments: argparse.Namespace) -> ClientStore:
    """Return the store; end with wrong usage where there can be none."""
    place = arguments.store
    if place.startswith("env:"):
        place = os.environ.get(place.removeprefix("env:"), "")
    elif _has_password(place):
        arguments.usage_error("others can see the command line: put a URL with a password into a variable, as env:NAME")
    try:
        return clients_at(place)
    except ConfigError as fault:
        sys.exit(arguments.usage_error(str(fault)))


def listed_by(store: ClientStore) -> tuple[list[Issued], list[str]]:
    """Return all keys of a store, and what is wrong with the records that are none, which is said as well.

    Raises:
        Unavailable: the store cannot tell.
    """
    damaged: list[RecordInvalid] = []
    listed = store.listed(damaged.append)
    for each in damaged:
        say(str(each))
    return listed, [each.detail for each in damaged]


def pepper_of(arguments: argparse.Namespace) -> bytes:
    """Return the pepper; end with wrong usage where there is none.

    Raises:
        Unavailable: the secret cannot be had.
    """
    from ...credentials.apikey_pepper import pepper_faults

    pepper = _pepper(arguments)
    if pepper_faults(pepper):
        arguments.usage_error("the pepper has 32 bytes or more; make one, as by: openssl rand -base64 48")
    return pepper


def has_pepper(arguments: argparse.Namespace) -> bool:
    """Tell whether it was said where the pepper is."""
    return any(getattr(arguments, f"pepper_{place}") is not None for place in ("env", "file", "secret"))


def secret_in(name: str | None, file: str | None, arguments: argparse.Namespace) -> str | None:
    """Return a secret text out of a variable or a file, if one of them is named."""
    if name is not None:
        if not os.environ.get(name):
            arguments.usage_error(f"the environment variable {name} is not there, or empty")
        return os.environ[name]
    if file is None:
        return None
    try:
        return Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        words = f"{file} holds no text: write the secret in base64, as by: openssl rand -base64 48"
        sys.exit(arguments.usage_error(words))


def duration(text: str) -> float:
    """Return the seconds of ``90s``, ``15m``, ``12h``, ``7d`` or ``4w``; 0 may stand alone."""
    found = _DURATION.fullmatch(text)
    if text == "0":
        return 0.0
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration; write 90s, 15m, 12h, 7d or 4w")
    return float(int(found[1]) * _SECONDS[found[2]])


def key_id(text: str) -> str:
    """Return a key's id. A whole key is refused, and not shown again."""
    if _KEY.fullmatch(text):
        raise argparse.ArgumentTypeError(
            "that is a whole key, which others can see on the command line now: name it by its id, the 12 characters"
            " behind its prefix"
        )
    return text


def say(text: str) -> None:
    """Talk to whoever runs the command."""
    from ...observe.record import printable

    print(f"authkit: {printable(text)}", file=sys.stderr)


def shown(issued: Issued, now: float) -> dict[str, Any]:
    """Return what may be shown of a key: neither its digest nor the usage key."""
    client = issued.client
    return {
        "id": issued.id,
        "state": state(issued, now),
        "client": client.id,
        "scopes": sorted(client.scopes),
        "context": dict(client.context),
        "networks": list(client.networks),
        "metered": client.usage_key is not None,
        "prefix": issued.prefix,
        "created_at": issued.created_at,
        "not_before": client.not_before,
        "not_after": client.not_after,
        "successor": issued.successor or None,
    }


def state(issued: Issued, now: float) -> str:
    """Say in a word whether a key is good."""
    client = issued.client
    if client.disabled:
        return "revoked"
    if client.not_after is not None and now >= client.not_after:
        return "expired"
    if client.not_before is not None and now < client.not_before:
        return "not yet"
    return "replaced" if issued.successor else "good"


def moment(at: float | None) -> str:
    """Return a moment as people read it; nothing for none."""
    return "" if at is None else time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(at))


def _pepper(arguments: argparse.Namespace) -> bytes:
    if arguments.pepper_secret is not None:
        return _managed(arguments.pepper_secret, arguments)
    given = secret_in(arguments.pepper_env, arguments.pepper_file, arguments)
    if given is None and not sys.stdin.isatty():
        arguments.usage_error("say where the pepper is: --pepper-env, --pepper-file or --pepper-secret")
    if given is None:
        from getpass import getpass

        given = getpass("Pepper: ", stream=sys.stderr)
    return given.encode("utf-8", "surrogateescape")


def _managed(place: str, arguments: argparse.Namespace) -> bytes:
    from ...stores import secrets

    secret_id, _, field = place.partition("#")
    try:
        return secrets.manager(secret_id, field or None, stages=("AWSCURRENT",)).current()[0]
    except ConfigError as fault:
        sys.exit(arguments.usage_error(str(fault)))


def _has_password(place: str) -> bool:
    try:
        parts = urlsplit(place)
        # redis-py takes it from the query too.
        return "://" in place and (parts.password is not None or "password=" in unquote(parts.query).lower())
    except ValueError:
        return True
