"""``authkit new``: begin a project with a blueprint."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "new",
        help="begin a project with a blueprint",
        description="Copy a blueprint into a new folder: handler, SAM template, Terraform, an event and a README.",
        epilog="Examples:\n  authkit new --list\n  authkit new jwt_token mine\n\n"
        "Exit codes: 0 done, 2 wrong usage, as a blueprint that there is not, 3 cannot tell, or not written.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("blueprint", nargs="?", metavar="BLUEPRINT", help="its name")
    parser.add_argument("folder", nargs="?", metavar="DIR", help="where to; it must not exist yet, or be empty")
    parser.add_argument("--list", action="store_true", help="print the names, and what each is for")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=lambda arguments: run(arguments, parser))


def run(arguments: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Copy one, or list all."""
    if arguments.list:
        return _list(as_json=arguments.json)
    if not (arguments.blueprint and arguments.folder):
        parser.error("name a blueprint and a folder, or say --list")
    from ..local import blueprints

    known = blueprints.names()
    if arguments.blueprint not in known:
        parser.error(f"there is no blueprint {arguments.blueprint!r}; there are {', '.join(known)}")
    return _copy(arguments.blueprint, Path(arguments.folder), as_json=arguments.json)


def _list(*, as_json: bool) -> int:
    from ..local import blueprints

    known = blueprints.names()
    if as_json:
        print(json.dumps(known))
        return 0
    width = max(map(len, known), default=0)
    for name, summary in known.items():
        print(f"{name:{width}}  {summary}")
    return 0


def _copy(name: str, into: Path, *, as_json: bool) -> int:
    from ..local import blueprints

    files = blueprints.copy(name, into)
    if as_json:
        print(json.dumps({"blueprint": name, "files": [str(file) for file in files]}))
        return 0
    for file in files:
        print(file)
    print(f"Next: read {into / 'README.md'}; it says what to change and how to call it here.", file=sys.stderr)
    return 0
