"""``authkit doctor``: what is wrong with a project folder."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .policy import arguments as given

if TYPE_CHECKING:
    from ..local.lint.finding import Finding


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "doctor",
        help="examine a project folder before it is deployed",
        description="Look at a folder with a handler (what the template names, else app.py:handler), template.yaml, .tf files or\n"
        "an OpenAPI document: settings against handler, routes of API and table, sizes of package and answers, runtime,\n"
        "environment variables, secrets in files; and notes on logs, traces, limits and firewall that are missing.\n"
        "The handler is loaded, with the environment that the template sets.\n"
        "Exit codes: 0 well (notes do not count), 1 errors or warnings, 2 wrong usage, 3 cannot tell.",
        epilog="Examples:\n  authkit doctor\n  authkit doctor mine --handler mine/src/auth.py:handler\n  authkit doctor mine --json",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", nargs="?", default=".", metavar="DIR", help="the project's (default: this one)")
    parser.add_argument(
        "--handler", type=given.target, metavar="FILE.py:NAME", help="the Authorizer, if it is elsewhere"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run, usage_error=parser.error)


def run(arguments: argparse.Namespace) -> int:
    """Print the findings, a line each; the exit code is 1 if one of them is an error or a warning."""
    from ..local.doctor.examine import examine
    from ..local.lint.finding import ORDER

    folder = Path(arguments.folder)
    if not folder.is_dir():
        arguments.usage_error(f"{folder} is not a folder")
    found = examine(folder, arguments.handler)
    counts = {severity: sum(each.severity == severity for each in found) for severity in ORDER}
    if arguments.json:
        print(json.dumps({"findings": [each._asdict() for each in found], **counts}, indent=2))
    else:
        for each in found:
            print(_line(each))
    print(", ".join(f"{count} {name}s" for name, count in counts.items()), file=sys.stderr)
    return 1 if counts["error"] or counts["warning"] else 0


def _line(each: Finding) -> str:
    problem = " ".join(each.problem.split())
    return f"{each.severity}: {each.place}: {problem}. {each.advice} [{each.code}]"
