"""What does an API key cost that is known already, and one that is made up? Beside one HMAC of the same text, the floor."""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Sequence
from typing import Any

from authkit.credentials.apikey import APIKey
from authkit.credentials.apikey_text import new_key
from authkit.credentials.client import Client
from authkit.errors import Unauthenticated
from authkit.gateway.request import Request, parse
from authkit.stores.clients import MemoryClients
from authkit.stores.clients_issue import issue
from benchmarks.machine import machine
from benchmarks.report import Budget, closing, rows, size_of, sized_parser, table
from benchmarks.timing import Contender, Size, Times, here, race

ALLOWED = 6e-6  # seconds: a key from the cache
REFUSED = 10e-6  # garbage, whatever it is; a made-up key too, although its checksum is right
BESIDE = ("floor",)

_PEPPER = os.urandom(32)


def event(text: str) -> dict[str, Any]:
    """Return a REST API's event with this key, as few fields as there may be."""
    return {
        "type": "REQUEST",
        "methodArn": "arn:aws:execute-api:eu-west-1:111122223333:api0000000/prod/GET/orders/1",
        "headers": {"x-api-key": text, "host": "api.example.com", "user-agent": "benchmark"},
        "multiValueHeaders": {"x-api-key": [text], "host": ["api.example.com"], "user-agent": ["benchmark"]},
        "requestContext": {"identity": {"sourceIp": "203.0.113.7"}},
    }


def contenders(pool: int) -> list[Contender]:
    """Return what is timed: known keys, of clients that are bound to networks too, and made-up ones."""
    store = MemoryClients()
    free = [issue(store, Client(f"free-{each}"), pepper=_PEPPER, now=0).text for each in range(pool)]
    client = {"networks": ["203.0.113.0/24", "2001:db8::/32"]}
    bound = [issue(store, Client(f"bound-{each}", **client), pepper=_PEPPER, now=0).text for each in range(pool)]  # type: ignore[arg-type]
    foreign = [new_key("ak_live", os.urandom(32), os.urandom).text for _ in range(pool)]
    check = APIKey(store=store, pepper=_PEPPER, networks=True, entries=2 * pool, cache_seconds=3600)
    for text in (*free, *bound):
        check(request(text))
    return [
        here("floor", hashed, lambda at, count: [free[(at + each) % pool].encode() for each in range(count)]),
        here("known key", check, lambda at, count: [request(free[(at + each) % pool]) for each in range(count)]),
        here("known, and its network", check, lambda at, count: [request(bound[(at + each) % pool]) for each in range(count)]),
        here("made up", refusing(check), lambda at, count: [request(foreign[(at + each) % pool]) for each in range(count)]),
        here("no key at all", refusing(check), lambda _, count: [request("x" * 1000) for each in range(count)]),
    ]  # fmt: skip


def request(text: str) -> Request:
    return parse(event((text + ".")[:-1]))  # another text each time: a seen one keeps its hash


def hashed(text: bytes) -> bytes:
    return hmac.digest(_PEPPER, text, "sha256")


def refusing(check: APIKey) -> Any:
    def call(sent: Request) -> None:
        try:  # contextlib.suppress would be timed too
            check(sent)
        except Unauthenticated:
            return
        raise AssertionError("it was accepted")

    return call


def measure(size: Size) -> list[Times]:
    """Return the times of each, in the order of `contenders`."""
    return race(contenders(size.pool), size, "API key")


def budgets(times: Sequence[Times]) -> list[Budget]:
    """Return what each may take, in microseconds, and takes."""
    allowed = (ALLOWED, ALLOWED, REFUSED, REFUSED)
    _, *asked = times
    return [
        Budget(f"API key: {each.name}, µs", most * 1e6, each.median * 1e6)
        for each, most in zip(asked, allowed, strict=True)
    ]


def main(argv: Sequence[str] | None = None) -> int:
    options = sized_parser("api_key_check", __doc__).parse_args(argv)
    times = measure(size_of(options))
    kept, about = budgets(times), machine()
    if options.json:
        found = {"checks": rows(times, BESIDE), "budgets": [each.as_json() for each in kept], **about}
        print(json.dumps(found, indent=2))
    else:
        print(table("API key", times, BESIDE), end="\n\n")
        print(closing(kept, about))
    return 0  # times depend on the machine: they are told, and gate nothing


if __name__ == "__main__":
    raise SystemExit(main())
