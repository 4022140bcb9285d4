"""Limits: conditions on everything a policy allows. The gateway judges them for each request, kept answer or not.

So they bind a kept Allow to what may change while it is kept: the time, and where the caller is (contract section 8.3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from .document import ACTION

if TYPE_CHECKING:
    from ..principal import Principal

_LAST = 253_402_300_799  # the last second of the year 9999

Condition = Mapping[str, Mapping[str, Any]]
"""Operator to condition key to value or values, as IAM writes it."""
Limit = Callable[["Principal"], Condition]


def until_token_ends(principal: Principal) -> Condition:
    """Let a kept Allow end with the token, also where the gateway keeps it for longer.

    >>> Authorizer(..., limits=[until_token_ends])
    """
    from datetime import datetime, timezone

    if principal.expires_at is None:
        return {}
    # Whole seconds, cut off: a little early is no hole. What ends later than a date can say ends there.
    end = datetime.fromtimestamp(int(min(principal.expires_at, _LAST)), timezone.utc)
    return {"DateLessThan": {"aws:CurrentTime": end.strftime("%Y-%m-%dT%H:%M:%SZ")}}


def from_networks(*networks: str) -> Limit:
    """Allow only from these networks. Behind CloudFront the address is the edge's, and not the viewer's.

    >>> Authorizer(..., limits=[from_networks("203.0.113.0/24", "2001:db8::/32")])

    Raises:
        ConfigError: names every text that is no network.
    """
    from ipaddress import ip_network

    faults = [fault for each in networks for fault in _network_faults(each)]
    if faults or not networks:
        raise ConfigError.of("from_networks", faults or ["name one network at least"])
    condition = {"IpAddress": {"aws:SourceIp": [str(ip_network(each)) for each in networks]}}

    def limit(principal: Principal) -> Condition:  # noqa: ARG001 - the same for all
        return condition

    return limit


def together(conditions: Iterable[Condition]) -> dict[str, dict[str, Any]]:
    """Return all conditions as one, of which every part must hold.

    Raises:
        ValueError: two of them speak of the same key with the same operator: IAM would take either for both.
    """
    joined: dict[str, dict[str, Any]] = {}
    for condition in conditions:
        for operator, block in condition.items():
            known = joined.setdefault(operator, {})
            said = {key.lower() for key in known}  # IAM's keys have no case
            twice = [key for key in block if key.lower() in said]
            if twice:
                raise ValueError(f"two limits say {operator} of {', '.join(sorted(twice))}")
            # Copies: an answer is its receiver's to change, and the limit is everybody's.
            known.update({key: list(value) if isinstance(value, list) else value for key, value in block.items()})
    return joined


def bind(policy: dict[str, Any], condition: Condition) -> None:
    """Put a condition on what a policy of `Routes` allows; what is denied is denied without any.

    Where the policy denies the rest by name, it must deny by name what does not fulfil the condition, too.

    Raises:
        BadPolicy: it must, and the condition has no opposite.
    """
    if not condition or policy["Statement"][0]["Effect"] != "Allow":
        return
    policy["Statement"][0]["Condition"] = condition
    if "NotResource" in policy["Statement"][-1]:
        from .together import opposites  # the evaluator, which few authorizers need

        unmet = [
            {"Effect": "Deny", "Action": ACTION, "Resource": ["*"], "Condition": each} for each in opposites(condition)
        ]
        policy["Statement"] += unmet


def _network_faults(given: object) -> list[str]:
    from ipaddress import ip_network

    try:
        network = ip_network(given)  # type: ignore[arg-type]
    except ValueError:
        return [f"{given!r} is no network; write it as 203.0.113.0/24, without bits behind the prefix"]
    if not isinstance(given, str):
        return [f"{given!r} is no text"]
    return [f"{given!r} is everybody"] if network.prefixlen == 0 else []
