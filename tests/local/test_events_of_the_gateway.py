"""The gateway's events have, field by field, what the shared examples have."""

from __future__ import annotations

from ssl import PEM_cert_to_DER_cert
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from authkit.local.backend import message_event
from authkit.local.certificates import told as certificate_told
from authkit.local.events import Api
from authkit.local.gateway import Gateway, Settings
from authkit.local.http import HttpReply, HttpRequest
from authkit.local.plans import UsagePlan
from authkit.policy.route import Route
from authkit.policy.routes import Routes
from authkit.testing.certificates import client_certificate
from tests.local.gateways import HANDSHAKE, Function, body, saying, statement
from tests.support.shared import load

if TYPE_CHECKING:
    from pathlib import Path

REST = Api(stage="prod", id="k3p9x7q2wd")
HTTP = Api(stage="$default", id="v8n4t6r1bz")
SOCKET = Api(stage="live", id="h5m2c9y0fj")
QUERY = "expand=price&tag=a&tag=b"
SOURCES = ("header.authorization",)
ALLOWED = saying(statement("arn:aws:execute-api:*"), context={"tenant": "acme", "quota": 250, "beta": True})

# What is made anew for each request, or at each deployment; how long the authorizer took; what a client did not send.
MADE_UP = {
    *("requestId", "extendedRequestId", "resourceId", "deploymentId", "connectionId", "messageId"),
    *("integrationLatency", "X-Amzn-Trace-Id", "x-amzn-trace-id"),
}
NOT_SHOWN = {"apiKey", "apiKeyId"}  # documented for REST (contract section 3.2) and null there
OWN = {"x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"}


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Return every field by its path; of what is made up only the type."""
    name = path.rpartition(".")[2]
    if isinstance(value, dict):
        inner = [leaves(each, f"{path}.{name}") for name, each in value.items() if name not in NOT_SHOWN]
        return {name: each for found in inner for name, each in found.items()} or {path: {}}
    return {path: type(value).__name__ if name in MADE_UP else value}


def client(example: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the headers a client must have sent, in the case of the example; the gateway adds its own."""
    own = OWN | {"content-length", "cloudfront-forwarded-proto", "cloudfront-viewer-country"}
    sent = [(name, value) for name, value in example["headers"].items() if name.lower() not in own]
    cookies = [("cookie", "; ".join(example["cookies"]))] if "cookies" in example else []
    return (*sent, *cookies)


def seen(
    request: HttpRequest, route: Route, now: float, answer: Any = ALLOWED, **settings: Any
) -> tuple[dict[str, Any], Any]:
    """Return the event a function was asked with, and what the backend was handed."""
    function, handed = Function(answer), []
    chosen = Settings(**{"sources": SOURCES, "ttl": 0, **settings})

    def backend(request: HttpRequest, event: Any) -> HttpReply:
        handed.append(event)
        return HttpReply(200)

    gateway = Gateway(function, Routes([route]), chosen, backend=backend, clock=lambda: now)
    gateway.respond(request)
    return function.events[0], handed[0] if handed else None


def rest(example: dict[str, Any], **settings: Any) -> tuple[dict[str, Any], Any]:
    """Send a REST API what the example tells of its request."""
    context = example["requestContext"]
    request = HttpRequest("GET", example["path"], QUERY, client(example), source_ip="203.0.113.24")
    route = Route("GET", "/orders/{orderId}/lines")
    chosen = {"api": REST, "variables": {"tier": "gold"}, "edge": True, **settings}
    return seen(request, route, context["requestTimeEpoch"] / 1000, **chosen)


def http(example: dict[str, Any], query: str = QUERY, **settings: Any) -> tuple[dict[str, Any], Any]:
    """Likewise an HTTP API."""
    context = example["requestContext"]
    now = context.get("timeEpoch", context.get("requestTimeEpoch")) / 1000
    request = HttpRequest("GET", "/orders/1042", query, client(example), source_ip="203.0.113.24")
    return seen(request, Route("GET", "/orders/{orderId}"), now, **{"api": HTTP, **settings})


PEM = client_certificate("sensor-0017")


def with_certificate(request: HttpRequest) -> HttpRequest:
    """Return a request of a client that has shown a certificate."""
    return request._replace(certificate=PEM_cert_to_DER_cert(PEM))


def assert_told(event: dict[str, Any], example: dict[str, Any], place: str) -> None:
    """Assert that an event is the example but for the certificate, whose fields are those of the one shown."""
    shown = event["requestContext"][place].pop("clientCert")
    wanted = example["requestContext"][place].pop("clientCert")
    assert shown == certificate_told(PEM)
    assert leaves(shown).keys() == leaves(wanted).keys()
    assert leaves(event) == leaves(example)


def test_a_rest_request_event_is_the_example(shared: Path) -> None:
    """Edge-optimized, as the example's headers show."""
    example = load(shared, "rest-request.json")

    event, _ = rest(example)

    assert leaves(event) == leaves(example)


def test_a_rest_request_event_behind_cloudfront_is_the_example(shared: Path) -> None:
    """A regional endpoint whose peer is an edge: it adds that to the way the request came."""
    example = load(shared, "rest-request-behind-cloudfront.json")
    sent = [(name, value) for name, value in example["headers"].items() if name.lower() not in OWN]
    way = ("X-Forwarded-For", "203.0.113.24")
    request = HttpRequest("GET", example["path"], QUERY, (*sent, way), source_ip="198.51.100.7")

    event, _ = seen(
        request, Route("GET", "/orders/{orderId}/lines"), 1786959667.512, api=REST, variables={"tier": "gold"}
    )

    built = leaves(event)
    assert built.pop(".requestContext.path") == "/prod/orders/1042/lines"
    wanted = leaves(example)
    wanted.pop(".requestContext.path")
    assert built == wanted


def test_a_rest_event_with_a_client_certificate_is_the_example(shared: Path) -> None:
    """On a custom domain; without a token, its identity source is another."""
    example = load(shared, "rest-request-mutual-tls.json")
    request = HttpRequest("GET", "/orders/1042/lines", QUERY, client(example), source_ip="203.0.113.24")
    route = Route("GET", "/orders/{orderId}/lines")

    event, _ = seen(
        with_certificate(request),
        route,
        1786959667.512,
        api=REST,
        variables={"tier": "gold"},
        edge=True,
        domain="mtls.api.example.com",
        sources=("header.x-tenant",),
    )

    assert_told(event, example, "identity")


def test_a_token_event_is_the_example(shared: Path) -> None:
    """Three fields and no more."""
    example = load(shared, "rest-token.json")
    request = HttpRequest("GET", "/orders/1042", headers=(("Authorization", example["authorizationToken"]),))

    event, _ = seen(request, Route("GET", "/orders/{orderId}"), 0, kind="rest-token", api=REST)

    assert event == example


def test_an_http_v1_event_is_the_example(shared: Path) -> None:
    """With the identity source twice, and no maps of lists."""
    example = load(shared, "http-v1-request.json")

    event, _ = http(example, "expand=price", kind="http-v1")

    assert leaves(event) == leaves(example)


def test_an_http_v2_event_is_the_example(shared: Path) -> None:
    """Names in lower case, repeated parameters joined, cookies apart."""
    example = load(shared, "http-v2-request.json")

    event, _ = http(example, kind="http-v2", variables={"tier": "gold"})

    assert leaves(event) == leaves(example)


def test_an_http_v2_event_with_a_client_certificate_is_the_example(shared: Path) -> None:
    """Elsewhere than in REST."""
    example = load(shared, "http-v2-request-mutual-tls.json")
    request = HttpRequest("GET", "/orders/1042", QUERY, client(example), source_ip="203.0.113.24")

    event, _ = seen(
        with_certificate(request),
        Route("GET", "/orders/{orderId}"),
        1786959671.301,
        kind="http-v2",
        api=HTTP,
        variables={"tier": "gold"},
        domain="mtls.api.example.com",
    )

    assert_told(event, example, "authentication")


def test_a_websocket_event_is_the_example(shared: Path) -> None:
    """Its example's connection is two milliseconds older than its request, and its client has two names."""
    example = load(shared, "websocket-connect.json")
    handshake = [pair for pair in HANDSHAKE if pair[0] in ("Connection", "Upgrade")]
    headers = (*client(example), *handshake, ("User-Agent", "chat/2.0"))
    request = HttpRequest("GET", "/", urlencode({"room": "blue"}), headers, source_ip="203.0.113.24")

    event, _ = seen(request, Route("$connect"), 1786959673.122, kind="websocket", api=SOCKET)

    built, wanted = leaves(event), leaves(example)
    for name in ("headers", "multiValueHeaders"):
        assert built.pop(f".{name}.User-Agent") in ("chat/2.0", ["chat/2.0"])
    assert built.pop(".requestContext.connectedAt") == wanted.pop(".requestContext.connectedAt") + 2
    assert built == wanted


def test_what_a_rest_backend_sees_is_the_example(shared: Path) -> None:
    """The context as texts, principalId and integrationLatency beside them."""
    example = load(shared, "backend-rest-after-authorizer.json")

    _, handed = rest(load(shared, "rest-request.json"))

    assert leaves(handed) == leaves(example)


def test_what_an_http_v2_backend_sees_is_the_example(shared: Path) -> None:
    """The context below lambda, each value in its own type."""
    example = load(shared, "backend-http-v2-after-authorizer.json")
    answer = load(shared, "responses/http-simple-allow.json")

    _, handed = http(
        load(shared, "http-v2-request.json"), kind="http-simple", variables={"tier": "gold"}, answer=answer
    )

    assert leaves(handed) == leaves(example)


def test_what_a_websockets_backend_sees_is_the_example(shared: Path) -> None:
    """Each message brings the answer that the connection was allowed by."""
    example = load(shared, "backend-websocket-message-after-authorizer.json")
    connected = load(shared, "websocket-connect.json")["requestContext"]
    authorizer = example["requestContext"]["authorizer"]

    handed = message_event(connected, authorizer, 41, text=example["body"], now=1786959722.48)

    assert leaves(handed) == leaves(example)


def test_the_answers_of_the_examples_are_understood(shared: Path) -> None:
    """Each by the kind it is for."""
    request = HttpRequest("GET", "/orders", headers=(("Authorization", "t"),), source_ip="203.0.113.9")
    answers = {
        "iam-allow.json": (200, {}),
        "iam-deny-all.json": (403, {}),
        "iam-allow-with-usage-key.json": (200, {"plans": (UsagePlan(("a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6",)),)}),
        "iam-allow-from-one-network.json": (200, {}),
        "http-simple-allow.json": (200, {"kind": "http-simple", "api": HTTP}),
        "http-simple-deny.json": (403, {"kind": "http-simple", "api": HTTP}),
    }

    for name, (status, settings) in answers.items():
        chosen = Settings(**{"sources": SOURCES, "api": REST, **settings})
        function = Function(load(shared, f"responses/{name}"))
        reply = Gateway(function, Routes([Route("GET", "/orders")]), chosen).respond(request)
        assert reply.status == status, (name, body(reply))
