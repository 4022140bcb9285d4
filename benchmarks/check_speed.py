"""What each check of a request costs, in microseconds: the budgets of issue 5.

The floor is one comparison in constant time. A row is one function: it returns the check's name, what it may cost, and a
call that makes it. A new check is a function more in `ROWS`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from hmac import compare_digest
from typing import Any, NamedTuple

from authkit.gateway.request import Request, parse
from benchmarks.machine import machine
from benchmarks.report import Budget, closing, rows, size_of, sized_parser, table
from benchmarks.timing import Times, here, race

HEADERS = {
    "Host": "abcdef1234.execute-api.eu-west-1.amazonaws.com",
    "User-Agent": "Amazon CloudFront",
    "X-Forwarded-For": "198.51.100.7, 203.0.113.9",
    "Accept": "*/*",
    "Authorization": "Bearer t",
}


class Row(NamedTuple):
    """One check: its name, how many microseconds it may take, and what makes it for one request."""

    name: str
    allowed: float
    check: Callable[[Request], object]
    request: Callable[[int], Request]


BESIDE = ("floor",)
VALUE = b"AWSPREVIOUS-0123456789-0123456789-01234"


def request_with(headers: dict[str, str], **context: Any) -> Request:
    """Return a request of a REST API as it comes from a distribution, with more headers."""
    sent = {**HEADERS, **headers}
    return parse(
        {
            "type": "REQUEST",
            "methodArn": "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/test/GET/orders/7",
            "headers": sent,
            "multiValueHeaders": {name: [value] for name, value in sent.items()},
            "requestContext": {"identity": {"sourceIp": "203.0.113.9"}, **context},
        }
    )


class _Versions:
    """Secrets Manager with all three versions of a secret."""

    def get_secret_value(self, *, VersionStage: str, **_: Any) -> dict[str, Any]:  # noqa: N803 - AWS's own name
        value = f"{VersionStage}-0123456789-0123456789-01234"
        return {"VersionId": VersionStage, "SecretString": value, "CreatedDate": time.time()}


def secret_header() -> Row:
    """The secret header, with three valid values in hand, of which the last one made is sent."""
    from authkit.guards.cloudfront import CloudFrontSecret
    from authkit.stores import secrets

    guard = CloudFrontSecret(secrets.manager("edge", client=_Versions()))
    return Row("secret header", 3.0, guard, lambda _: request_with({"X-Origin-Verify": VALUE.decode()}))


ROWS: Sequence[Callable[[], Row]] = (secret_header,)


def requests_of(row: Row) -> Callable[[int, int], Iterable[Request]]:
    return lambda start, count: [row.request(start + each) for each in range(count)]


def timed(made: Iterable[Row], options: Any) -> list[Times]:
    """Let the floor and the checks take turns."""
    contenders = [
        here("floor", lambda sent: compare_digest(sent, VALUE), lambda _, count: [bytes(VALUE) for _ in range(count)]),
        *(here(row.name, row.check, requests_of(row)) for row in made),
    ]
    return race(contenders, size_of(options), "checks")


def main(arguments: Sequence[str] | None = None) -> int:
    """Time every check and print what it takes beside what it may."""
    options = sized_parser("check_speed", __doc__).parse_args(arguments)
    made = [row() for row in ROWS]
    times = timed(made, options)
    _, *checks = times
    budgets = [
        Budget(f"µs, {row.name}", row.allowed, each.median * 1e6) for row, each in zip(made, checks, strict=True)
    ]
    about = machine()
    if options.json:
        found = {"checks": rows(times, BESIDE), "budgets": [each.as_json() for each in budgets], **about}
        print(json.dumps(found, indent=1))
    else:
        print(table("checks", times, BESIDE))
        print(closing(budgets, about))
    return 0


if __name__ == "__main__":
    sys.exit(main())
