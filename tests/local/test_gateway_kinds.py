"""HTTP and WebSocket APIs on the laptop: what they make of answers, and what they pass on (contract sections 5 to 7)."""

from __future__ import annotations

from typing import Any

import pytest

from authkit.errors import ConfigError
from authkit.local.backend import mirror
from authkit.local.gateway import Settings
from authkit.local.plans import UsagePlan
from authkit.policy.route import Route
from authkit.policy.routes import Routes
from tests.local.gateways import POLICY_KINDS, Function, body, gateway, header, saying, sent, stage, statement


@pytest.mark.parametrize("kind", ["rest-token", "rest-request", "http-v1"])
def test_the_context_is_texts_where_it_is(kind: str) -> None:
    """Numbers and booleans as JSON writes them, null as null; principalId beside them, and never from the context."""
    context = {"n": 250, "f": 1.5, "yes": True, "no": False, "none": None, "text": "ü", "principalId": "mallory"}

    reply = gateway(Function(saying(statement(f"{stage(kind)}*"), context=context)), kind).respond(sent())

    assert body(reply)["authorizer"] == {
        **{"n": "250", "f": "1.5", "yes": "true", "no": "false", "none": None, "text": "ü"},
        "principalId": "user-42",
    }


def test_payload_2_passes_any_json_below_lambda() -> None:
    """A policy's principalId beside it, as emulators have it; a simple answer has none."""
    context = {"n": 250, "yes": True, "none": None, "list": [1, {"a": None}]}
    policy = saying(statement(f"{stage('http-v2')}*"), context=context)

    by_policy = gateway(Function(policy), "http-v2").respond(sent())
    simple = gateway(Function({"isAuthorized": True, "context": context}), "http-simple").respond(sent())

    assert body(by_policy)["authorizer"] == {"lambda": {**context, "principalId": "user-42"}}
    assert body(simple)["authorizer"] == {"lambda": context}


@pytest.mark.parametrize("kind", [*POLICY_KINDS, "http-simple"])
@pytest.mark.parametrize("context", [["a"], "a", 1, {"n": float("nan")}, {"n": float("inf")}])
def test_a_context_that_is_none_is_a_500(kind: str, context: Any) -> None:
    """No object, or a number that JSON does not have."""
    answer = {"isAuthorized": True} if kind == "http-simple" else saying(statement(f"{stage(kind)}*"))

    reply = gateway(Function({**answer, "context": context}), kind).respond(sent(kind=kind))

    assert reply.status == 500


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"isAuthorized": True}, 200),
        ({"isAuthorized": False}, 403),
        ({"isAuthorized": "false"}, 500),
        ({"isAuthorized": 1}, 500),
        ({}, 500),
        (None, 500),
        (saying(statement("*")), 500),
    ],
)
def test_a_simple_answer_is_a_real_boolean(answer: Any, status: int) -> None:
    """And never a policy."""
    assert gateway(Function(answer), "http-simple").respond(sent()).status == status


def test_a_kept_simple_answer_is_every_routes_answer() -> None:
    """Unless the route is a part of the key (contract section 7, pitfall 5)."""
    function = Function({"isAuthorized": True})
    keyed = Function({"isAuthorized": True})
    loose = gateway(function, "http-simple")
    tight = gateway(keyed, "http-simple", sources=("header.authorization", "context.routeKey"))

    for path in ("/orders/1", "/orders/2", "/files/a"):
        assert (loose.respond(sent(path)).status, tight.respond(sent(path)).status) == (200, 200)

    assert (len(function.events), len(keyed.events)) == (1, 2)


def test_a_websocket_api_keeps_no_answers() -> None:
    """Each connection asks."""
    function = Function(saying(statement(f"{stage('websocket')}$connect")))
    asking = gateway(function, "websocket")

    statuses = [asking.respond(sent(kind="websocket")).status for _ in range(2)]

    assert (statuses, len(function.events)) == ([101, 101], 2)


def test_an_answer_over_8_kilobytes_is_too_large_for_a_websocket() -> None:
    """Other kinds take it."""
    large = {"context": {"text": "x" * 8192}}

    sizes = {
        kind: gateway(Function(saying(statement(f"{stage(kind)}*"), **large)), kind).respond(sent(kind=kind)).status
        for kind in ("websocket", "rest-request")
    }

    assert sizes == {"websocket": 500, "rest-request": 200}


def test_a_resource_over_512_characters_is_none() -> None:
    """Contract section 2."""
    long = f"{stage()}GET/" + "x" * 512

    assert gateway(Function(saying(statement([f"{stage()}*", long])))).respond(sent()).status == 500


def test_an_unknown_route_is_404_on_http_apis() -> None:
    """And 403 on REST APIs; nobody is asked."""
    for kind, status, said in (
        ("http-v1", 404, {"message": "Not Found"}),
        ("http-v2", 404, {"message": "Not Found"}),
        ("rest-token", 403, {"message": "Missing Authentication Token"}),
    ):
        function = Function({})
        reply = gateway(function, kind).respond(sent("/nowhere"))
        assert (reply.status, body(reply), function.events) == (status, said, [])


def test_the_domain_is_the_gateways_own_whatever_the_host_header_says() -> None:
    """A client on the laptop calls it by an address; that is put right in the header too. Another name stays."""
    function = Function(saying(statement(f"{stage()}*")))
    asking = gateway(function, ttl=0)
    own = "local00000.execute-api.eu-west-1.amazonaws.com"

    for host in ("127.0.0.1:8480", "localhost:1", "[::1]:8480", "evil.example.com"):
        asking.respond(sent("/orders/1", ("Authorization", "t"), ("Host", host)))

    assert {event["requestContext"]["domainName"] for event in function.events} == {own}
    assert [event["headers"]["Host"] for event in function.events] == [own, own, own, "evil.example.com"]


def test_the_stage_stands_in_paths_where_it_does() -> None:
    """Contract section 2: in rawPath unless it is $default, never in the ARN; not on a REST API's custom domain."""
    from authkit.local.events import Api

    paths = {}
    for name, kind, settings in (
        ("default", "http-v2", {}),
        ("staged", "http-v2", {"api": Api(stage="dev")}),
        ("rest", "rest-request", {}),
        ("mapped", "rest-request", {"domain": "api.example.com"}),
    ):
        function = Function({})
        gateway(function, kind, **settings).respond(sent())
        event = function.events[0]
        context = event["requestContext"]
        paths[name] = (
            event.get("rawPath", event.get("path")),
            context.get("path", context.get("http", {}).get("path")),
        )
        assert event.get("routeArn", event.get("methodArn")).endswith("/GET/orders/1")

    assert paths == {
        "default": ("/orders/1", "/orders/1"),
        "staged": ("/dev/orders/1", "/dev/orders/1"),
        "rest": ("/orders/1", "/dev/orders/1"),
        "mapped": ("/orders/1", "/orders/1"),
    }


def test_repeated_headers_and_parameters_by_kind() -> None:
    """REST: the last and a list of all; payload 2.0: joined by commas, and so the identity source."""
    headers = (
        ("Authorization", "a"),
        ("X-Twice", "1"),
        ("X-Twice", "2"),
        ("authorization", "b"),
        ("Cookie", "x=1; y=2"),
    )
    rest, http = Function({}), Function({})

    gateway(rest).respond(sent("/orders/1", *headers, query="t=1&t=2;t=3"))
    gateway(http, "http-v2").respond(sent("/orders/1", *headers, query="t=1&t=2;t=3"))

    event = rest.events[0]
    assert (event["headers"]["X-Twice"], event["multiValueHeaders"]["X-Twice"]) == ("2", ["1", "2"])
    assert (event["headers"]["Authorization"], event["headers"]["authorization"]) == ("a", "b")
    assert event["multiValueQueryStringParameters"] == {"t": ["1", "2", "3"]}
    event = http.events[0]
    assert (event["headers"]["x-twice"], event["headers"]["authorization"]) == ("1,2", "a,b")
    assert (event["identitySource"], event["cookies"]) == (["a,b"], ["x=1", "y=2"])
    assert "cookie" not in event["headers"]
    assert event["queryStringParameters"] == {"t": "1,2;t=3"}


def test_a_route_without_an_authorizer_goes_straight_to_the_backend() -> None:
    """Nobody is asked, and no source is missed."""
    function = Function({})

    reply = gateway(function, is_open=lambda route: route.path == "/").respond(sent("/", ("X-Other", "1")))

    assert (reply.status, function.events) == (200, [])


def test_the_backend_sees_the_key_a_call_is_metered_under() -> None:
    """The authorizer's own event has none."""
    key = "a-key-of-the-plan-0000000000000000"
    function = Function(saying(statement(f"{stage()}*"), usageIdentifierKey=key))

    reply = gateway(function, plans=(UsagePlan((key,)),), backend=mirror).respond(sent())

    assert body(reply)["requestContext"]["identity"]["apiKey"] == key
    assert function.events[0]["requestContext"]["identity"]["apiKey"] is None
    assert key not in repr(Settings(("header.a",), plans=(UsagePlan((key,)),)))


def test_the_backend_sees_the_body_and_the_authorizer_does_not() -> None:
    """As text, or in base64 where it is none."""
    function = Function(saying(statement(f"{stage()}*")))
    asking = gateway(function, backend=mirror, ttl=0)

    text, binary = (body(asking.respond(sent("/orders", method="POST", body=each))) for each in (b"a=1", b"\xff"))

    assert (text["body"], text["isBase64Encoded"]) == ("a=1", False)
    assert (binary["body"], binary["isBase64Encoded"]) == ("/w==", True)
    assert all("body" not in event for event in function.events)


def test_request_ids_are_headers_of_replies() -> None:
    """By the name each kind of API gives them."""
    rest, http = gateway(Function(None)).respond(sent()), gateway(Function(None), "http-v2").respond(sent())

    assert header(rest, "x-amzn-requestid")
    assert header(http, "apigw-requestid")


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"kind": "rest"}, "kind is one of"),
        ({"ttl": 3601}, "the TTL is 0 to 3600 seconds, not 3601"),
        ({"ttl": -1}, "the TTL is 0 to 3600"),
        ({"sources": ()}, "cannot be kept without an identity source"),
        ({"sources": ("path.id",)}, "'path.id' is no identity source"),
        ({"kind": "rest-token", "sources": ("header.a", "header.b")}, "one identity source, and it is a header"),
        ({"kind": "rest-token", "sources": ("querystring.a",)}, "one identity source, and it is a header"),
        ({"expression": ".*"}, "for TOKEN authorizers"),
        ({"kind": "rest-token", "expression": "("}, "no regular expression"),
        ({"kind": "http-v2", "plans": ()}, "only REST and WebSocket APIs have usage plans"),
        ({"kind": "http-v2", "edge": True}, "only REST APIs have edge-optimized"),
        ({"stage": "$default"}, "a stage is named by"),
        ({"stage": "a/b"}, "a stage is named by"),
    ],
)
def test_what_no_api_could_be_set_to_is_refused(settings: dict[str, Any], fault: str) -> None:
    """With every fault in one message."""
    from authkit.local.events import Api

    given = dict(settings)
    api = {"api": Api(stage=given.pop("stage"))} if "stage" in given else {}

    with pytest.raises(ConfigError, match=fault.replace("$", r"\$")):
        Settings(**{"sources": ("header.a",), **given, **api}).demand_sound()


def test_a_route_of_any_method_is_named_so() -> None:
    """In an HTTP API's routeKey."""
    function = Function({})

    gateway(function, "http-v2", routes=Routes([Route("ANY", "/x/{p+}")])).respond(sent("/x/a/b", method="PATCH"))

    event = function.events[0]
    assert (event["routeKey"], event["pathParameters"]) == ("ANY /x/{p+}", {"p": "a/b"})
    assert event["routeArn"].endswith("/PATCH/x/a/b")


@pytest.mark.parametrize(
    ("kind", "took", "status"), [("http-v2", 10.5, 500), ("http-v2", 9.5, 200), ("rest-request", 10.5, 200)]
)
def test_an_http_api_waits_ten_seconds_for_its_authorizer(kind: str, took: float, status: int) -> None:
    """And keeps nothing of an answer that came later; how long a REST API waits is not known."""
    now, answer = [0.0], saying(statement(f"{stage(kind)}*"))
    events: list[Any] = []

    def slow(event: dict[str, Any], context: object) -> Any:
        events.append(event)
        now[0] += took
        return answer

    asking = gateway(slow, kind, timer=lambda: now[0])
    statuses = [asking.respond(sent()).status for _ in range(2)]

    assert (statuses, len(events)) == ([status, status], 2 if status == 500 else 1)
