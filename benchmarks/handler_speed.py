"""How long does a whole authorizer take, from event to answer, for new tokens, repeated ones and garbage?

REST events of both types, RS256 and ES256; HTTP, WebSocket and AppSync events, ES256; beside a handler written by hand
around PyJWT's client, Powertools' own, and the least that Python can do with an event, which asks nothing but the
signature. The floor is the bare signature check of the same token. Last, how single calls of a REST event are spread,
and garbage.

    python -m benchmarks.handler_speed --quick --kinds REQUEST,AppSync --algorithms ES256
"""

from __future__ import annotations

import argparse
import contextlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import Any

from authkit import TokenCache
from benchmarks.events import KINDS, REST, event, events
from benchmarks.garbage import SHAPELESS, garbage
from benchmarks.handlers import HAND_WRITTEN, Handler, authkit_handler, effect_of, least, others
from benchmarks.issued import Issued, floor, issue
from benchmarks.latency import Called, Latency, latencies, latency_table
from benchmarks.machine import machine
from benchmarks.margins import Margin, margins
from benchmarks.peers import authkit
from benchmarks.report import Budget, closing, micros, rows, size_of, sized_parser, table
from benchmarks.timing import Size, Times, here, race
from tests.faults.server import Server, answer, says

ALGORITHMS = ("RS256", "ES256")
OF_ALL_KINDS = "ES256"
GARBAGE = "garbage"
NEW, MISS, HIT = "authkit", "authkit, cache, new token", "authkit, cache, same token"
LEAST, LEAST_HIT = "no check but the signature", "the same, same token"
OVER_FLOOR = {NEW: (1.75, 1.3), HIT: (0.2, 0.06), MISS: (2.0, 1.4)}  # design section 8
BESIDE = ("floor", HAND_WRITTEN)
REFUSED_WITHIN = 10.0  # µs
REFUSED_CALLS = 20  # of a block: some tokens are large
REPEATED = 20  # tokens that come again and again
SHORT = 100  # entries of a cache that the pool overruns, so that it always misses
SLOW = 3  # calls of a peer that takes milliseconds a token
SINGLE, QUICK_SINGLE = 5000, 500  # calls whose spread is told


def contenders(issued: Issued, kind: str, url: str) -> list[Called]:
    """Return all who take part, each seen to allow what it is asked first."""

    def new(start: int, count: int) -> Iterator[Any]:
        return events(kind, issued.texts(start, count))

    def again(start: int, count: int) -> Iterator[Any]:
        return events(kind, (next(issued.texts(at % REPEATED, 1)) for at in range(start, start + count)))

    handlers = {
        NEW: authkit_handler(issued, kind),
        MISS: authkit_handler(issued, kind, cache=TokenCache(entries=SHORT)),
        HIT: authkit_handler(issued, kind, cache=TokenCache()),
        LEAST: least(issued, kind),
        LEAST_HIT: least(issued, kind, repeated=True),
        **others(issued, kind, url),
    }
    for name, handler in handlers.items():
        effect = effect_of(handler, next(new(0, 1)))
        assert effect == "Allow", f"{name}, {kind}: {effect}"
    return [
        Called("floor", floor(issued), issued.parts),
        *(Called(name, _asking(each), again if name in (HIT, LEAST_HIT) else new) for name, each in handlers.items()),
    ]


def _asking(handler: Handler) -> Callable[[Any], object]:
    return lambda event: handler(event, None)


def allowed(issued: Issued, kind: str, url: str, size: Size) -> list[Times]:
    """Time what is allowed: the floor, authkit without and with its cache, and the others."""
    return race([here(*each) for each in contenders(issued, kind, url)], size, f"{issued.alg} {kind}")


def refused(issued: Issued, url: str, size: Size) -> dict[str, dict[str, float]]:
    """Return seconds to refuse each kind of garbage: the verifier alone, and whole handlers."""
    verify, ours = authkit(issued).verify, authkit_handler(issued, "REQUEST")
    handlers = others(issued, "REQUEST", url)
    times: dict[str, dict[str, float]] = {}
    for kind, make in garbage(issued).items():
        timed = [
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
        raced = race(timed, size, kind)
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


def limits(alg: str) -> dict[str, float]:
    """Return how many times as long as the floor each way of authkit's may take."""
    return {name: both[ALGORITHMS.index(alg)] for name, both in OVER_FLOOR.items()}


def budgets(title: str, far: Sequence[Margin]) -> list[Budget]:
    return [Budget(f"{title}, {each.what} / floor", each.allowed, each.seen) for each in far]


def refusal_table(times: dict[str, dict[str, float]]) -> str:
    names = list(next(iter(times.values())))
    lines = [f"{'refused, µs':20}" + "".join(f"{name:>28}" for name in names)]
    lines += [f"{kind:20}" + "".join(f"{micros(row[name]):>28}" for name in names) for kind, row in times.items()]
    return "\n".join(lines)


class Report:
    """What was found so far: figures for JSON, budgets, and lines, which are printed as they come."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._silent = options.json
        self._size = size_of(options)
        self._single = QUICK_SINGLE if options.quick else SINGLE
        self.figures: dict[str, Any] = {}
        self.kept: list[Budget] = []

    def take(self, alg: str, kinds: Sequence[str]) -> None:
        """Time some kinds with tokens of one algorithm; of the first how single calls are spread, too."""
        with _served(issue(alg, self._size.pool)) as (issued, url):
            for kind in kinds:
                self._time(issued, kind, url)
            if REST[0] in kinds:
                called = [each for each in contenders(issued, REST[0], url) if each.name != MISS]
                self._spread(f"{alg} {REST[0]}", latencies(called, self._single))

    def refuse(self) -> None:
        """Time garbage."""
        size = self._size._replace(calls=min(self._size.calls, REFUSED_CALLS))
        with _served(issue("RS256", size.pool)) as (issued, url):
            bad = refused(issued, url, size)
        seen = {kind: bad[kind]["authkit verify"] * 1e6 for kind in SHAPELESS}
        self.kept += [Budget(f"refused: {kind}, µs", REFUSED_WITHIN, each) for kind, each in seen.items()]
        self.figures["refused_us"] = {
            kind: {name: round(each * 1e6, 2) for name, each in row.items()} for kind, row in bad.items()
        }
        self._say(refusal_table(bad))

    def _time(self, issued: Issued, kind: str, url: str) -> None:
        title, times = f"{issued.alg} {kind}", allowed(issued, kind, url, self._size)
        far = margins(times, limits(issued.alg))
        self.figures[title] = rows(times, BESIDE)
        self.figures[f"{title} margins"] = [each.as_json() for each in far]
        self.kept += budgets(title, far)
        self._say("\n".join([table(f"{issued.alg}, {kind} event", times, BESIDE), *map(str, far)]))

    def _spread(self, title: str, found: Sequence[Latency]) -> None:
        self.figures.setdefault("latency", {})[title] = [each.as_json() for each in found]
        self._say(latency_table(title, found))

    def _say(self, text: str) -> None:
        if not self._silent:
            print(text, end="\n\n", flush=True)


@contextlib.contextmanager
def _served(issued: Issued) -> Iterator[tuple[Issued, str]]:
    """Serve the key set for as long as others need it."""
    with Server(says(answer("200 OK", json.dumps(issued.jwks).encode()))) as server:
        yield issued, server.url


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = sized_parser("handler_speed", __doc__)
    every = (*KINDS, GARBAGE)
    parser.add_argument("--kinds", default=",".join(every), help=f"some of {', '.join(every)}")
    parser.add_argument("--algorithms", default=",".join(ALGORITHMS), help="of REST events; the others have ES256")
    options = parser.parse_args(argv)
    options.kinds, options.algorithms = options.kinds.split(","), options.algorithms.split(",")
    strangers = {*options.kinds, *options.algorithms} - {*every, *ALGORITHMS}
    if strangers:
        parser.error(f"not among kinds and algorithms: {', '.join(sorted(strangers))}")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(argv)
    report = Report(options)
    for alg in options.algorithms:
        report.take(alg, [kind for kind in options.kinds if kind in REST])
    report.take(OF_ALL_KINDS, [kind for kind in options.kinds if kind in KINDS and kind not in REST])
    if GARBAGE in options.kinds:
        report.refuse()
    about = machine("cryptography", "PyJWT", "aws-lambda-powertools")
    if options.json:
        print(json.dumps({**report.figures, "budgets": [each.as_json() for each in report.kept], **about}, indent=2))
    else:
        print(closing(report.kept, about))
    return 0  # times depend on the machine: they are told, and gate nothing


if __name__ == "__main__":
    raise SystemExit(main())
