"""Budget: what a policy may weigh, and which route breaks it.

API Gateway takes 512 characters of a resource. It documents 8 KB for an answer on a WebSocket API; elsewhere the size
is open, and what a function may answer at all is 6 MB (contract sections 8.2 and 16). The largest policies of a table
are looked for when it is built, so that no caller is the first to find out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import accumulate, islice

from ..errors import BadAnswer, ConfigError
from .compile import Compiler, Grant, Shares
from .document import LONGEST_RESOURCE
from .route import CONNECT, Route

MOST = 6_000_000  # bytes; the rest of Lambda's 6 MB is for the context
MOST_ON_WEBSOCKETS = 8 * 1024
_LEAST = 1024

_AROUND = 300  # bytes of a document without its resources
_BETWEEN = len('"", ')
_HEAD = "arn:aws-us-gov:execute-api:us-gov-west-1:111122223333:a1b2c3d4e5/production/"  # as long as they come
_MOST_HOLDERS = 64  # that are looked at where a table could break its budget


def chosen(budget: int | None, table: Iterable[Route], faults: list[str]) -> int:
    """Return the bytes that a policy of this table may take."""
    if budget is None:
        return MOST_ON_WEBSOCKETS if any(route.method == CONNECT for route in table) else MOST
    if type(budget) is not int or not _LEAST <= budget <= MOST:
        faults.append(f"budget is a number of bytes from {_LEAST:,} to {MOST:,}, not {budget!r}")
        return MOST
    return budget


def demand_possible(compiler: Compiler, table: tuple[Route, ...], budget: int, *, rest: bool) -> None:
    """Refuse a table of which somebody can hold grants whose policy is over the budget.

    With ``rest`` what is allowed stands twice.

    Raises:
        ConfigError: names the route that breaks it.
    """
    longest = (_AROUND + sum(length + len(_HEAD) + _BETWEEN for length in compiler.lengths())) * (1 + rest)
    if longest <= budget:
        return  # everything together keeps to it, so everybody does
    for held in _holders(table):
        grants = frozenset(compiler.symbolic(route) for route in table if route.demands <= held)
        shares = compiler.shares(grants)
        total = _weight(_paths(shares, rest=rest), len(_HEAD))
        if shares.allow and total > budget:
            broken = _breaking(shares, table, len(_HEAD), budget, rest=rest)
            raise ConfigError.of("Routes", [_told(grants, shares, table, total, budget, broken)])


def demand(shares: Shares, table: Iterable[Route], stage_prefix: str, budget: int, *, rest: bool) -> None:
    """Refuse to answer with a policy that the gateway would not take.

    Raises:
        BadAnswer: names the route, and what it would take.
    """
    for path, route in (*shares.allow.items(), *shares.deny.items()):
        if len(stage_prefix) + len(path) > LONGEST_RESOURCE:
            does = "allows" if shares.allow.get(path) is route else "closes"
            raise BadAnswer(
                f"the resource that {does} {route} is over {LONGEST_RESOURCE} characters, which API Gateway refuses"
            )
    total = _weight(_paths(shares, rest=rest), len(stage_prefix))
    if total > budget:
        broken = _breaking(shares, table, len(stage_prefix), budget, rest=rest)
        raise BadAnswer(
            f"the policy takes {total:,} bytes, and the budget is {budget:,}: {broken} is the route that breaks it"
        )


def _holders(table: tuple[Route, ...]) -> Iterator[frozenset[object]]:
    """Yield what somebody can hold together: everything first, then what each route demands, the most first."""
    demanded = {route.demands for route in table if not any(getattr(each, "never", False) for each in route.demands)}
    opened = {held: sum(route.demands <= held for route in table) for held in demanded}
    yield frozenset().union(*demanded)
    yield from sorted(demanded, key=lambda held: (-opened[held], sorted(map(str, held))))[:_MOST_HOLDERS]


def _weight(paths: Iterable[str], head: int) -> int:
    """Return the bytes of a document with these resources."""
    return _AROUND + sum(head + len(json.dumps(path)) - 2 + _BETWEEN for path in paths)


def _paths(shares: Shares, *, rest: bool) -> Iterator[str]:
    yield from shares.allow
    yield from shares.deny
    if rest:
        yield from shares.allow


def _breaking(shares: Shares, table: Iterable[Route], head: int, budget: int, *, rest: bool) -> Route:
    """Return the route at which the policy is over the budget, counted in the table's order."""
    of_route: dict[Route, list[str]] = {}
    for side in (shares.allow, shares.deny, shares.allow if rest else {}):
        for path, route in side.items():
            of_route.setdefault(route, []).append(path)
    listed = list(table)
    weights = accumulate((_weight(of_route.get(route, ()), head) - _AROUND for route in listed), initial=_AROUND)
    return next(route for route, total in zip(listed, islice(weights, 1, None), strict=True) if total > budget)


def _told(
    grants: frozenset[Grant], shares: Shares, table: tuple[Route, ...], total: int, budget: int, broken: Route
) -> str:
    return (
        f"the policy of who holds {len(grants)} of the {len(table)} routes takes {total:,} bytes in"
        f" {len(shares.allow)} resources allowed and {len(shares.deny)} denied, and the budget is {budget:,}:"
        f" {broken} is the route that breaks it; merge routes under one with a greedy parameter, or split the API"
    )
