"""``authkit policy eval``: what a policy says of one request, and which statement decides."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ...errors import ConfigError
from . import arguments as given

if TYPE_CHECKING:
    from ...policy.together import Joint

_ARN = "arn:aws:execute-api:eu-west-1:111122223333:k3p9x7q2wd/prod/GET/orders/1"


def add_to(actions: Any) -> None:
    """Add the command to the parser."""
    parser = actions.add_parser(
        "eval",
        help="judge a request by a policy, and say which statement decides",
        description="Judge a request by an authorizer's policy, as API Gateway does, and say which statement and resource\n"
        "decide. With --resource-policy both count. A condition key that is not told is absent.\n"
        "Exit codes: 0 allowed, 1 refused, 2 wrong usage, 3 cannot tell.",
        epilog="Examples:\n"
        f"  authkit policy eval policy.json {_ARN}\n"
        f"  authkit policy eval policy.json {_ARN} --condition aws:SourceIp=203.0.113.24\n"
        f"  authkit policy eval answer.json {_ARN} --resource-policy api-policy.json --other-account --json",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("policy", metavar="POLICY.json", help="the document, or the answer it is in; - for stdin")
    parser.add_argument("arn", type=given.asked, metavar="ARN", help="of the method asked for")
    parser.add_argument(
        "--condition", action="append", default=[], type=given.pair, metavar="KEY=VALUE", help="what the request tells"
    )
    parser.add_argument("--resource-policy", metavar="FILE", help="the API's own policy (REST)")
    parser.add_argument(
        "--other-account", action="store_true", help="the caller is of another account than the API: both must allow"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the verdict; the exit code is 1 if it refuses."""
    from ...policy.conditions import UnknownCondition
    from ...policy.evaluate import BadPolicy
    from ...policy.together import evaluate_with

    answer = given.read_object(arguments.policy)
    own = given.policy_in(answer)
    around = given.read_object(arguments.resource_policy) if arguments.resource_policy else None
    try:
        joint = evaluate_with(
            own, around, arguments.arn, _told(arguments.condition), same_account=not arguments.other_account
        )
    except (BadPolicy, UnknownCondition) as fault:
        raise ConfigError(f"cannot tell: {fault}") from None
    called = joint.authorizer is not None
    if called:
        _demand_taken(answer if own is not answer else {"principalId": "somebody", "policyDocument": own})
    for key in _untold([own if called else None, around], arguments.condition):
        print(f"note: {key} was not told, so it is taken for absent; the request may have it", file=sys.stderr)
    decided = _decided(joint, own, around)
    print(json.dumps(decided, indent=2) if arguments.json else _words(decided))
    return 0 if joint.allowed else 1


def _demand_taken(answer: Mapping[str, Any]) -> None:
    """Refuse to judge by an answer that no kind of API takes: the request is a 500, whatever the policy says.

    Raises:
        ConfigError: says what is wrong with it.
    """
    from ...local.answers import NotUnderstood, understood

    try:
        understood(answer, "http-v2")  # the kind that takes most
    except NotUnderstood as fault:
        raise ConfigError(f"the gateway does not take it, and answers 500: {fault}") from None


def _untold(documents: Iterable[Mapping[str, Any] | None], told: Iterable[tuple[str, str]]) -> list[str]:
    """Return the condition keys that the policies ask for, and nobody has told."""
    known = {key.lower() for key, _ in told}
    asked = {
        key
        for document in documents
        if document is not None
        for statement in _listed(document)
        for keys in statement.get("Condition", {}).values()
        for key in keys
    }
    return sorted(key for key in asked if key.lower() not in known)


def _told(conditions: list[tuple[str, str]]) -> dict[str, Any]:
    """Return what the request tells; a key that is given several times has several values."""
    told: dict[str, list[str]] = {}
    for key, value in conditions:
        told.setdefault(key, []).append(value)
    return {key: values if len(values) > 1 else values[0] for key, values in told.items()}


def _decided(joint: Joint, own: Mapping[str, Any], around: Mapping[str, Any] | None) -> dict[str, Any]:
    decided: dict[str, Any] = {"verdict": joint.verdict, "allowed": joint.allowed}
    if around is not None:
        decided |= {"side": joint.side, "stage": joint.stage}
    if joint.statement is not None:
        document = around if around is not None and joint.side == "resource policy" else own
        decided |= {"statement": _number(document, joint.statement), "effect": joint.statement["Effect"]}
        decided |= {"sid": joint.statement["Sid"]} if joint.statement.get("Sid") else {}
        decided |= {"resource": joint.resource}
    return decided


def _number(document: Mapping[str, Any], statement: Mapping[str, Any]) -> int:
    """Return which statement of a document it is, counted from one."""
    return next(place for place, each in enumerate(_listed(document), start=1) if each is statement)


def _listed(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    statements = document["Statement"]
    return [statements] if isinstance(statements, Mapping) else statements


def _words(decided: Mapping[str, Any]) -> str:
    lines = [decided["verdict"]]
    if "side" in decided:
        lines.append(
            f"  decided by  {decided['side']}, {decided['stage']} is called".replace(
                "after the authorizer is called", "after the authorizer was called"
            )
        )
    if "statement" in decided:
        sid = f" {decided['sid']}" if "sid" in decided else ""
        lines += [
            f"  statement   {decided['statement']}{sid}: {decided['effect']}",
            f"  resource    {decided['resource']}",
        ]
    else:
        lines.append("  statement   none applies")
    return "\n".join(lines)
