"""429: throttles and quotas of usage plans, and throttles of a stage's routes (contract sections 6, 9 and 14)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit.errors import ConfigError
from authkit.local.backend import mirror
from authkit.local.gateway import Call, Gateway
from authkit.local.http import HttpReply
from authkit.local.plans import Quota, Throttle, UsagePlan
from authkit.local.responses import GatewayResponse
from tests.local.gateways import Function, body, gateway, header, over_the_wire, saying, sent, stage, statement

KEY, OTHER = "first-key-of-the-plan-000000000000", "other-key-of-the-plan-000000000000"
DAY = 86400
MONDAY = 1786924800.0  # 17 August 2026, 00:00 UTC


class Clock:
    """Wall clock and timer at once."""

    def __init__(self, now: float = MONDAY) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def metered(
    plan: UsagePlan, clock: Clock, *, source: str = "HEADER", kind: str = "rest-request", **more: Any
) -> Gateway:
    """Return a gateway with one usage plan; its authorizer names the key that the credential is."""

    def function(event: dict[str, Any], context: object) -> Any:
        key = event.get("authorizationToken") or event["headers"]["Authorization"]
        return saying(statement(f"{stage(kind)}*"), usageIdentifierKey=key)

    settings = {"plans": (plan,), "key_source": source, **more}
    return gateway(function, kind, timer=clock, clock=clock, **settings)


def called(asking: Gateway, key: str | None, path: str = "/orders/1", *, source: str = "HEADER") -> HttpReply:
    """Call with a key, wherever it is taken from."""
    if source == "AUTHORIZER":
        return asking.respond(sent(path, ("Authorization", key or "t")))
    return asking.respond(sent(path, ("Authorization", "t"), *((("X-Api-Key", key),) if key is not None else ())))


def statuses(asking: Gateway, times: int, key: str = KEY, path: str = "/orders/1", source: str = "HEADER") -> list[int]:
    return [called(asking, key, path, source=source).status for _ in range(times)]


SOURCES = pytest.mark.parametrize("source", ["HEADER", "AUTHORIZER"])
EACH = pytest.mark.parametrize("kind", ["rest-request", "rest-token"])


@SOURCES
@EACH
def test_a_key_may_call_so_often_at_once_and_then_at_its_rate(source: str, kind: str) -> None:
    """Each key for itself; the 429 is THROTTLED's."""
    clock = Clock()
    asking = metered(UsagePlan((KEY, OTHER), Throttle(2, 3)), clock, source=source, kind=kind)

    first = statuses(asking, 4, source=source)
    others = statuses(asking, 3, OTHER, source=source)
    clock.now += 1
    later = statuses(asking, 3, source=source)
    refused = called(asking, KEY, source=source)

    assert (first, others, later) == ([200, 200, 200, 429], [200] * 3, [200, 200, 429])
    assert body(refused) == {"message": "Too Many Requests"}
    assert header(refused, "x-amzn-errortype") == "TooManyRequestsException"


@SOURCES
def test_a_key_may_call_so_often_in_a_period(source: str) -> None:
    """The 429 is QUOTA_EXCEEDED's; the next period begins anew."""
    clock = Clock(MONDAY + DAY - 1)
    asking = metered(UsagePlan((KEY, OTHER), quota=Quota(2, "DAY")), clock, source=source)

    first = statuses(asking, 3, source=source)
    other = called(asking, OTHER, source=source).status
    refused = called(asking, KEY, source=source)
    clock.now += 1
    next_day = statuses(asking, 3, source=source)

    assert (first, other, next_day) == ([200, 200, 429], 200, [200, 200, 429])
    assert body(refused) == {"message": "Limit Exceeded"}
    assert header(refused, "x-amzn-errortype") == "LimitExceededException"


@pytest.mark.parametrize(
    ("period", "within", "after"),
    [
        ("DAY", DAY - 1, DAY),
        ("WEEK", 7 * DAY - 1, 7 * DAY),
        ("MONTH", 15 * DAY - 1, 15 * DAY),  # August has 31 days
    ],
)
def test_periods_are_those_of_the_calendar(period: Any, within: float, after: float) -> None:
    """In UTC, from a Monday that is the 17th."""
    for elapsed, left in ((within, [429]), (after, [200])):
        clock = Clock()
        asking = metered(UsagePlan((KEY,), quota=Quota(1, period)), clock)
        statuses(asking, 1)
        clock.now += elapsed
        assert statuses(asking, 1) == left


def test_a_quotas_offset_is_of_the_first_period_alone() -> None:
    """As API Gateway has it."""
    clock = Clock()
    asking = metered(UsagePlan((KEY,), quota=Quota(3, "DAY", 2)), clock)

    first = statuses(asking, 2)
    clock.now += DAY

    assert (first, statuses(asking, 4)) == ([200, 429], [200, 200, 200, 429])


def test_a_throttled_call_uses_up_nothing_of_a_quota() -> None:
    """And one without a good key nothing at all."""
    clock = Clock()
    asking = metered(UsagePlan((KEY,), Throttle(1, 1), Quota(2, "DAY")), clock)

    first = [called(asking, "wrong").status, *statuses(asking, 3)]
    clock.now += 1
    then = statuses(asking, 1)
    clock.now += 1

    assert (first, then, statuses(asking, 1)) == ([403, 200, 429, 429], [200], [429])


def test_a_method_can_have_a_throttle_of_its_own() -> None:
    """Of the plan, for each key, beside the plan's own."""
    plan = UsagePlan((KEY, OTHER), Throttle(0, 3), methods={"GET /orders/{id}": Throttle(0, 1)})
    asking = metered(plan, Clock())

    orders, files = statuses(asking, 2), statuses(asking, 3, path="/files/a")

    assert (orders, files, statuses(asking, 1, OTHER)) == ([200, 429], [200, 200, 429], [200])


@pytest.mark.parametrize(("key", "said"), [(None, "is missing"), ("", "is missing"), ("wrong", "is of no plan")])
@SOURCES
def test_a_key_that_is_missing_or_wrong_is_a_403(key: str | None, said: str, source: str) -> None:
    """After the authorizer was asked, as API Gateway does it."""
    calls: list[Call] = []
    settings = {"plans": (UsagePlan((KEY,)),), "key_source": source}
    function = Function(saying(statement(f"{stage()}*"), usageIdentifierKey=key))

    reply = called(gateway(function, calls=calls, **settings), key)

    assert (reply.status, body(reply), len(function.events)) == (403, {"message": "Forbidden"}, 1)
    assert header(reply, "x-amzn-errortype") == "ForbiddenException"
    assert calls[0].steps[-1].said.endswith(said)


def test_the_other_source_has_no_effect() -> None:
    """Contract section 9."""
    function = Function(saying(statement(f"{stage()}*"), usageIdentifierKey=KEY))
    by_header = gateway(function, plans=(UsagePlan((KEY,)),), key_source="HEADER")
    by_answer = gateway(Function(saying(statement(f"{stage()}*"))), plans=(UsagePlan((KEY,)),))

    assert (called(by_header, None).status, called(by_answer, KEY).status) == (403, 403)


def test_a_key_from_the_header_is_seen_by_authorizer_and_backend() -> None:
    """In requestContext.identity, where a key is required."""
    function = Function(saying(statement(f"{stage()}*")))
    plans = (UsagePlan((KEY,)),)
    asking = gateway(
        function, plans=plans, key_source="HEADER", backend=mirror, needs_key=lambda route: route.path != "/", ttl=0
    )

    behind = body(called(asking, KEY))["requestContext"]["identity"]["apiKey"]
    free = body(called(asking, KEY, "/"))["requestContext"]["identity"]["apiKey"]

    told = [event["requestContext"]["identity"]["apiKey"] for event in function.events]
    assert (behind, free, told) == (KEY, None, [KEY, None])


def test_a_route_without_an_authorizer_can_require_a_key() -> None:
    """From the header; nobody is asked."""
    function = Function({})
    asking = gateway(function, plans=(UsagePlan((KEY,)),), key_source="HEADER", is_open=lambda _: True)

    assert ([called(asking, key).status for key in (None, KEY)], function.events) == ([403, 200], [])


@pytest.mark.parametrize("kind", ["rest-request", "http-v1", "http-v2", "websocket"])
def test_a_stage_throttles_each_route_before_anybody_is_asked(kind: str) -> None:
    """A route with a throttle of its own goes by that."""
    function, clock = Function(saying(statement(f"{stage(kind)}*"))), Clock()
    own = {} if kind == "websocket" else {"methods": {"GET /files/{path+}": Throttle(0, 2)}}
    asking = gateway(function, kind, throttle=Throttle(1, 1), timer=clock, ttl=0, **own)
    answer = (lambda request: over_the_wire(asking, request)) if kind == "websocket" else asking.respond

    replies = [answer(sent(kind=kind)) for _ in range(2)]
    files = [asking.respond(sent("/files/a")).status for _ in range(3)] if own else [200, 200, 429]
    clock.now += 1
    again = answer(sent(kind=kind)).status

    passed = 101 if kind == "websocket" else 200
    assert ([reply.status for reply in replies], again) == ([passed, 429], passed)
    assert (files, len(function.events)) == ([200, 200, 429], 4 if own else 2)
    assert body(replies[1])["message"] == "Too Many Requests"


def test_nothing_may_call_where_rate_and_burst_are_none() -> None:
    """A throttle of 0 closes a route."""
    asking = gateway(Function({}), methods={"POST /orders": Throttle(0, 0)})

    assert asking.respond(sent("/orders", method="POST")).status == 429


def test_a_gateway_response_changes_a_429() -> None:
    """By its type, or by that of all 4XX."""
    own = {
        "THROTTLED": GatewayResponse(503, {"Retry-After": "1"}),
        "QUOTA_EXCEEDED": GatewayResponse(template='{"why":$context.error.messageString}'),
    }
    throttled = metered(UsagePlan((KEY,), Throttle(0, 0)), Clock(), responses=own)
    exceeded = metered(UsagePlan((KEY,), quota=Quota(0, "DAY")), Clock(), responses=own)

    first, second = called(throttled, KEY), called(exceeded, KEY)

    assert (first.status, header(first, "retry-after")) == (503, "1")
    assert (second.status, body(second)) == (429, {"why": "Limit Exceeded"})


def test_half_of_a_character_is_no_key() -> None:
    """A function's JSON may hold one."""
    asking = gateway(
        Function(saying(statement(f"{stage()}*"), usageIdentifierKey="\ud800")), plans=(UsagePlan((KEY,)),)
    )

    assert called(asking, None).status == 403


@pytest.mark.parametrize(
    ("kind", "settings", "fault"),
    [
        ("rest-request", {"plans": (UsagePlan((KEY,)), UsagePlan((KEY,)))}, "a key is in two usage plans"),
        ("rest-request", {"plans": (UsagePlan(("",)),)}, "a key of a usage plan is empty"),
        ("rest-request", {"plans": (UsagePlan((), Throttle(-1, 1)),)}, "a throttle's rate and burst"),
        ("rest-request", {"plans": (UsagePlan((), Throttle(float("nan"), 1)),)}, "a throttle's rate and burst"),
        ("rest-request", {"plans": (UsagePlan((), quota=Quota(1, "YEAR")),)}, "DAY, WEEK, MONTH, not 'YEAR'"),  # type: ignore[arg-type]
        ("rest-request", {"plans": (UsagePlan((), quota=Quota(1, "DAY", 2)),)}, "offset no more than that"),
        ("rest-request", {"throttle": Throttle(1, -1)}, "a throttle's rate and burst"),
        ("rest-request", {"key_source": "QUERY"}, "HEADER or AUTHORIZER"),
        ("http-v2", {"plans": ()}, "only REST and WebSocket APIs have usage plans"),
        ("websocket", {"plans": ()}, "from the header alone"),
        ("appsync", {"throttle": Throttle(1, 1), "ttl": 0}, "no stages to throttle"),
    ],
)
def test_plans_that_could_not_be_are_refused(kind: str, settings: dict[str, Any], fault: str) -> None:
    """With the others of the settings."""
    with pytest.raises(ConfigError, match=fault):
        gateway(Function({}), kind, **settings)


def test_a_plan_does_not_show_its_keys() -> None:
    """They are secrets."""
    assert KEY not in repr(UsagePlan((KEY,)))


@given(
    burst=st.integers(0, 5),
    rate=st.integers(0, 5),
    waits=st.lists(st.floats(0, 3, allow_nan=False), max_size=30),
)
def test_never_more_calls_than_burst_and_rate_allow(burst: int, rate: int, waits: Sequence[float]) -> None:
    """In the time from any call to any later one."""
    clock, passed = Clock(0.0), []
    asking = metered(UsagePlan((KEY,), Throttle(rate, burst)), clock)

    for wait in waits:
        clock.now += wait
        if called(asking, KEY).status == 200:
            passed.append(clock.now)

    for first, begun in enumerate(passed):
        for last in range(first, len(passed)):
            assert last - first + 1 <= burst + rate * (passed[last] - begun) + 1e-6
