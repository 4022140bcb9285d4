"""Resource policy: who may reach a REST API at all, by network, VPC, endpoint or account (contract section 12).

>>> resource_policy(networks=["203.0.113.0/24"])
{'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', ...}, {'Effect': 'Deny', ...}]}

Beside a Lambda authorizer mind the trap: the Allow for everybody, which such a policy begins with, also permits what
the authorizer does not deny by name. ``allow=()`` leaves it out; then the policy only ever takes away, and what neither
side allows is refused. Methods that have no authorizer need an Allow of their own, as ``allow=["/prod/OPTIONS/*"]`` for
preflight requests.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import ConfigError
from .conditions import VARIABLE
from .document import ACTION, VERSION
from .operators import network
from .principals import is_principal
from .together import Joint, Side, Stage, deny_the_rest, evaluate_resource_policy, evaluate_with

__all__ = [
    "Joint",
    "Side",
    "Stage",
    "WideOpen",
    "concerns",
    "deny_the_rest",
    "evaluate_resource_policy",
    "evaluate_with",
    "resource_policy",
]

LONGEST = 8192  # characters of a resource policy (API Gateway quotas)

_SHORTHAND = "execute-api:"
# A saved policy has full ARNs in place of the shorthand. The longest head of one, for the quota counts characters.
_HEAD = "arn:aws-us-gov:execute-api:ap-southeast-2:111122223333:a1b2c3d4e5"
_FULL = re.compile(r"arn:[^:]+:execute-api:[^:]*:[^:]*:[^:/]+/.+", re.DOTALL)
_IDS = {"vpcs": re.compile("vpc-[0-9a-z]+"), "endpoints": re.compile("vpce-[0-9a-z]+")}
_EVERYTHING = ("/*",)
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")


class WideOpen(UserWarning):
    """The policy lets everybody in. Meant, perhaps, and worth a second look."""


def resource_policy(
    *,
    networks: Iterable[str] = (),
    vpcs: Iterable[str] = (),
    endpoints: Iterable[str] = (),
    accounts: Iterable[str] = (),
    private: bool = False,
    allow: Iterable[str] = _EVERYTHING,
    restrict: Iterable[str] = _EVERYTHING,
) -> dict[str, Any]:
    """Return a resource policy: an Allow, and a Deny for whoever is not of the networks, VPCs and endpoints.

    Of several values of one kind any will do; of several kinds all are demanded.

    Args:
        networks: CIDR blocks or addresses, of IPv4 and IPv6.
        vpcs: ids of VPCs, for a private API.
        endpoints: ids of VPC endpoints, for a private API.
        accounts: accounts by number, or ARNs of users, roles and sessions. Only they are allowed, by IAM authorization.
        private: whether the API is private. There the endpoint rewrites addresses, and networks are compared with
            ``aws:VpcSourceIp``.
        allow: what the Allow is for: ``/stage/METHOD/path``, which the gateway expands as it saves the policy, or full
            ARNs. Empty: nothing is allowed, and only the authorizer can.
        restrict: what the Deny is for, in the same forms.

    Raises:
        ConfigError: names every fault, and what would make the policy too long.

    Warns:
        WideOpen: everybody is let in.
    """
    faults: list[str] = []
    kinds = {"networks": networks, "vpcs": vpcs, "endpoints": endpoints, "accounts": accounts}
    given = {name: _listed(name, values, faults) for name, values in kinds.items()}
    given["networks"] = _networks(given["networks"], faults)
    allowed = _resources("allow", _listed("allow", allow, faults), faults)
    restricted = _resources("restrict", _listed("restrict", restrict, faults), faults)
    faults += _faults(given, private=private, allowed=allowed, restricted=restricted)
    if faults:
        raise ConfigError.of("resource_policy", faults)
    document = _document(given, private=private, allowed=allowed, restricted=restricted)
    _demand_length(document, given)
    for concern in _open(document):
        warnings.warn(concern, WideOpen, stacklevel=2)
    return document


def concerns(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what to think twice about in a resource policy of this form, one sentence each."""
    found = list(_open(document))
    for statement in document["Statement"]:
        if statement["Effect"] == "Allow" and statement["Principal"] == "*":
            found.append(
                "beside a Lambda authorizer the Allow for everybody permits what the authorizer does not deny by name:"
                " leave it out with allow=(), or deny by name what is not allowed"
            )
        found += [
            f"{block} is private; a public API sees no such address"
            for block in statement.get("Condition", {}).get("NotIpAddress", {}).get("aws:SourceIp", ())
            if any(_inside(block, outer) for outer in _PRIVATE)
        ]
        found += [
            f"the wildcard in stage or method of {resource!r} also takes the paths behind it"
            for resource in statement["Resource"]
            if statement["Effect"] == "Allow" and _early_wildcard(resource)
        ]
    return tuple(found)


def _document(
    given: Mapping[str, list[str]], *, private: bool, allowed: list[str], restricted: list[str]
) -> dict[str, Any]:
    whom: Any = {"AWS": given["accounts"]} if given["accounts"] else "*"
    statements = [_statement("Allow", whom, allowed)] if allowed else []
    demands = (
        ("NotIpAddress", "aws:VpcSourceIp" if private else "aws:SourceIp", given["networks"]),
        ("StringNotEquals", "aws:SourceVpc", given["vpcs"]),
        ("StringNotEquals", "aws:SourceVpce", given["endpoints"]),
    )
    for operator, key, values in demands:
        if values:
            statements.append({**_statement("Deny", "*", restricted), "Condition": {operator: {key: values}}})
    return {"Version": VERSION, "Statement": statements}


def _statement(effect: str, whom: object, resources: list[str]) -> dict[str, Any]:
    return {"Effect": effect, "Principal": whom, "Action": ACTION, "Resource": list(resources)}


def _listed(name: str, values: object, faults: list[str]) -> list[str]:
    """Return the values, sorted and each once."""
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        faults.append(f"{name} is a list, not one value: write [{values!r}]")
        return []
    listed = list(values)
    if not all(isinstance(value, str) for value in listed):
        faults.append(f"{name} must be texts")
        return []
    return sorted(set(listed))


def _networks(values: list[str], faults: list[str]) -> list[str]:
    """Return networks in their canonical form, an address as the network that has it alone."""
    blocks = set()
    for value in values:
        try:
            blocks.add(str(network(value)))
        except ValueError as fault:
            faults.append(f"{value!r} is no network: {fault}")
    return sorted(blocks)


def _resources(name: str, values: list[str], faults: list[str]) -> list[str]:
    resources = []
    for value in values:
        shorthand = value.removeprefix(_SHORTHAND)
        if VARIABLE in value or not (shorthand.startswith("/") or _FULL.fullmatch(value)):
            faults.append(f"{name} has {value!r}, which is neither /stage/METHOD/path nor the ARN of an API's methods")
        resources.append(_SHORTHAND + shorthand if shorthand.startswith("/") else value)
    return sorted(set(resources))


def _faults(given: Mapping[str, list[str]], *, private: bool, allowed: list[str], restricted: list[str]) -> list[str]:
    faults = [
        f"{value!r} is no id of {'a VPC' if name == 'vpcs' else 'a VPC endpoint'}"
        for name, form in _IDS.items()
        for value in given[name]
        if not form.fullmatch(value)
    ]
    faults += [
        f"{value!r} is neither an account's number nor the ARN of a user, role or session"
        for value in given["accounts"]
        if not is_principal(value)
    ]
    if given["networks"] and (given["vpcs"] or given["endpoints"]) and not private:
        faults.append("networks beside vpcs or endpoints are those of a private API: say private=True")
    if given["accounts"] and not allowed:
        faults.append("accounts are whom the Allow is for: with accounts, allow must not be empty")
    limited = given["networks"] or given["vpcs"] or given["endpoints"]
    if limited and not restricted:
        faults.append("restrict is empty, so networks, vpcs and endpoints would mean nothing")
    if not allowed and not limited:
        faults.append("a policy that neither allows nor denies anything: name networks, vpcs or endpoints")
    return faults


def _demand_length(document: Mapping[str, Any], given: Mapping[str, list[str]]) -> None:
    text = json.dumps(document, separators=(",", ":"))
    length = len(text.replace(f'"{_SHORTHAND}/', f'"{_HEAD}/'))
    if length > LONGEST:
        most = max(given, key=lambda name: len("".join(given[name])))
        raise ConfigError(
            f"resource_policy: {length} characters as the gateway saves it, and {LONGEST} is the limit; most of them"
            f" are the {len(given[most])} {most}"
        )


def _open(document: Mapping[str, Any]) -> Iterable[str]:
    """Yield why everybody is let in, if that is so."""
    from ipaddress import collapse_addresses

    restricted = False
    for statement in document["Statement"]:
        condition = statement.get("Condition", {})
        restricted = restricted or bool(condition) or statement["Principal"] != "*"
        for blocks in condition.get("NotIpAddress", {}).values():
            for version in (4, 6):
                known = [block for block in map(network, blocks) if block.version == version]
                if any(block.prefixlen == 0 for block in collapse_addresses(known)):  # type: ignore[type-var]
                    yield f"the networks have every IPv{version} address"
    if not restricted:
        yield "nothing is restricted: everybody is let in"


def _inside(block: str, outer: str) -> bool:
    inner, around = network(block), network(outer)
    return inner.version == around.version and inner.subnet_of(around)  # type: ignore[arg-type]


def _early_wildcard(resource: str) -> bool:
    places = resource.partition("/")[2].split("/", 2)
    return len(places) > 1 and any(sign in "".join(places[:2]) for sign in "*?")
