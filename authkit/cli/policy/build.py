"""``authkit policy build``: the document a principal would get."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from ...errors import ConfigError
from .. import values
from . import arguments as given

if TYPE_CHECKING:
    from ...principal import Principal


def add_to(actions: Any) -> None:
    """Add the command to the parser."""
    parser = actions.add_parser(
        "build",
        help="print the policy a principal would get",
        description="Print the policy document that a principal with these scopes and claims would get, with the limits of\n"
        "the handler if a handler is named. Claims are taken as they stand: nothing is verified.\n"
        "Exit codes: 0 something is allowed, 1 nothing is, 2 wrong usage, 3 cannot tell.",
        epilog="Examples:\n"
        f"  authkit policy build app:handler --scope orders:read --claim sub=ada --arn {_ARN}\n"
        f"  authkit token mint | authkit policy build app:handler --token - --arn {_ARN} --json",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", type=given.target, metavar="MODULE:NAME", help="routes, or an Authorizer")
    parser.add_argument("--arn", type=given.arn, required=True, help="of any method of the API and stage")
    parser.add_argument("--scope", action="append", default=[], help="one the principal holds; can be repeated")
    parser.add_argument(
        "--claim", action="append", default=[], type=given.pair, metavar="NAME=VALUE", help="one more; JSON or text"
    )
    parser.add_argument("--token", metavar="FILE", help="take claims and scopes from this token; - for standard input")
    parser.add_argument("--json", action="store_true", help="print one JSON object with the granted routes as well")
    parser.set_defaults(run=run, usage_error=parser.error)


_ARN = "arn:aws:execute-api:eu-west-1:111122223333:k3p9x7q2wd/prod/GET/orders"


def run(arguments: argparse.Namespace) -> int:
    """Print the document; the exit code is 1 if it allows nothing."""
    from ...authorizer import Authorizer
    from ...local.handlers import form_of, policy_of
    from ...local.tables import table_of
    from ...local.target import load

    found = load(arguments.target)
    table = table_of(found, arguments.target)
    principal = _principal(arguments)
    handler = isinstance(found, Authorizer)
    if not len(list(table)):
        raise ConfigError(f"{arguments.target} has fields and no routes: an AppSync API takes no policy")
    document = policy_of(found, principal, arguments.arn) if handler else table.policy(principal, arguments.arn)
    granted = sorted(str(grant.route) for grant in table.grants(principal))
    if handler and form_of(found) == "simple":
        print("note: this handler answers yes or no; the policy says the same for every route", file=sys.stderr)
    if table.one_request:
        print("note: this table answers for the one request of --arn, so the TTL must be 0", file=sys.stderr)
    print(f"{principal.id}: {len(granted)} of {len(list(table))} routes granted", file=sys.stderr)
    shown = (
        {"principalId": principal.id, "policyDocument": document, "granted": granted} if arguments.json else document
    )
    print(json.dumps(shown, indent=2))
    return 0 if document["Statement"][0]["Effect"] == "Allow" else 1


def _principal(arguments: argparse.Namespace) -> Principal:
    claims: dict[str, Any] = {}
    if arguments.token:
        from ...tokens.inspect import inspect

        claims = inspect(values.token_in(arguments.token, arguments.usage_error)).unverified_claims
        print("note: the token is not verified; its claims are taken as they stand", file=sys.stderr)
    return given.principal_of(
        arguments.scope, {**claims, **dict(given.claim_of(name, value) for name, value in arguments.claim)}
    )
