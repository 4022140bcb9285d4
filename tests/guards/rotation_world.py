"""A distribution with edges that switch one by one, the gateway behind it on loopback, and authorizers of several ages.

Time is moved by hand, so that half an hour of a rotation takes seconds; what is sent goes through real sockets.
"""
# ruff: noqa: N803 - the arguments have the names that AWS gave them

from __future__ import annotations

import copy
import http.client
import itertools
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from authkit import Authorizer, Principal, Request, Route, Unauthenticated, Unavailable, reads
from authkit.guards.cloudfront import CloudFrontSecret
from authkit.guards.rotation import CloudFrontRotation
from authkit.local.events import Api
from authkit.local.gateway import Gateway
from authkit.local.http import LoopbackServer
from authkit.local.settings import Settings
from authkit.policy.routes import Routes
from authkit.stores import secrets
from tests.stores.stand_ins import AWSError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.stores.stand_ins import Clock

HEADER = "x-origin-verify"
KEPT, PREVIOUS_FOR, TTL = 300.0, 900.0, 60.0
ENVIRONMENTS = 3
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


class CloudFrontStandIn:
    """One distribution: a change reaches its edges one after the other, and then it says that it is deployed."""

    def __init__(self, clock: Clock, value: str, *, delays: tuple[float, ...] = (20, 60, 110, 170, 240, 290)) -> None:
        self._clock = clock
        self._delays = delays
        self._etag = 1
        self._config = {
            "Comment": "orders",
            "Origins": {
                "Quantity": 2,
                "Items": [
                    {
                        "Id": "api",
                        "DomainName": "api.example.com",
                        "CustomHeaders": {
                            "Quantity": 1,
                            "Items": [{"HeaderName": "X-Origin-Verify", "HeaderValue": value}],
                        },
                    },
                    {"Id": "pages", "DomainName": "pages.example.com", "CustomHeaders": {"Quantity": 0}},
                ],
            },
        }
        self.edges: list[list[tuple[float, str]]] = [[(0.0, value)] for _ in delays]
        self.updates = 0
        self.interfere: Callable[[], None] = lambda: None

    @property
    def values(self) -> list[str]:
        """What each edge sends now."""
        return [[value for since, value in edge if since <= self._clock.wall()][-1] for edge in self.edges]

    def origin(self, name: str) -> dict[str, Any]:
        """Return one of the origins as it is set."""
        return next(each for each in self._config["Origins"]["Items"] if each["Id"] == name)  # type: ignore[index]

    def get_distribution_config(self, Id: str) -> dict[str, Any]:
        answer = {"ETag": str(self._etag), "DistributionConfig": copy.deepcopy(self._config)}
        self.interfere()
        return answer

    def get_distribution(self, Id: str) -> dict[str, Any]:
        spreading = any(since > self._clock.wall() for edge in self.edges for since, _ in edge)
        status = "InProgress" if spreading else "Deployed"
        return {"Distribution": {"Status": status, "DistributionConfig": copy.deepcopy(self._config)}}

    def update_distribution(self, Id: str, IfMatch: str, DistributionConfig: dict[str, Any]) -> None:
        if IfMatch != str(self._etag):
            raise AWSError("PreconditionFailed")
        self._etag += 1
        self.updates += 1
        self._config = DistributionConfig
        value = self.origin("api")["CustomHeaders"]["Items"][-1]["HeaderValue"]
        for edge, delay in zip(self.edges, self._delays, strict=True):
            edge.append((self._clock.wall() + delay, value))


@reads("header.authorization")
def authenticated(request: Request) -> Principal:
    """Take whoever says who they are."""
    values = request.header("authorization")
    if len(values) != 1:
        raise Unauthenticated("credential_missing")
    return Principal(values[0])


class Row(NamedTuple):
    """What was seen in one moment of the timeline."""

    at: float
    step: str
    edges: str
    known: str
    good: int
    lost: int
    bad: int
    admitted: int

    def __str__(self) -> str:
        counts = f"{self.good:5} {self.lost:5} {self.bad:5} {self.admitted:9}"
        return f"{self.at:6.0f} s  {self.edges}  {self.known:11}  {counts}  {self.step}"


class World:
    """All of it, and the load on it."""

    def __init__(self, clock: Clock, server: Any, name: str, value: str, **settings: Any) -> None:
        self.clock = clock
        self.server = server
        self.name = name
        self.cloudfront = CloudFrontStandIn(clock, value)
        self.history = [value]
        self.began = clock.wall()
        self.rows: list[Row] = []
        self.sources = [self._source(number) for number in range(ENVIRONMENTS)]
        self._turn = itertools.cycle([self._authorizer(source) for source in self.sources])
        self._settings: dict[str, Any] = {"kept_seconds": KEPT, **settings}

    def _source(self, number: int) -> secrets.Fetched:
        return secrets.manager(
            self.name,
            client=self.server,
            seconds=KEPT,
            previous_for=PREVIOUS_FOR,
            clock=self.clock.wall,
            monotonic=self.clock.monotonic,
            jitter=lambda: number / ENVIRONMENTS,  # so that they renew at various moments
        )

    def _authorizer(self, source: secrets.Fetched) -> Authorizer:
        return Authorizer(
            guards=[CloudFrontSecret(source, HEADER)],
            authenticate=authenticated,
            routes=[Route("GET", "/orders")],
            observe=lambda _: None,
        )

    @contextmanager
    def running(self) -> Iterator[World]:
        """Serve on loopback while the block runs."""
        gateway = Gateway(
            lambda event, context: next(self._turn)(event, context),
            Routes([Route("GET", "/orders")]),
            Settings(sources=(f"header.{HEADER}", "header.authorization"), ttl=TTL, api=Api()),
            clock=self.clock.wall,
            timer=self.clock.monotonic,
        )
        with LoopbackServer(gateway.respond).running() as origin:
            self._connection = http.client.HTTPConnection("127.0.0.1", origin.port, timeout=30)
            self.rotation = CloudFrontRotation(
                distribution="E1",
                url=f"http://127.0.0.1:{origin.port}/orders",
                headers={"Authorization": "probe"},
                secretsmanager=self.server,
                cloudfront=self.cloudfront,
                fetch=lambda _, headers: self.sent(headers),
                clock=self.clock.wall,
                **self._settings,
            )
            try:
                yield self
            finally:
                self._connection.close()

    def sent(self, headers: Mapping[str, str] | list[tuple[str, str]]) -> int:
        """Send a request to the origin and return the status."""
        self._connection.putrequest("GET", "/orders")
        for name, value in headers.items() if hasattr(headers, "items") else headers:
            self._connection.putheader(name, value)
        self._connection.endheaders()
        reply = self._connection.getresponse()
        reply.read()
        return reply.status

    def rotate(self, token: str) -> str:
        """Run the steps as Secrets Manager does: from the first one, until one fails; return how far it got."""
        for step in STEPS:
            try:
                self.rotation({"Step": step, "SecretId": self.name, "ClientRequestToken": token})
            except Unavailable as fault:
                return f"{step}: {fault.code}"
        return "done"

    def load(self, step: str, each: int) -> None:
        """Send what edges send, and what strangers do, all mixed; and write down what became of it."""
        values = self.cloudfront.values
        good = [self._status(value, user) for user in range(each) for value in values]
        bad = [status for number in range(each) for status in self._strangers(number)]
        known = "/".join(str(len(source.current())) for source in self.sources)
        letters = "".join(self._letter(value) for value in values)
        at = self.clock.wall() - self.began
        lost = sum(status != 200 for status in good)
        self.rows.append(Row(at, step, letters, known, len(good), lost, len(bad), sum(status == 200 for status in bad)))

    def _status(self, value: str, user: int) -> int:
        # CloudFront puts its own in place of what the viewer sent; users come and go, so some answers are kept.
        return self.sent([("X-Origin-Verify", value), ("Authorization", f"user-{user}-{len(self.rows) // 4}")])

    def _strangers(self, number: int) -> Iterator[int]:
        user = ("Authorization", f"user-{number}-{len(self.rows) // 4}")
        current = self.cloudfront.values[0]
        gone = self.history[:-2]  # what was in use before the one that may still be
        for wrong in (
            f"guess-{number}-{len(self.rows)}-0123456789",
            current[:-1],
            current + "x",
            current.swapcase(),
            *gone,
        ):
            yield self.sent([(HEADER, wrong), user])
        yield self.sent([user])
        # Whoever sends the right value twice knows it; no kept answer may hide that the guard refuses.
        user = ("Authorization", f"stranger-{number}")
        yield self.sent([(HEADER, current), (HEADER.upper(), current), user])
        yield self.sent([(HEADER, f"{current},{current}"), user])

    def _letter(self, value: str) -> str:
        if value not in self.history:
            self.history.append(value)
        return chr(ord("a") + self.history.index(value))

    def drawn(self) -> str:
        """Draw the timeline: what each edge sends, how many values each environment accepts, and what became of it all."""
        head = f"{'at':>8}  edges   accepted      good  lost   bad  admitted  rotation"
        rows, drawn = iter(self.rows), [head]
        before = next(rows)
        drawn.append(str(before))
        for row in rows:
            if (row.edges, row.known, row.step, row.lost, row.admitted) != (
                before.edges, before.known, before.step, before.lost, before.admitted,
            ):  # fmt: skip
                drawn.append(str(row))
            before = row
        totals = [sum(getattr(row, name) for row in self.rows) for name in ("good", "lost", "bad", "admitted")]
        drawn.append("{:>8}  {:6}  {:11}  {:5} {:5} {:5} {:9}".format("total", "", "", *totals))
        return "\n".join(drawn)
