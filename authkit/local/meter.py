"""Meter: counts the calls of a stage, and of the keys of its usage plans, and refuses what is too many.

The gateway counts what it has let through so far: a call that is throttled uses up nothing of a quota.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from hmac import compare_digest
from threading import Lock
from typing import NamedTuple

from ..policy.route import Route
from .call import Visit
from .message import HttpRequest
from .plans import Period, Quota, Throttle, UsagePlan
from .responses import Refusal
from .settings import Settings

_DAY = 86400
_MONDAY = 4 * _DAY  # the first one after the epoch


class _Bucket(NamedTuple):
    """How many calls are left at a moment."""

    tokens: float
    at: float


class _Count(NamedTuple):
    """How many calls there have been in a period."""

    period: int
    used: int


class Meter:
    """Counts calls. Each route of the stage has a throttle of its own, each key all that its plan says.

    Args:
        settings: the API's.
        clock, timer: the wall clock for periods, and the one that throttles go by.
    """

    def __init__(self, settings: Settings, *, clock: Callable[[], float], timer: Callable[[], float]) -> None:
        self._settings = settings
        self._clock, self._timer = clock, timer
        self._buckets: dict[Hashable, _Bucket] = {}
        self._counts: dict[Hashable, _Count] = {}
        self._lock = Lock()

    def stage(self, visit: Visit, route: Route) -> None:
        """Count a call of a route, before anybody is asked (inferred).

        Raises:
            Refusal: the stage has too many of them.
        """
        throttle = self._settings.methods.get(str(route), self._settings.throttle)
        if throttle is not None and not self._takes(("stage", str(route)), throttle):
            visit.badly("throttle", f"more than {_words(throttle)} for {route}")
            raise Refusal("THROTTLED")

    def key(self, visit: Visit, route: Route, request: HttpRequest, answered: str | None) -> str:
        """Return the key of a call, and count the call.

        Args:
            visit: the call.
            route: where it goes.
            request: has the key, if the API's source is the header.
            answered: the answer's key, if the API's source is the authorizer.

        Raises:
            Refusal: there is no such key, or it has called too often.
        """
        by_header = self._settings.key_source == "HEADER"
        given = (request.header("x-api-key") if by_header else answered) or ""
        plan = self._plan_of(given)
        named = "x-api-key" if by_header else "the answer's usageIdentifierKey"
        if plan is None:
            wrong = "is of no plan" if given else "is missing"
            visit.badly("usage plan", f"the method requires a key, and {named} {wrong}")
            raise Refusal("INVALID_API_KEY")
        self._demand_rate(visit, plan, given, route)
        self._demand_quota(visit, plan, given)
        visit.well("usage plan", f"{named} is of the plan")
        return given

    def _plan_of(self, given: str) -> UsagePlan | None:
        """Return the plan of a key. All keys are compared, whichever it is."""
        found = None
        for plan in self._settings.plans or ():
            fitting = [compare_digest(_bytes(given), _bytes(key)) for key in plan.keys]
            found = plan if given and any(fitting) else found
        return found

    def _demand_rate(self, visit: Visit, plan: UsagePlan, key: str, route: Route) -> None:
        """Demand that the key may call now, the method's own throttle first: it is the narrower one."""
        slots = (((key, str(route)), plan.methods.get(str(route))), ((key, ""), plan.throttle))
        for slot, throttle in slots:
            if throttle is not None and not self._takes(slot, throttle):
                visit.badly("usage plan", f"the key has called more than {_words(throttle)}")
                raise Refusal("THROTTLED")

    def _demand_quota(self, visit: Visit, plan: UsagePlan, key: str) -> None:
        quota = plan.quota
        if quota is not None and not self._counts_on(key, quota):
            visit.badly("usage plan", f"the key has called {quota.limit} times this {quota.period.lower()}")
            raise Refusal("QUOTA_EXCEEDED")

    def _takes(self, slot: Hashable, throttle: Throttle) -> bool:
        """Take one call out of a bucket; tell whether there was one left."""
        with self._lock:
            now = self._timer()
            before = self._buckets.get(slot, _Bucket(throttle.burst, now))
            tokens = min(float(throttle.burst), before.tokens + max(0.0, now - before.at) * throttle.rate)
            self._buckets[slot] = _Bucket(tokens - 1 if tokens >= 1 else tokens, now)
            return tokens >= 1

    def _counts_on(self, key: str, quota: Quota) -> bool:
        """Count one more call; tell whether there may be one."""
        with self._lock:
            period = _number(quota.period, self._clock())
            count = self._counts.get(key, _Count(period, quota.offset))  # the offset is of the first period alone
            used = count.used if count.period == period else 0
            self._counts[key] = _Count(period, min(used + 1, quota.limit))
            return used < quota.limit


def _bytes(key: str) -> bytes:
    return key.encode(errors="surrogatepass")  # a function's JSON may have half of a character


def _number(period: Period, now: float) -> int:
    """Return which period it is, in UTC. On which day a week begins is not documented: Monday is taken."""
    if period == "MONTH":
        moment = time.gmtime(now)
        return moment.tm_year * 12 + moment.tm_mon
    return int(now // _DAY) if period == "DAY" else int((now - _MONDAY) // (7 * _DAY))


def _words(throttle: Throttle) -> str:
    return f"{throttle.burst} times at once and {throttle.rate:g} times a second"
