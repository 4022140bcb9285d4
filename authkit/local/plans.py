"""Usage plans: whose keys are taken, how often each may call, and how much in all (contract section 9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

Period = Literal["DAY", "WEEK", "MONTH"]
KeySource = Literal["HEADER", "AUTHORIZER"]
"""Where a REST API takes the key of a call from: the header ``x-api-key``, or the answer's ``usageIdentifierKey``."""


class Throttle(NamedTuple):
    """How often something may happen: ``burst`` at once, and ``rate`` a second after that."""

    rate: float
    burst: int


class Quota(NamedTuple):
    """How often something may happen in a period; in the first one ``offset`` times less."""

    limit: int
    period: Period
    offset: int = 0


NO_METHODS: Mapping[str, Throttle] = MappingProxyType({})


class UsagePlan(NamedTuple):
    """A usage plan, as it is for this API's stage.

    Args:
        keys: those that belong to it.
        throttle: of each of them.
        quota: of each of them.
        methods: further throttles of each of them, for single routes, by names as ``GET /orders/{id}``.
    """

    keys: tuple[str, ...]
    throttle: Throttle | None = None
    quota: Quota | None = None
    methods: Mapping[str, Throttle] = NO_METHODS

    def __repr__(self) -> str:
        # Keys are secrets.
        return f"UsagePlan({len(self.keys)} keys, throttle={self.throttle}, quota={self.quota})"


def plan_faults(plans: Iterable[UsagePlan]) -> list[str]:
    """Say what no usage plan could be."""
    listed = list(plans)
    keys = [key for plan in listed for key in set(plan.keys)]
    faults = ["a key of a usage plan is empty"] if "" in keys else []
    if len(set(keys)) < len(keys):
        faults.append("a key is in two usage plans: for one stage it can be in one only")
    for plan in listed:
        throttles = [plan.throttle, *plan.methods.values()]
        faults += [fault for each in throttles if each is not None for fault in throttle_faults(each)]
        faults += _quota_faults(plan.quota) if plan.quota is not None else []
    return faults


def throttle_faults(throttle: Throttle) -> list[str]:
    """Say what no throttle could be."""
    if isfinite(throttle.rate) and throttle.rate >= 0 and throttle.burst >= 0:
        return []
    return [f"a throttle's rate and burst are numbers from 0 on, not {throttle.rate:g} and {throttle.burst}"]


def _quota_faults(quota: Quota) -> list[str]:
    faults = []
    if quota.period not in get_args(Period):
        faults.append(f"a quota's period is {', '.join(get_args(Period))}, not {quota.period!r}")
    if quota.limit < 0 or not 0 <= quota.offset <= quota.limit:
        faults.append("a quota's limit is from 0 on, and its offset no more than that")
    return faults
