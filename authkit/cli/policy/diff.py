"""``authkit policy diff``: what changed between two tables or two policies, fit for a pull request."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ...errors import ConfigError
from .. import values
from . import arguments as given

if TYPE_CHECKING:
    from ...local.handler_diff import HandlerDiff
    from ...policy.diff import PolicyDiff, TableDiff
    from ...policy.routes import Routes
    from ...policy.statement import Kind
    from ...principal import Principal


def add_to(actions: Any) -> None:
    """Add the command to the parser."""
    parser = actions.add_parser(
        "diff",
        help="say what changed between two tables or two policies, as Markdown",
        description="Say which routes changed, and who gains and loses what by it. OLD and NEW are both tables (MODULE:NAME,\n"
        "path/to/file.py:NAME, an OpenAPI document or a SAM template) or both policies. Of two handlers it says as well what their\n"
        "guards, credentials and limits say otherwise.\n"
        "Exit codes: 0 nothing changed, 1 something did, 2 wrong usage, 3 cannot tell.",
        epilog="Examples:\n"
        "  git worktree add ../base main && authkit policy diff ../base/app.py:handler app.py:handler\n"
        "  authkit policy diff openapi.old.yaml openapi.yaml > comment.md\n"
        "  authkit policy diff old.json new.json --resource-policies --json",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("old", type=values.document, metavar="OLD")
    parser.add_argument("new", type=values.document, metavar="NEW")
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


def _found(arguments: argparse.Namespace) -> TableDiff | HandlerDiff | PolicyDiff:
    from ...policy.conditions import UnknownCondition
    from ...policy.diff import diff_policies
    from ...policy.evaluate import BadPolicy

    kind: Kind = "resource policy" if arguments.resource_policies else "authorizer"
    old, new = (_loaded(named, arguments.resource) for named in (arguments.old, arguments.new))
    if isinstance(old, _Named) and isinstance(new, _Named):
        return _tables(old, new, given.grants(arguments.grants) if arguments.grants else None)
    if isinstance(old, _Named) or isinstance(new, _Named):
        raise ConfigError(f"{arguments.old} and {arguments.new}: one is a table and the other a policy")
    try:
        return diff_policies(old, new, kind=kind)
    except (BadPolicy, UnknownCondition) as fault:
        raise ConfigError(f"cannot tell: {fault}") from None


class _Named(NamedTuple):
    """What a table was found in, and the table."""

    found: Any
    table: Routes


def _tables(old: _Named, new: _Named, principals: Mapping[str, Principal] | None) -> TableDiff | HandlerDiff:
    from ...authorizer import Authorizer
    from ...local.handler_diff import diff_settings
    from ...policy.diff import diff_tables

    tables = diff_tables(old.table, new.table, principals)
    if isinstance(old.found, Authorizer) and isinstance(new.found, Authorizer):
        return diff_settings(old.found, new.found, tables)
    return tables


def _loaded(named: str, resource: str | None) -> _Named | Mapping[str, Any]:
    """Return the table that is named, or the policy."""
    from ...local.tables import is_policy, table_in, table_of, undecorated
    from ...local.target import is_target, load

    if is_target(named):
        found = undecorated(load(named))
        return _Named(found, table_of(found, named))
    content = given.policy_in(given.read_object(named))
    return content if is_policy(content) else _Named(content, table_in(content, named, resource))
