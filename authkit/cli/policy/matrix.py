"""``authkit policy matrix``: who may call which route."""

from __future__ import annotations

import argparse
import json
from typing import Any

from . import arguments as given


def add_to(actions: Any) -> None:
    """Add the command to the parser."""
    parser = actions.add_parser(
        "matrix",
        help="show which scopes, claims and predicates open which routes",
        description="Show a table's routes by who may call them: everybody the table can tell apart, or the principals of a\n"
        "grants file, which maps names to scopes and claims. denied: not granted; residue: granted, but values equal\n"
        "to a literal of the table are refused; conflict: granted, and ordinary values are refused.\n"
        "Exit codes: 0 done, 1 some route has a conflict, 2 wrong usage, 3 cannot tell.",
        epilog="Examples:\n"
        "  authkit policy matrix app:handler\n"
        "  authkit policy matrix app:ROUTES --grants grants.yaml --json\n\n"
        'grants.yaml:\n  ada: {scopes: ["orders:read"], claims: {groups: [editors]}}\n  batch: {scopes: ["orders:write"]}',
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", type=given.target, metavar="MODULE:NAME", help="routes, or an Authorizer")
    parser.add_argument("--grants", metavar="FILE", help="principals by name, as JSON or YAML")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the matrix; the exit code is 1 if it has a conflict."""
    from ...local.tables import load_table
    from ...policy.matrix import matrix

    table = load_table(arguments.target)
    found = matrix(table, given.grants(arguments.grants) if arguments.grants else None)
    print(json.dumps(found.data(), indent=2) if arguments.json else found.text(), end="\n" if arguments.json else "")
    return 1 if any(cell.state == "conflict" for row in found.rows for cell in row.cells) else 0
