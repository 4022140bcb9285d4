"""AppSync on the laptop: what its authorizer is asked, what is kept, and what resolvers see (contract section 3.6)."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit import Authorizer, Field, Routes
from authkit.errors import ConfigError
from authkit.gateway.sources import reads
from authkit.local.emulator import running_appsync
from authkit.local.events import Api
from authkit.local.gateway import Call, Gateway, Settings
from authkit.local.graphql.schema import Schema
from authkit.local.http import HttpRequest
from authkit.policy.route import Route
from authkit.principal import Principal
from tests.local.gateways import API, Function, appsync, body, graphql, header
from tests.support.shared import load

if TYPE_CHECKING:
    from pathlib import Path

    from authkit.gateway.request import Request

YES = {"isAuthorized": True}
SCHEMA = Schema.parse(
    "type Query { order(id: ID): Order orders: [Order] } type Mutation { deleteOrder(id: ID): Order }"
    " type Order { id: ID total: Int margin: Int customer: Customer } type Customer { email: String name: String }"
)
ARN = f"arn:aws:appsync:eu-west-1:111122223333:apis/{API.id}/types/Order/fields/margin"


def test_the_event_is_the_example(shared: Path) -> None:
    """Field by field; the request has a name of its own, and the gateway says how it came."""
    example = load(shared, "appsync-request.json")
    function, context, own = Function(YES), example["requestContext"], example["requestHeaders"]
    asked = {"variables": context["variables"], "operationName": context["operationName"]}
    request = graphql(context["queryString"], *own.items(), **asked)._replace(source_ip="203.0.113.24")

    appsync(function).respond(request)

    event = function.events[0]
    assert event["requestContext"].pop("requestId")
    del context["requestId"]
    assert {name: event["requestHeaders"][name] for name in own} == {
        **own,
        "x-forwarded-for": "203.0.113.24, 203.0.113.24",
    }
    assert {**event, "requestHeaders": own} == example


def test_the_answers_of_the_examples_are_understood(shared: Path) -> None:
    """What is denied is null, the rest has its context."""
    allow, deny = load(shared, "responses/appsync-allow.json"), load(shared, "responses/appsync-deny.json")
    query = "mutation { deleteOrder(id: 7) { id } }"

    refused = appsync(Function(deny)).respond(graphql())
    allowed = appsync(Function(allow), schema=SCHEMA).respond(graphql("{ order { id margin customer { email } } }"))
    denied = appsync(Function(allow), schema=SCHEMA).respond(graphql(query))

    assert (refused.status, allowed.status) == (401, 200)
    order = body(allowed)["data"]["order"]
    assert (order["identity"], order["margin"]) == ({"resolverContext": {"tenant": "acme"}}, None)
    assert [error["path"] for error in body(allowed)["errors"]] == [["order", "margin"], ["order", "customer", "email"]]
    assert body(denied) == {
        "data": {"deleteOrder": None},
        "errors": [
            {
                **{"path": ["deleteOrder"], "data": None, "errorType": "Unauthorized", "errorInfo": None},
                "message": "Not Authorized to access deleteOrder on type Mutation",
            }
        ],
    }


def test_a_resolver_sees_arguments_identity_and_what_was_asked_of_it() -> None:
    """Values as the answer has them, and never the credential."""
    context = {"tenant": "acme", "quota": 250, "beta": True, "none": None}
    asking = appsync(Function({**YES, "resolverContext": context}))

    reply = asking.respond(
        graphql(
            "query ($id: ID) { mine: order(id: $id) { total } }",
            ("Authorization", "a-credential-of-some-length"),
            ("X-Tenant", "a"),
            variables={"id": "7"},
        )
    )

    seen = body(reply)["data"]["mine"]
    assert (seen["arguments"], seen["identity"], seen["source"]) == ({"id": "7"}, {"resolverContext": context}, None)
    assert seen["info"] == {
        **{"fieldName": "order", "parentTypeName": "Query", "variables": {"id": "7"}},
        "selectionSetList": ["total"],
    }
    assert seen["request"]["headers"]["x-tenant"] == "a"
    assert b"a-credential-of-some-length" not in reply.body
    assert header(reply, "x-amzn-requestid")


def test_without_a_context_resolvers_have_no_identity() -> None:
    """As has been seen (aws-amplify/amplify-cli issue 10047)."""
    assert body(appsync(Function(YES)).respond(graphql("{ a }")))["data"]["a"]["identity"] == {}


def test_denied_fields_are_null_though_a_resolver_returned_them() -> None:
    """In lists too, under their aliases, by the short form and by the ARN."""
    value = [{"m": 1, "total": 2, "customer": {"email": "a@example.com", "name": "A"}}, None, 7]
    asking = appsync(
        Function({**YES, "deniedFields": [ARN, "Customer.email"]}), schema=SCHEMA, resolve=lambda *_: value
    )

    reply = asking.respond(graphql("{ orders { m: margin total customer { email name } } }"))

    assert body(reply)["data"]["orders"] == [
        {"m": None, "total": 2, "customer": {"email": None, "name": "A"}},
        None,
        7,
    ]


@pytest.mark.parametrize(
    "idle", ["Mutation", "Mutation.*", "*", "", ARN.replace(API.id, "another"), ARN.replace("eu-west-1", "us-east-1")]
)
def test_what_is_no_field_of_this_api_denies_nothing_and_is_told(idle: str) -> None:
    """A type alone, a wildcard, another API's (aws/aws-appsync-community issue 272)."""
    calls: list[Call] = []

    reply = appsync(Function({**YES, "deniedFields": [idle]}), schema=SCHEMA, calls=calls).respond(
        graphql("mutation { deleteOrder { margin } }")
    )

    assert "errors" not in body(reply)
    assert any("which denies nothing of this API" in step.said and not step.good for step in calls[0].steps)


@pytest.mark.parametrize(
    "more",
    [
        {"resolverContext": []},
        {"resolverContext": {"n": float("nan")}},
        {"resolverContext": {"text": "x" * 5 * 1024 * 1024}},
        {"deniedFields": "Order.margin"},
        {"deniedFields": [7]},
        {"ttlOverride": "60"},
        {"ttlOverride": True},
        {"ttlOverride": -1},
        {"ttlOverride": float("inf")},
    ],
)
def test_an_answer_that_breaks_the_form_lets_nobody_in(more: dict[str, Any]) -> None:
    """And is not kept."""
    function = Function({**YES, **more})
    asking = appsync(function, ttl=300)

    assert [asking.respond(graphql()).status for _ in range(2)] == [401, 401]
    assert len(function.events) == 2


@pytest.mark.parametrize(
    ("ttl", "override", "kept_for"),
    [(0, None, 0), (300, None, 300), (300, 0, 0), (0, 60, 60), (300, 60, 60), (300, 99999, 3600)],
)
def test_answers_are_kept_for_the_token_whatever_it_asks(ttl: float, override: float | None, kept_for: float) -> None:
    """For the API's time, or their own; a no like a yes."""
    for allowed in (True, False):
        now = [0.0]
        function = Function({"isAuthorized": allowed, **({} if override is None else {"ttlOverride": override})})
        asking = appsync(function, ttl=ttl, timer=lambda now=now: now[0])

        asking.respond(graphql("{ a }"))
        now[0] = kept_for - 1
        asking.respond(graphql("mutation { b }"))
        now[0] = kept_for + 1
        asking.respond(graphql("{ c }"))
        asking.respond(graphql("{ c }", ("Authorization", "another")))

        assert len(function.events) == (3 if kept_for else 4)


def test_exceptions_are_not_kept() -> None:
    """The next request asks anew."""
    function = Function(RuntimeError())
    asking = appsync(function, ttl=300)

    statuses = [asking.respond(graphql()).status]
    function.result = YES
    statuses.append(asking.respond(graphql()).status)

    assert statuses == [401, 200]


def test_an_answer_after_ten_seconds_is_too_late() -> None:
    """And not kept."""
    now = [0.0]

    def slow(event: dict[str, Any], context: object) -> Any:
        now[0] += 10.5
        return YES

    assert appsync(slow, timer=lambda: now[0]).respond(graphql()).status == 401


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/graphql", 404), ("POST", "/", 404), ("POST", "/graphql/", 404)]
)
def test_it_is_called_by_post_at_one_path(method: str, path: str, status: int) -> None:
    """Nobody is asked elsewhere."""
    function = Function(YES)

    reply = appsync(function).respond(graphql()._replace(method=method, path=path))

    assert (reply.status, function.events) == (status, [])


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"{",
        b"[]",
        b'"query"',
        b"null",
        b'{"query": 7}',
        b'{"query": null}',
        b"{}",
        b'{"query": "{a}", "variables": []}',
        b'{"query": "{a}", "operationName": 7}',
        b"\xff",
        b"[" * 100_000,
        b'{"query": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda sent: str(sent[:24]),
)
def test_a_body_that_asks_nothing_is_a_400(sent: bytes) -> None:
    """Before anybody is asked."""
    function = Function(YES)

    reply = appsync(function).respond(HttpRequest("POST", "/graphql", headers=(("Authorization", "t"),), body=sent))

    assert (reply.status, body(reply)["errors"][0]["errorType"]) == (400, "MalformedHttpRequestException")
    assert function.events == []


def test_a_query_that_cannot_be_read_is_a_400() -> None:
    """After the authorizer, which sees it as it is."""
    function = Function(YES)

    reply = appsync(function).respond(graphql("{ a"))

    assert (reply.status, function.events[0]["requestContext"]["queryString"]) == (400, "{ a")
    assert body(reply)["errors"][0]["message"] == "Unable to parse GraphQL query."


@given(st.binary(max_size=80), st.text(max_size=40))
def test_any_bytes_get_an_answer(sent: bytes, query: str) -> None:
    """Whatever they are."""
    asking = appsync(Function(YES), schema=SCHEMA)

    for request in (graphql(body=sent or b"?"), graphql(query or "?")):
        reply = asking.respond(request)
        assert reply.status in (200, 400)
        json.loads(reply.body)


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"sources": ("header.x",)}, "AppSync has one identity source"),
        ({"plans": ()}, "only REST and WebSocket APIs have usage plans"),
        ({"ttl": 3601}, "the TTL is 0 to 3600"),
        ({"expression": "("}, "no regular expression"),
    ],
)
def test_what_no_appsync_api_could_be_set_to_is_refused(settings: dict[str, Any], fault: str) -> None:
    """As for the other kinds."""
    with pytest.raises(ConfigError, match=fault):
        appsync(Function(YES), **settings)


def test_a_gateway_is_not_appsync() -> None:
    """It has routes, and AppSync has none."""
    with pytest.raises(ConfigError, match="AppSync has no routes"):
        Gateway(Function(YES), Routes([Route("GET", "/")]), Settings(("header.authorization",), "appsync", 0))


def test_the_domain_is_appsyncs_own() -> None:
    """In China another."""
    function = Function(YES)
    china = Api(id="a", partition="aws-cn", region="cn-north-1")

    appsync(function, api=china).respond(graphql("{ a }", ("Authorization", "t"), ("Host", "127.0.0.1:8480")))

    assert function.events[0]["requestHeaders"]["host"] == "a.appsync-api.cn-north-1.amazonaws.com.cn"


@reads("header.authorization")
def somebody(request: Request) -> Principal:
    """Know everybody, with the scopes that the credential names."""
    return Principal("user-42", scopes=frozenset((request.token or "").split()))


def test_an_authorizer_of_ours_denies_the_fields_its_caller_may_not_ask_for() -> None:
    """From the table to the null."""
    handler = Authorizer(
        authenticate=somebody,
        routes=Routes([Field("Query.order", scopes={"read"}), Field("Order.margin", scopes={"audit"})]),
        enrich=[lambda principal: {"who": principal.id}],
    )
    asking = appsync(handler, schema=SCHEMA)
    query = "{ order { total margin } }"

    reader, nobody = (asking.respond(graphql(query, ("Authorization", scopes))) for scopes in ("read", "other"))

    order = body(reader)["data"]["order"]
    assert (order["margin"], order["identity"]) == (None, {"resolverContext": {"who": "user-42"}})
    assert nobody.status == 401


def test_it_runs_on_loopback_with_a_schema_of_its_own() -> None:
    """Over real HTTP."""
    settings = Settings(("header.authorization",), "appsync", 0)
    function, calls = Function({**YES, "deniedFields": ["Order.margin"]}), list[Call]()
    sdl = "type Query { order: Order } type Order { margin: Int }"

    with running_appsync(function, settings, tell=calls.append, schema=sdl, port=0) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("POST", "/graphql", b'{"query": "{ order { margin } }"}', {"Authorization": "t"})
        reply = connection.getresponse()
        data = json.loads(reply.read())["data"]
        connection.close()

    assert (reply.status, data["order"]["margin"], len(calls)) == (200, None, 1)
