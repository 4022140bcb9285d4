"""``authkit keys bundle`` and ``show``: pack an issuer's keys with the function, or look into a key set."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import ConfigError, KeysUnavailable

if TYPE_CHECKING:
    from ...keys.download import Download
    from ...keys.report import Line

_OK, _NOTHING_USABLE = 0, 1
_RELAXATIONS = ("http-loopback", "private-address")


def add_to(actions: Any) -> None:
    """Add both to the parser."""
    _add_bundle(actions)
    _add_show(actions)


def _add_bundle(actions: Any) -> None:
    bundle = actions.add_parser(
        "bundle",
        help="fetch a key set and write its usable keys",
        description="Fetch an issuer's keys, leave out what is not usable, and write a JWKS stamped with the issuer.\n"
        "Exit codes: 0 written, 1 nothing usable, 2 wrong usage, 3 cannot tell.",
        epilog="Examples:\n"
        "  authkit keys bundle https://idp.example.com/ -o jwks.json\n"
        "  authkit keys bundle https://idp.example.com/keys --issuer https://idp.example.com/ -o jwks.json",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    bundle.add_argument("place", metavar="ISSUER_OR_URL", help="an issuer, or the URL of its metadata or its keys")
    bundle.add_argument("-o", "--output", metavar="FILE", default="-", help="default: standard output")
    bundle.add_argument("--json", action="store_true", help="with -o FILE: print what was done as one JSON object")
    _add_common(bundle)
    bundle.set_defaults(run=run_bundle, usage_error=bundle.error)


def _add_show(actions: Any) -> None:
    show = actions.add_parser(
        "show",
        help="list the keys of a set, and what is wrong with them",
        description="List the keys of a JWKS: name, kind, algorithm, size, and whether authkit would use them.\n"
        "Exit codes: 0 some are usable, 1 nothing usable, 2 wrong usage, 3 cannot tell.",
        epilog="Examples:\n  authkit keys show jwks.json\n  authkit keys show https://idp.example.com/",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    show.add_argument("place", metavar="FILE|URL", help="a file, - for standard input, or as for bundle")
    show.add_argument("--json", action="store_true", help="print one JSON object")
    _add_common(show)
    show.set_defaults(run=run_show, usage_error=show.error)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--issuer", help="whose keys they are, if the place is not the issuer")
    parser.add_argument(
        "--relax", action="append", default=[], choices=_RELAXATIONS, help="fetch from there all the same"
    )


def run_bundle(arguments: argparse.Namespace) -> int:
    """Write a bundle, and say on standard error what was left out of it."""
    from ...keys.bundle import bundled
    from ...keys.keyset import BadKeySet

    if arguments.json and arguments.output == "-":
        arguments.usage_error("--json needs -o FILE: the bundle itself is on standard output")
    found = _downloaded(arguments)
    try:
        document, keys = bundled(found.body, issuer=found.issuer, url=found.url, fetched_at=time.time())
    except BadKeySet as fault:
        return _no_bundle(fault, found.url)
    _write(arguments.output, json.dumps(document, indent=2) + "\n")
    _say_left_out(keys.skipped)
    if found.issuer is None:
        _say("no metadata there, so the bundle does not say whose keys these are (--issuer would)")
    _say(f"{len(document['keys'])} usable keys from {found.url}")
    if arguments.json:
        left_out = [{"kid": each.kid, "code": each.reason, "detail": each.detail} for each in keys.skipped]
        summary = {"file": arguments.output, "keys": [key.kid for key in keys.keys], "left_out": left_out}
        print(json.dumps({**summary, **document["authkit"]}, indent=2))
    return _OK


def run_show(arguments: argparse.Namespace) -> int:
    """Print a line for each key."""
    from ...keys.keyset import BadKeySet
    from ...keys.report import report

    body = _downloaded(arguments).body if "://" in arguments.place else _read(arguments.place)
    try:
        lines = report(body)
    except BadKeySet as fault:
        raise KeysUnavailable("jwks_invalid", detail=f"{arguments.place}: {fault}") from None
    if arguments.json:
        print(json.dumps({"keys": [line._asdict() for line in lines]}, indent=2))
    else:
        _print_table(lines)
    return _OK if any(line.verdict == "usable" for line in lines) else _NOTHING_USABLE


def _downloaded(arguments: argparse.Namespace) -> Download:
    from ...keys.download import download
    from ...keys.fetch import fetcher

    relax = frozenset(arguments.relax)
    try:
        return download(arguments.place, fetcher(relax=relax), issuer=arguments.issuer, relax=relax)
    except ConfigError as fault:
        arguments.usage_error(str(fault))
        raise


def _no_bundle(fault: Any, url: str) -> int:
    """A set without a usable key is an answer; a page of HTML is none."""
    if fault.skipped is None:
        raise KeysUnavailable("jwks_invalid", detail=f"what came from {url}: {fault}") from None
    _say_left_out(fault.skipped)
    _say(f"no usable key from {url}; nothing is written")
    return _NOTHING_USABLE


def _say_left_out(skipped: Any) -> None:
    from ...observe.record import printable

    for each in skipped:
        _say(printable(f"left out {each.kid or 'a key without a name'}: {each.reason}: {each.detail}"))


def _say(text: str) -> None:
    print(f"authkit: {text}", file=sys.stderr)


def _write(file: str, text: str) -> None:
    if file == "-":
        print(text, end="")
        return
    draft = Path(f"{file}.part")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, file)  # noqa: PTH105 - nobody reads half a file


def _read(file: str) -> bytes:
    return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()


def _print_table(lines: list[Line]) -> None:
    rows = [("KID", "KTY", "ALG", "BITS", "VERDICT")]
    rows += [(line.kid, line.kty, line.alg, str(line.bits or ""), line.verdict) for line in lines]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    details = ["", *(line.detail for line in lines)]
    for row, detail in zip(rows, details, strict=True):
        cells = "  ".join((cell or "-").ljust(width) for cell, width in zip(row, widths, strict=True))
        print(f"{cells}  {detail}".rstrip())
