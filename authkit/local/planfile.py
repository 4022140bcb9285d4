"""Usage plans in files: as ``aws apigateway get-usage-plan`` prints one, or CloudFormation has it, with its keys.

>>> {"keys": ["…"], "throttle": {"rateLimit": 10, "burstLimit": 2}, "quota": {"limit": 500, "period": "DAY"}}
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from ..policy.files import load
from ..policy.pointers import NOTHING
from .lint.settings import number
from .plans import Quota, Throttle, UsagePlan

_SUBJECT = "usage plan"


def read_plans(file: str) -> tuple[UsagePlan, ...]:
    """Return the plan of a file in JSON or YAML, or those under its ``plans``.

    Raises:
        ConfigError: it is none, or has members that mean nothing; names them, and no key.
    """
    content = load(Path(file), _SUBJECT)
    listed = content.get("plans", [content])
    if not isinstance(listed, list) or not all(isinstance(each, Mapping) for each in listed):
        raise ConfigError.of(_SUBJECT, ["plans is a list of objects"])
    return tuple(_plan(each) for each in listed)


def _plan(given: Mapping[str, Any]) -> UsagePlan:
    told = {_lower(name): value for name, value in given.items()}
    keys = told.get("keys", [])
    faults = []
    if not isinstance(keys, list) or not all(isinstance(each, str) and each for each in keys):
        faults.append("keys is a list of texts")
    throttle, quota = throttle_of(told.get("throttle")), quota_of(told.get("quota"))
    faults += ["throttle has rateLimit and burstLimit, both numbers"] if told.get("throttle") and not throttle else []
    faults += ["quota has limit, a number, and period"] if told.get("quota") and not quota else []
    if faults:
        raise ConfigError.of(_SUBJECT, faults)
    return UsagePlan(tuple(keys), throttle, quota, _methods(told.get("apiStages")))


def _methods(stages: object) -> dict[str, Throttle]:
    """Return throttles of single methods, whose names there are ``/orders/{id}/GET``."""
    found = {}
    for stage in stages if isinstance(stages, list) else []:
        for name, each in _mapping(_member(stage, "throttle")).items():
            path, _, method = str(name).rpartition("/")
            throttle = throttle_of(each)
            if throttle is not None:
                found[f"{method} {path or '/'}"] = throttle
    return found


def throttle_of(given: object, rate: str = "rateLimit", burst: str = "burstLimit") -> Throttle | None:
    """Return a throttle; None where one of its numbers is missing, or only known once it is deployed."""
    told = number(_member(given, rate)), number(_member(given, burst))
    known = [each for each in told if isinstance(each, float)]
    return Throttle(known[0], int(known[1])) if len(known) == len(told) else None


def quota_of(given: object) -> Quota | None:
    """Return a quota; None where something of it is missing, or only known once it is deployed."""
    limit, offset = number(_member(given, "limit")), number(_member(given, "offset"))
    period = _member(given, "period")
    if not isinstance(limit, float) or period not in ("DAY", "WEEK", "MONTH"):
        return None
    return Quota(int(limit), period, int(offset) if isinstance(offset, float) else 0)


def _member(given: object, name: str) -> Any:
    """Return a member, whether its name begins with a capital or not."""
    return next((value for each, value in _mapping(given).items() if _lower(each) == _lower(name)), None)


def _lower(name: object) -> str:
    text = str(name)
    return text[:1].lower() + text[1:]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else NOTHING
