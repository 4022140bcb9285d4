"""How long does a whole authorizer take, from event to policy, for new tokens, repeated ones and garbage?

REST events of both types, RS256 and ES256; beside a handler written by hand around PyJWT's client, and Powertools' own.
The floor is the bare signature check of the same token.

    python -m benchmarks.handler_speed --quick
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import Any

from authkit import TokenCache
from benchmarks.garbage import SHAPELESS, garbage
from benchmarks.handlers import (
    KINDS,
    Handler,
    authkit_handler,
    effect_of,
    event,
    events,
    hand_written,
    powertools_handler,
)
from benchmarks.issued import Issued, floor, issue
from benchmarks.machine import machine
from benchmarks.margins import margins
from benchmarks.peers import authkit, has_powertools
from benchmarks.report import Budget, closing, micros, rows, size_of, sized_parser, table
from benchmarks.timing import Contender, Size, Times, here, race
from tests.faults.server import Server, answer, says

ALGORITHMS = ("RS256", "ES256")
NEW, MISS, HIT = "authkit", "authkit, cache, new token", "authkit, cache, same token"
OVER_FLOOR = {NEW: (1.75, 1.3), HIT: (0.2, 0.06), MISS: (2.0, 1.4)}  # design section 8
BESIDE = ("floor", "hand-written, PyJWKClient")
REFUSED_WITHIN = 10.0  # µs
REFUSED_CALLS = 20  # of a block: some tokens are large
REPEATED = 20  # tokens that come again and again
SHORT = 100  # entries of a cache that the pool overruns, so that it always misses
SLOW = 3  # calls of a peer that takes milliseconds a token


def calling(name: str, handler: Handler, made: Callable[[int, int], Iterator[Any]]) -> Contender:
    return here(name, lambda event: handler(event, None), made)


def allowed(issued: Issued, kind: str, url: str, size: Size) -> list[Times]:
    """Time what is allowed: the floor, authkit without and with its cache, and the others."""

    def new(start: int, count: int) -> Iterator[Any]:
        return events(kind, issued.texts(start, count))

    def again(start: int, count: int) -> Iterator[Any]:
        return events(kind, (next(issued.texts(at % REPEATED, 1)) for at in range(start, start + count)))

    contenders = [
        here("floor", floor(issued), issued.parts),
        calling(NEW, authkit_handler(issued), new),
        calling(MISS, authkit_handler(issued, cache=TokenCache(entries=SHORT)), new),
        calling(HIT, authkit_handler(issued, cache=TokenCache()), again),
    ]
    others = {"hand-written, PyJWKClient": hand_written(issued, url)}
    if has_powertools():
        others["Powertools auth_alpha"] = powertools_handler(issued)
    for name, handler in others.items():
        assert effect_of(handler, next(new(0, 1))) == "Allow", name
        contenders.append(calling(name, handler, new))
    return race(contenders, size, f"{issued.alg} {kind}")


def refused(issued: Issued, url: str, size: Size) -> dict[str, dict[str, float]]:
    """Return seconds to refuse each kind of garbage: the verifier alone, and whole handlers."""
    verify, ours = authkit(issued).verify, authkit_handler(issued)
    handlers = {"hand-written, PyJWKClient": hand_written(issued, url)}
    if has_powertools():
        handlers["Powertools auth_alpha"] = powertools_handler(issued)
    times: dict[str, dict[str, float]] = {}
    for kind, make in garbage(issued).items():
        contenders = [
            here("authkit verify", _refusing(verify), lambda _, count, make=make: (make() for _ in range(count))),
            *(
                here(
                    name,
                    _denying(handler),
                    lambda _, count, make=make: (event("REQUEST", make()) for _ in range(count)),
                )
                for name, handler in ({"authkit": ours} | ({} if "2 MB" in kind else handlers)).items()
            ),
        ]
        raced = race(contenders, size, kind)
        times[kind] = {each.name: each.median for each in raced}
        if "2 MB" in kind:
            times[kind] |= {name: _slowly(handler, make) for name, handler in handlers.items()}
    return times


def _refusing(verify: Callable[[str], object]) -> Callable[[str], None]:
    from authkit.errors import Unauthenticated

    def call(token: str) -> None:
        with contextlib.suppress(Unauthenticated):
            verify(token)
            raise AssertionError("it was accepted")

    return call


def _denying(handler: Handler) -> Callable[[Any], None]:
    def call(event: Any) -> None:
        effect = effect_of(handler, event)
        assert effect == "Deny", effect

    return call


def _slowly(handler: Handler, make: Callable[[], str]) -> float:
    """Time a few single calls of what may take milliseconds."""
    taken = []
    for _ in range(SLOW):
        made = event("REQUEST", make())
        began = time.perf_counter()
        effect_of(handler, made)
        taken.append(time.perf_counter() - began)
    return median(taken)


def budgets(alg: str, kind: str, times: list[Times]) -> list[Budget]:
    at = ALGORITHMS.index(alg)
    by_name = {each.name: each for each in times}
    return [
        Budget(f"{alg} {kind}, {name} / floor", limits[at], by_name[name].over(by_name["floor"]))
        for name, limits in OVER_FLOOR.items()
    ]


def refusal_table(times: dict[str, dict[str, float]]) -> str:
    names = list(next(iter(times.values())))
    lines = [f"{'refused, µs':20}" + "".join(f"{name:>28}" for name in names)]
    lines += [f"{kind:20}" + "".join(f"{micros(row[name]):>28}" for name in names) for kind, row in times.items()]
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    options = sized_parser("handler_speed", __doc__).parse_args(argv)
    size = size_of(options)
    report: dict[str, Any] = {}
    kept: list[Budget] = []
    for alg in ALGORITHMS:
        issued = issue(alg, size.pool)
        with Server(says(answer("200 OK", json.dumps(issued.jwks).encode()))) as server:
            for kind in KINDS:
                times = allowed(issued, kind, server.url, size)
                far = margins(times, {name: limits[ALGORITHMS.index(alg)] for name, limits in OVER_FLOOR.items()})
                report[f"{alg} {kind}"] = rows(times, BESIDE)
                report[f"{alg} {kind} margins"] = [each.as_json() for each in far]
                kept += budgets(alg, kind, times)
                if not options.json:
                    print("\n".join([table(f"{alg}, {kind} event", times, BESIDE), *map(str, far)]), end="\n\n")
    issued = issue("RS256", size.pool)
    with Server(says(answer("200 OK", json.dumps(issued.jwks).encode()))) as server:
        bad = refused(issued, server.url, size._replace(calls=min(size.calls, REFUSED_CALLS)))
    kept += [Budget(f"refused: {kind}, µs", REFUSED_WITHIN, bad[kind]["authkit verify"] * 1e6) for kind in SHAPELESS]
    report["refused_us"] = {
        kind: {name: round(each * 1e6, 2) for name, each in row.items()} for kind, row in bad.items()
    }
    about = machine("cryptography", "PyJWT", "aws-lambda-powertools")
    if options.json:
        print(json.dumps({**report, "budgets": [each.as_json() for each in kept], **about}, indent=2))
    else:
        print(refusal_table(bad), end="\n\n")
        print(closing(kept, about))
    return 0  # times depend on the machine: they are told, and gate nothing


if __name__ == "__main__":
    raise SystemExit(main())
