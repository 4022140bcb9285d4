"""What is looked up over HTTP, and what Powertools is told, with a handler that the emulated gateway calls."""

from __future__ import annotations

import http.client
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aws_lambda_powertools import Logger, Metrics

from authkit import Authorizer, JWTBearer, Lookup, Route, http_json, known, powertools
from authkit.local.emulator import running_emulator
from authkit.local.events import Api
from authkit.local.message import json_reply
from authkit.local.settings import Settings
from authkit.testing.loopback import Asked, Loopback, Reply
from tests.local.gateways import gateway, sent
from tests.support.tokens import AUDIENCE, NOW, bearer, good_claims, new_signer, signer

LOOPBACK = frozenset({"http-loopback"})
JSON = (("Content-Type", "application/json"),)
KINDS = ("rest-token", "rest-request", "http-v1", "http-v2")
REFUSED = {"rest-token": 401, "rest-request": 401, "http-v1": 403, "http-v2": 403}


class Tenants:
    """A service that knows tenants, and keeps what it is asked."""

    def __init__(self) -> None:
        self.known: dict[str, Any] = {"acme": {"plan": "pro", "seats": 5, "secret": "hush-hush"}}
        self.status = 200
        self.asked: list[Asked] = []
        self.now = 1000.0

    def __call__(self, asked: Asked) -> Reply | None:
        self.asked.append(asked)
        found = self.known.get(asked.path.rpartition("/")[2])
        if self.status != 200 or found is None:
            return Reply(404 if self.status == 200 else self.status, b"{}", JSON) if self.status else None
        return Reply(200, json.dumps(found).encode(), JSON)

    def look_up(self, place: str, **changes: Any) -> Lookup:
        """Return what looks a tenant up there, by a clock that is moved by hand."""
        find = http_json(f"{place}/v1/tenants/{{key}}", headers={"X-Caller": "authorizer"}, relax=LOOPBACK)
        clock = lambda: self.now
        usual = {"by": "tenant", "give": {"plan": str, "seats": int}, "clock": clock, "monotonic": clock}
        return Lookup(find, **{**usual, **changes})


@contextmanager
def serving(tenants: Tenants) -> Iterator[str]:
    """Run the service, and give its place."""
    server = Loopback(tenants)
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.close()


def header(tenant: str = "acme", **claims: Any) -> tuple[str, str]:
    """Return the header of a good token of somebody of a tenant."""
    return "Authorization", f"Bearer {signer().token(good_claims(tenant=tenant, **claims))}"


class Seen:
    """A handler behind a gateway, a backend, and what both were told."""

    def __init__(self, kind: str = "rest-request", *, timer: Callable[[], float] | None = None, **slots: Any) -> None:
        self.codes: list[str] = []
        self.events: list[Any] = []
        usual = {"authenticate": bearer(), "routes": [Route("GET", "/orders/{id}")], "observe": self._told}
        self.handler = Authorizer(**{**usual, **slots})
        more = {"timer": timer} if timer else {}
        self._gateway = gateway(self.handler, kind, backend=self._answer, ttl=300, **more)

    def _told(self, record: Any) -> None:
        self.codes.append(record.code)

    def _answer(self, request: Any, event: Any) -> Any:
        self.events.append(event)
        return json_reply(200, {})

    def call(self, *headers: tuple[str, str], path: str = "/orders/1") -> int:
        """Send a request and return the status."""
        return int(self._gateway.respond(sent(path, *headers)).status)


@pytest.mark.parametrize("kind", KINDS)
def test_the_backend_is_told_what_a_service_knows(kind: str) -> None:
    """What is given on by name and nothing else; the service is asked once a tenant, whoever calls and how often."""
    tenants = Tenants()
    with serving(tenants) as place:
        seen = Seen(kind, enrich=[tenants.look_up(place)])
        found = [seen.call(header(sub=each)) for each in ("alice", "alice", "bob")]

    told = seen.events[0]["requestContext"]["authorizer"]
    context = told["lambda"] if kind == "http-v2" else told
    assert found == [200] * 3
    assert (context["plan"], context["seats"]) == (("pro", 5) if kind == "http-v2" else ("pro", "5"))
    assert "hush-hush" not in json.dumps(seen.events)
    assert [(asked.path, asked.headers["x-caller"]) for asked in tenants.asked] == [("/v1/tenants/acme", "authorizer")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_tenant_the_service_does_not_know_is_refused(kind: str) -> None:
    """By 404, which is an answer and remembered as one; what looks like a step in the path is not even asked for."""
    tenants = Tenants()
    with serving(tenants) as place:
        seen = Seen(kind, enrich=[tenants.look_up(place)])
        found = [seen.call(header(each)) for each in ("nobody", "nobody", "../admin")]

    assert found == [403] * 3
    assert set(seen.codes) == {"not_found", "lookup_key"}
    assert [asked.path for asked in tenants.asked] == ["/v1/tenants/nobody"]


@pytest.mark.parametrize("status", [500, 503, 302, 0])
def test_a_service_that_is_down_is_an_outage_and_it_recovers(status: int) -> None:
    """Neither a yes nor a no that a gateway would keep; 0 breaks the connection off."""
    tenants = Tenants()
    with serving(tenants) as place:
        seen = Seen(enrich=[tenants.look_up(place)])
        caller = header()
        tenants.status = status
        down = [seen.call(caller), seen.call(caller)]
        tenants.status, tenants.now = 200, tenants.now + 60
        found = [seen.call(caller), seen.call(caller)]

    assert (down, found) == ([500, 500], [200, 200])
    assert seen.codes == ["lookup_unavailable", "lookup_unavailable", ""]


def test_a_service_that_is_gone_is_bridged_for_as_long_as_it_was_said() -> None:
    """Its port is closed for good: what is known serves on, up to its bound, and then nothing is decided."""
    tenants = Tenants()
    with serving(tenants) as place:
        seen = Seen(enrich=[tenants.look_up(place, seconds=60, stale=300)], timer=lambda: tenants.now)
        before = seen.call(header(jti="1"))
    tenants.now += 100
    bridged = seen.call(header(jti="2"))
    tenants.now += 400

    assert (before, bridged, seen.call(header(jti="3"))) == (200, 200, 500)
    assert seen.codes == ["", "", "lookup_unavailable"]


def test_what_a_service_knows_decides_on_routes() -> None:
    """The path's tenant must be the one that the service names; a change is seen once both have forgotten."""
    tenants = Tenants()
    tenants.known = {"acme": {"team": "1"}}
    with serving(tenants) as place:
        team = tenants.look_up(place, give=["team"], seconds=60)
        routes = [Route("GET", "/orders/{id}", bind={"id": "team"})]
        seen = Seen(authenticate=known(bearer(), team), routes=routes, timer=lambda: tenants.now)
        caller = header()
        before = [seen.call(caller), seen.call(caller, path="/orders/2")]
        tenants.known["acme"] = {"team": "2"}
        tenants.now += 301
        after = [seen.call(caller), seen.call(caller, path="/orders/2")]

    assert (before, after) == ([200, 403], [403, 200])


class Watched:
    """A function as it is deployed, with Powertools around it, and what came out."""

    def __init__(self, service: str, **slots: Any) -> None:
        self._stream = io.StringIO()
        metrics = Metrics(namespace="Orders", service=service)
        metrics.clear_metrics()
        logger = Logger(service=service, stream=self._stream, level="DEBUG")
        self.authorizer = Authorizer(
            **{
                "authenticate": bearer(),
                "routes": [Route("GET", "/orders/{id}", scopes={"orders:read"})],
                "observe": powertools(logger=logger, metrics=metrics),
                **slots,
            }
        )

        @metrics.log_metrics
        def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
            return self.authorizer(event, context)

        self.handler: Any = handler

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What was logged."""
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]


def emf(written: str) -> list[dict[str, Any]]:
    """Return the metrics among lines of a function's output."""
    return [json.loads(line) for line in written.splitlines() if line.startswith("{") and '"_aws"' in line]


def callers() -> dict[str, tuple[str, str]]:
    """Return headers by the outcome that each has."""
    stranger = new_signer("ES256", "k1").token()
    return {
        "allowed": header(),
        "forbidden": header(scope="orders:write"),
        "unauthenticated": ("Authorization", f"Bearer {stranger}"),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_powertools_is_told_of_each_decision(
    kind: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line and one count a decision, under the gateway's own request id; of a kept answer nothing, nobody decided."""
    watched = Watched(request.node.name)
    calls: list[Any] = []
    events: list[Any] = []

    def function(event: dict[str, Any], context: Any) -> Any:
        events.append(event)
        return watched.handler(event, context)

    attached = gateway(function, kind, calls=calls, routes=watched.authorizer.routes, ttl=300)
    found = {outcome: [attached.respond(sent("/orders/1", each)).status for _ in range(2)] for outcome, each in callers().items()}  # fmt: skip

    refused = REFUSED[kind]
    assert found == {"allowed": [200, 200], "forbidden": [403, 403], "unauthenticated": [refused, refused]}
    asked = len(events)
    told = [line["authorizer"] for line in watched.lines]
    assert len(told) == asked == (3 if refused == 403 else 4)
    assert {each["outcome"]: line["level"] for each, line in zip(told, watched.lines, strict=True)} == {
        "allowed": "DEBUG",
        "forbidden": "WARNING",
        "unauthenticated": "WARNING",
    }
    if kind != "rest-token":  # whose events have no id
        assert [each["request_id"] for each in told] == [event["requestContext"]["requestId"] for event in events]
    counted = emf(capsys.readouterr().out)
    assert [next(name for name in each if name.startswith("Authorizer") and name != "AuthorizerLatency") for each in counted] == [f"Authorizer{each['outcome'].title()}" for each in told]  # fmt: skip
    assert {each["_aws"]["CloudWatchMetrics"][0]["Namespace"] for each in counted} == {"Orders"}
    written = json.dumps([watched.lines, counted])
    assert not [value for _, value in callers().values() if value.removeprefix("Bearer ") in written]
    assert "alice" not in written


def test_powertools_is_told_of_an_outage(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> None:
    """As an error, and it is counted though the handler raises."""

    def fetch(url: str, **_: Any) -> Any:
        raise OSError("no route to host")

    out = JWTBearer(issuer="https://idp.example.com", audience=AUDIENCE, fetch=fetch, clock=lambda: NOW)
    watched = Watched(request.node.name, authenticate=out)
    caller = ("Authorization", f"Bearer {signer().token(good_claims(iss='https://idp.example.com'))}")

    status = gateway(watched.handler, routes=watched.authorizer.routes).respond(sent("/orders/1", caller)).status

    (line,) = watched.lines
    assert (status, line["level"], line["authorizer"]["outcome"]) == (500, "ERROR", "unavailable")
    (counted,) = emf(capsys.readouterr().out)
    assert counted["AuthorizerUnavailable"] == [1.0]


def test_all_of_it_together_over_a_socket(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> None:
    """A client, the emulator, a handler under Powertools that looks a tenant up, and a backend that says what it was told."""
    tenants = Tenants()
    with serving(tenants) as place:
        watched = Watched(request.node.name, enrich=[tenants.look_up(place)])
        settings = Settings(("header.authorization",), kind="http-v2", api=Api(stage="$default"))
        with running_emulator(
            watched.handler, watched.authorizer.routes, settings, tell=lambda _: None, port=0
        ) as server:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
            try:
                connection.request("GET", "/orders/1", headers=dict([header()]))
                reply = connection.getresponse()
                status, said = reply.status, json.loads(reply.read())
            finally:
                connection.close()

    assert status == 200
    assert said["requestContext"]["authorizer"]["lambda"]["plan"] == "pro"
    (line,) = watched.lines
    assert (line["authorizer"]["route"], line["authorizer"]["request_id"]) == (
        "GET /orders/{id}",
        said["requestContext"]["requestId"],
    )
    assert [each["AuthorizerAllowed"] for each in emf(capsys.readouterr().out)] == [[1.0]]
