"""``authkit policy diff``: what changed between two tables or two policies, fit for a pull request."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...errors import ConfigError
from . import arguments as given

if TYPE_CHECKING:
    from ...policy.diff import PolicyDiff, TableDiff
    from ...policy.routes import Routes
    from ...policy.statement import Kind


def add_to(actions: Any) -> None:
    """Add the command to the parser."""
    parser = actions.add_parser(
        "diff",
        help="say what changed between two tables or two policies, as Markdown",
        description="Say which routes changed, and who gains and loses what by it. OLD and NEW are both tables (MODULE:NAME,\n"
        "path/to/file.py:NAME, an OpenAPI document or a SAM template) or both policies.\n"
        "Exit codes: 0 nothing changed, 1 something did, 2 wrong usage, 3 cannot tell.",
        epilog="Examples:\n"
        "  git worktree add ../base main && authkit policy diff ../base/app.py:handler app.py:handler\n"
        "  authkit policy diff openapi.old.yaml openapi.yaml > comment.md\n"
        "  authkit policy diff old.json new.json --resource-policies --json",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("old", metavar="OLD")
    parser.add_argument("new", metavar="NEW")
    parser.add_argument("--grants", metavar="FILE", help="of tables: these principals by name, as for matrix")
    parser.add_argument("--resource", metavar="NAME", help="of SAM templates: which of several APIs, by its logical id")
    parser.add_argument("--resource-policies", action="store_true", help="the policies are an API's own")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--text", action="store_true", help="print plain text instead of Markdown")
    form.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the difference; the exit code is 1 if there is one."""
    found = _found(arguments)
    if arguments.json:
        print(json.dumps(found.data(), indent=2))
    else:
        print(found.text() if arguments.text else found.markdown(), end="")
    return 1 if found else 0


def _found(arguments: argparse.Namespace) -> TableDiff | PolicyDiff:
    from ...policy.conditions import UnknownCondition
    from ...policy.diff import diff_policies, diff_tables
    from ...policy.evaluate import BadPolicy
    from ...policy.routes import Routes

    kind: Kind = "resource policy" if arguments.resource_policies else "authorizer"
    old, new = _loaded(arguments.old, arguments.resource), _loaded(arguments.new, arguments.resource)
    if isinstance(old, Routes) and isinstance(new, Routes):
        return diff_tables(old, new, given.grants(arguments.grants) if arguments.grants else None)
    if isinstance(old, Routes) or isinstance(new, Routes):
        raise ConfigError(f"{arguments.old} and {arguments.new}: one is a table and the other a policy")
    try:
        return diff_policies(old, new, kind=kind)
    except (BadPolicy, UnknownCondition) as fault:
        raise ConfigError(f"cannot tell: {fault}") from None


def _loaded(named: str, resource: str | None) -> Routes | Mapping[str, Any]:
    """Return the table that is named, or the policy."""
    from ...local.tables import is_policy, load_table, table_in
    from ...local.target import is_target

    if is_target(named):
        return load_table(named)
    content = given.policy_in(given.read_object(named))
    return content if is_policy(content) else table_in(content, named, resource)
