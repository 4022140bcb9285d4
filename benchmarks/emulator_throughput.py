"""How many requests a second does the emulator answer on one core?

The gateway runs in a process of its own, held to one core where the system can do that; clients with open connections call
it from here. A kept answer is evaluated anew for each request; with the cache off the handler is called each time. Cases
take turns, each time with a gateway of their own, and medians of the turns are told.

    python -m benchmarks.emulator_throughput --requests 20000 --turns 5 --json
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import socket
import sys
import threading
import time
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from authkit.local.emulator import running_appsync, running_emulator
from authkit.local.events import Api
from authkit.local.function import in_process
from authkit.local.plans import Quota, Throttle, UsagePlan
from authkit.local.settings import Settings
from authkit.policy.route import Route
from authkit.policy.routes import Routes
from benchmarks.machine import machine
from benchmarks.report import Budget, rows, table
from benchmarks.timing import Times

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager
    from multiprocessing.connection import Connection

    from authkit.local.http import LoopbackServer

TARGET = 2000  # requests a second
ROUTES = Routes([Route("GET", "/orders/{id}"), Route("POST", "/orders"), Route("GET", "/files/{path+}")])
ALLOWED = {
    "Effect": "Allow",
    "Action": "execute-api:Invoke",
    "Resource": [f"arn:aws:execute-api:eu-west-1:111122223333:local00000/{each}" for each in ("dev/*", "$default/*")],
}


class Case(NamedTuple):
    """One way the gateway is set."""

    name: str
    kind: str
    ttl: float
    metered: bool = False


class Figures(NamedTuple):
    """What was seen of it."""

    requests: int
    seconds: float
    core_seconds: float  # of the gateway's process

    @property
    def rate(self) -> float:
        """Requests a second of wall time."""
        return self.requests / self.seconds

    @property
    def per_core(self) -> float:
        """Requests a second of the gateway's own processor time."""
        return self.requests / self.core_seconds


CASES = (
    Case("REQUEST, answer kept", "rest-request", 300),
    Case("REQUEST, handler called", "rest-request", 0),
    Case("TOKEN, answer kept", "rest-token", 300),
    Case("HTTP 2.0, answer kept", "http-v2", 300),
    Case("REQUEST, key metered", "rest-request", 300, metered=True),
    Case("AppSync, answer kept", "appsync", 300),
)
BESIDE = (CASES[0].name,)
KEY = "a-key-of-the-plan-0000000000000000"
PLAN = UsagePlan((KEY,), Throttle(1e9, 10**9), Quota(10**9, "DAY"))
QUERY = b'{"query":"query ($id: ID) { order(id: $id) { id total lines { price } } }","variables":{"id":"1042"}}'


def handler(*_: object) -> dict[str, Any]:
    document = {"Version": "2012-10-17", "Statement": [ALLOWED]}
    context = {"tenant": "acme", "quota": 250}
    policy = {"principalId": "user-42", "policyDocument": document, "context": context, "usageIdentifierKey": KEY}
    return {**policy, "isAuthorized": True, "resolverContext": context}  # each kind reads its own


def serve(case: Case, pipe: Connection) -> None:
    """Run the gateway until told to end; tell its port, and in the end its processor time."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    stage = "$default" if case.kind.startswith("http") else "dev"
    settings = Settings(
        ("header.authorization",),
        kind=case.kind,  # type: ignore[arg-type]
        ttl=case.ttl,
        api=Api(stage=stage),
        plans=(PLAN,) if case.metered else None,
    )
    with _running(settings) as server:
        pipe.send(server.port)
        pipe.recv()
        begun = time.process_time()
        pipe.send("ready")
        pipe.recv()
        pipe.send(time.process_time() - begun)


def _running(settings: Settings) -> AbstractContextManager[LoopbackServer]:
    if settings.kind == "appsync":
        return running_appsync(in_process(handler), settings, tell=lambda _: None, port=0)
    return running_emulator(in_process(handler), ROUTES, settings, tell=lambda _: None, port=0)


def asked(case: Case) -> bytes:
    """Return the request that a case is measured by."""
    headers = b"Host: 127.0.0.1\r\nUser-Agent: load\r\nAuthorization: Bearer t\r\n"
    if case.kind == "appsync":
        return b"POST /graphql HTTP/1.1\r\n%bContent-Length: %d\r\n\r\n%b" % (headers, len(QUERY), QUERY)
    return b"GET /orders/1042?expand=price HTTP/1.1\r\n%b\r\n" % headers


def call(port: int, request: bytes, count: int, faults: list[bytes]) -> None:
    """Make requests one after the other on one connection, reading each reply to its end."""
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rb") as stream:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(count):
            connection.sendall(request)
            status, length = stream.readline(), 0
            while (line := stream.readline()) not in (b"\r\n", b""):
                if line.startswith(b"content-length:"):
                    length = int(line[15:])
            stream.read(length)
            if b" 200 " not in status:
                faults.append(status)


def run(case: Case, requests: int, connections: int) -> Figures:
    """Measure one case.

    Raises:
        RuntimeError: a request was not answered by 200.
    """
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(case, there), daemon=True)
    process.start()
    try:
        port, faults = here.recv(), []
        request = asked(case)
        call(port, request, 100, faults)  # warm
        here.send("go")
        here.recv()
        each = requests // connections
        threads = [threading.Thread(target=call, args=(port, request, each, faults)) for _ in range(connections)]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - begun
        here.send("end")
        core_seconds = here.recv()
    finally:
        process.join(10)
        process.kill() if process.is_alive() else None
    if faults:
        raise RuntimeError(f"{len(faults)} requests were answered otherwise, as {faults[0]!r}")
    return Figures(each * connections, seconds, core_seconds)


def measured(requests: int, connections: int, turns: int) -> dict[str, list[Figures]]:
    """Let the cases take turns, and return what was seen of each."""
    found: dict[str, list[Figures]] = {case.name: [] for case in CASES}
    for turn in range(turns):
        for case in CASES:
            found[case.name].append(run(case, requests // turns, connections))
        print(f"turn {turn + 1} of {turns}", file=sys.stderr)
    return found


def on_one_core(found: Mapping[str, Sequence[Figures]]) -> list[Times]:
    """Return what a request of each case took of the gateway's processor, turn by turn."""
    return [Times(name, (tuple(1 / each.per_core for each in figures),)) for name, figures in found.items()]


def rates(found: Mapping[str, Sequence[Figures]]) -> dict[str, dict[str, int]]:
    """Return requests a second of each case, on the clock and of the gateway's processor."""
    return {
        name: {
            "requests_per_second": round(median(each.rate for each in figures)),
            "per_core_second": round(median(each.per_core for each in figures)),
        }
        for name, figures in found.items()
    }


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.emulator_throughput", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--requests", type=int, default=10_000, help="of each case (default: 10000)")
    parser.add_argument("--turns", type=int, default=5, help="to share them out to (default: 5)")
    parser.add_argument("--connections", type=int, default=2, help="at a time (default: 2)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args(argv)
    found = measured(options.requests, options.connections, options.turns)
    times = on_one_core(found)
    # More is better here, so the budget is told as time: 2,000 a second are 500 µs each.
    budgets = [Budget(f"µs a request on one core, {each.name}", 1e6 / TARGET, each.median * 1e6) for each in times]
    if options.json:
        told = {"cases": rates(found), "on_one_core": rows(times, BESIDE)}
        print(json.dumps({**told, "budgets": [each.as_json() for each in budgets], **machine()}, indent=2))
        return 0
    print(f"{'':28}{'requests/s':>12}{'per core-second':>18}")
    for name, each in rates(found).items():
        print(f"{name:28}{each['requests_per_second']:>12,}{each['per_core_second']:>18,}")
    print("", table("a request, on one core", times, BESIDE), sep="\n", end="\n\n")
    words = ", ".join(f"{name} {value}" for name, value in machine().items())
    target = f"Target: {TARGET:,} requests a second on one core, {1e6 / TARGET:.0f} µs each"
    print(target, *budgets, "", words, sep="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
