"""One handler for every kind of API: what each kind is told of a good, a bad and an idle credential (contract 5, 6)."""

from __future__ import annotations

from typing import Any

import pytest

from authkit import (
    Authorizer,
    BadEvent,
    ConfigError,
    Cookie,
    Field,
    Forbidden,
    Header,
    Query,
    Request,
    Route,
    Routes,
    Unauthenticated,
    Unavailable,
    until_token_ends,
)
from authkit.errors import KeyProblem
from authkit.gateway.answer import Unauthorized
from authkit.gateway.sources import reads
from authkit.principal import Principal
from authkit.testing import appsync
from tests.support.authorizers import authorizer
from tests.support.events import arn, request_event

ARN = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3/$default/GET/orders/7"
V2: dict[str, Any] = {
    "version": "2.0", "type": "REQUEST", "routeArn": ARN, "headers": {"authorization": "x"},
    "requestContext": {"routeKey": "GET /orders/{orderId}"},
}  # fmt: skip
V1: dict[str, Any] = {"version": "1.0", "type": "REQUEST", "methodArn": ARN, "headers": {"authorization": "x"}}
REST: dict[str, Any] = {
    "type": "REQUEST",
    "methodArn": ARN.replace("$default", "prod"),
    "headers": {"authorization": "x"},
}
LIVE: dict[str, Any] = {**REST, "methodArn": "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3/live/$connect"}
GRAPH: dict[str, Any] = {"authorizationToken": "x", "requestContext": {"apiId": "a1b2c3", "accountId": "111122223333"}}
TABLE = [Route("GET", "/orders/{id}"), Route("$connect"), Field("Query.orders")]
DENY = {"principalId": "unknown", "policyDocument": {"Version": "2012-10-17", "Statement": [
    {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": [ARN.replace("GET/orders/7", "*")]},
]}}  # fmt: skip


def handler(refusal: Exception | None = None, **changes: Any) -> Authorizer:
    """Return an authorizer whose callers are all alice, or all refused."""

    @reads("header.authorization")
    def authenticate(request: Any) -> Principal:
        if refusal is not None:
            raise refusal
        return Principal("alice", scopes={"orders"}, claims={"sub": "alice"}, usage_key="key")

    return Authorizer(**{"authenticate": authenticate, "routes": TABLE, "observe": lambda record: None, **changes})


def outcome(event: dict[str, Any], refusal: Exception | None, **changes: Any) -> Any:
    """Return the answer, or the name of what is raised."""
    try:
        return handler(refusal, **changes)(event)
    except Exception as error:  # noqa: BLE001 - its name is what is looked at
        return type(error).__name__


BAD, PASSING = Unauthenticated("bad_signature"), KeyProblem("key_not_found_cooldown")
NO: dict[str, Any] = {"isAuthorized": False}
OUTCOMES: list[tuple[dict[str, Any], Exception, dict[str, Any], Any]] = [
    (REST, BAD, {}, "Unauthorized"),
    (LIVE, BAD, {}, "Unauthorized"),
    (V1, BAD, {}, DENY),
    (V2, BAD, {}, DENY),
    (V2, BAD, {"response": "simple"}, NO),
    (GRAPH, BAD, {}, NO),
    (V1, PASSING, {}, "Unauthorized"),
    (V2, PASSING, {}, "Unauthorized"),
    (V2, PASSING, {"response": "simple"}, "Unauthorized"),
    (GRAPH, PASSING, {}, {**NO, "ttlOverride": 0}),
    *((event, Unavailable("down"), {}, "Unavailable") for event in (REST, LIVE, V1, V2, GRAPH)),
    (V2, Unavailable("down"), {"response": "simple"}, "Unavailable"),
    (V1, Forbidden("network"), {}, DENY),
    (V2, Forbidden("network"), {}, DENY),
    (V2, Forbidden("network"), {"response": "simple"}, NO),
    (GRAPH, Forbidden("network"), {}, NO),
]


@pytest.mark.parametrize(("event", "refusal", "changes", "expected"), OUTCOMES)
def test_each_kind_is_refused_in_its_own_words(
    event: dict[str, Any], refusal: Exception, changes: dict[str, Any], expected: Any
) -> None:
    """A bad credential, one that may be good a little later, an outage, a guard's no."""
    assert outcome(event, refusal, **changes) == expected


@pytest.mark.parametrize("event", [V1, V2, LIVE])
def test_usage_keys_are_told_to_rest_apis_only(event: dict[str, Any]) -> None:
    """Elsewhere they mean nothing, and are a secret."""
    assert handler()(REST)["usageIdentifierKey"] == "key"
    assert "usageIdentifierKey" not in handler()(event)


@pytest.mark.parametrize(("event", "fits"), [(REST, False), (V1, False), (LIVE, False), (V2, True), (GRAPH, True)])
def test_simple_answers_are_for_payload_2_only(event: dict[str, Any], fits: bool) -> None:
    """Elsewhere they are a 500 that explains nothing; AppSync has a form of its own in any case."""
    if fits:
        assert handler(response="simple")(event)["isAuthorized"] is True
    else:
        with pytest.raises(BadEvent, match=r"payload 2\.0 only"):
            handler(response="simple")(event)


def test_a_simple_answer_is_for_the_route_that_was_asked_for() -> None:
    """So the route is a part of what the gateway keys on, and a path that is somebody's own is not kept at all."""
    plain = handler(response="simple")
    bound = handler(response="simple", routes=[Route("GET", "/users/{sub}", bind={"sub": "sub"})])
    own, other = (ARN.replace("orders/7", f"users/{name}") for name in ("alice", "bob"))

    assert plain.identity_sources == ("header.authorization", "context.routeKey")
    assert plain.cacheable
    delete = {"routeArn": ARN.replace("GET", "DELETE"), "requestContext": {"routeKey": "DELETE /orders/{orderId}"}}
    assert plain({**V2, **delete}) == NO
    assert not bound.cacheable
    assert bound({**V2, "routeArn": own})["isAuthorized"] is True
    assert bound({**V2, "routeArn": other}) == NO


COARSE = [
    Route("GET", "/orders/{id}", scopes={"orders"}),
    Route("DELETE", "/orders/{id}", scopes={"admin"}),
    Route("GET", "/admin", scopes={"admin"}),
]


@pytest.mark.parametrize("key", ["$default", "ANY /{proxy+}", "ANY /orders/{id}", "GET /{proxy+}", "", None])
def test_a_simple_answer_is_not_kept_for_a_route_with_another(key: Any) -> None:
    """The API's route is coarser than the table's: what is kept for a read would open what needs more."""
    event = {**V2, "requestContext": {"routeKey": key}}

    with pytest.raises(BadEvent, match="the gateway would keep this one for it"):
        handler(response="simple", routes=COARSE)(event)
    once = handler(response="simple", routes=COARSE, cached=False)
    assert once(event) == {"isAuthorized": True}
    assert not once.cacheable


@pytest.mark.parametrize("key", ["$default", "ANY /{proxy+}", "GET /orders/{any}"])
def test_a_coarse_route_with_one_answer_is_fine(key: str) -> None:
    """Nothing that is kept could be wrong."""
    table = [
        Route("ANY", "/{proxy+}", scopes={"orders"}),
        Route("ANY", "/", scopes={"orders"}),
        Route("GET", "/admin", scopes={"orders"}),
    ]

    assert handler(response="simple", routes=table)({**V2, "requestContext": {"routeKey": key}}) == {
        "isAuthorized": True
    }


OPEN = Route("ANY", "/orders/{id}", scopes={"orders"})
FINER = [
    (OPEN, Route("DELETE", "/orders/{id}", scopes={"admin"}), "ANY /orders/{id}"),
    (OPEN, Route("GET", "/orders/all", scopes={"admin"}), "ANY /orders/{orderId}"),
    (Route("ANY", "/{proxy+}", scopes={"orders"}), Route("GET", "/a/{p+}", scopes={"admin"}), "ANY /{proxy+}"),
]


@pytest.mark.parametrize(("route", "finer", "key"), FINER)
def test_a_table_with_finer_routes_than_the_apis_own_is_not_taken_for_it(route: Route, finer: Route, key: str) -> None:
    """The API may have the finer one too or not, and only who knows can say so."""
    event = {**V2, "requestContext": {"routeKey": key}}
    said = Routes([route, finer], one_to_one=True)

    with pytest.raises(BadEvent, match="one_to_one=True"):
        handler(response="simple", routes=[route, finer])(event)
    assert handler(response="simple", routes=said)(event) == {"isAuthorized": True}


def test_the_default_route_of_a_document_is_a_route_of_the_api() -> None:
    """It takes what goes to no other, and what is kept for it is for nothing else."""
    said = Routes([OPEN, *(Route("ANY", path, scopes={"admin"}) for path in ("/", "/{proxy+}"))], one_to_one=True)
    simple = handler(response="simple", routes=said)

    other = {"routeArn": ARN.replace("orders/7", "else"), "requestContext": {"routeKey": "$default"}}
    assert simple({**V2, **other}) == NO
    assert simple({**V2, "requestContext": {"routeKey": "ANY /orders/{id}"}}) == {"isAuthorized": True}
    with pytest.raises(BadEvent, match=r"also takes ANY /orders/\{id\}"):
        simple({**V2, "requestContext": {"routeKey": "$default"}})


def test_an_api_that_is_coarser_than_was_said_is_found_out() -> None:
    """By a request that should have come under a key of its own, though its answer is the same."""
    table = Routes([OPEN, Route("GET", "/orders/7", scopes={"orders"})], one_to_one=True)

    with pytest.raises(BadEvent, match="also takes GET /orders/7"):
        handler(response="simple", routes=table)({**V2, "requestContext": {"routeKey": "ANY /orders/{id}"}})


@pytest.mark.parametrize("key", ["ANY /orders/{id}", "GET /{proxy+}", "$default"])
def test_a_yes_is_not_kept_for_what_no_route_is_for(key: str) -> None:
    """Without the gateway's cache it is refused, and so it must be with it."""
    table = [Route("GET", "/orders/{id}", scopes={"orders"})]
    event = {**V2, "requestContext": {"routeKey": key}}

    with pytest.raises(BadEvent, match="also takes what is for no route of the table"):
        handler(response="simple", routes=table)(event)
    assert handler(response="simple", routes=table, cached=False)(event) == {"isAuthorized": True}
    assert handler(response="simple", routes=table)({**V2, "requestContext": {"routeKey": "GET /orders/{id}"}}) == {
        "isAuthorized": True
    }


@pytest.mark.parametrize("route", ["/orders/{id}/items", "/orders", "/{proxy+}", "/orders/{id}/{more+}", "/"])
def test_a_route_beside_the_apis_own_is_no_concern(route: str) -> None:
    """What cannot come under the key, or goes to a narrower route first, has an answer of its own."""
    table = [Route("GET", "/orders/{id}", scopes={"orders"}), Route("GET", route, scopes={"admin"})]
    event = {**V2, "requestContext": {"routeKey": "GET /orders/{id}"}}

    assert handler(response="simple", routes=table)(event) == {"isAuthorized": True}


@pytest.mark.parametrize("source", [Header("x-token"), Cookie("session"), Query("t")])
def test_appsync_keeps_nothing_of_what_is_read_elsewhere(source: Any) -> None:
    """Its key is the Authorization header alone: whoever has the same would get the answer without the credential."""
    from tests.support.tokens import bearer, signer

    graph = Authorizer(authenticate=bearer(source=source), routes=TABLE)
    headers = {"x-token": signer().token(), "cookie": f"session={signer().token()}"}

    assert graph({**GRAPH, "requestHeaders": headers}).get("ttlOverride") == 0
    assert graph({**GRAPH, "requestHeaders": {}}) == {**NO, "ttlOverride": 0}


@pytest.mark.parametrize("value", ["a,b", "a, a", ","])
def test_a_joined_header_is_a_repeated_one(value: str) -> None:
    """Payload 2.0 joins them by a comma, and hides that there were two."""
    from tests.support.tokens import bearer

    strict = Authorizer(authenticate=bearer(), routes=TABLE, observe=records.append)
    records.clear()

    strict({**V2, "headers": {"authorization": value}})

    assert records[-1].code == "credential_repeated"


records: list[Any] = []


def test_cookies_of_payload_2_are_listed() -> None:
    """The header may be missing then."""
    from authkit.gateway.request import parse

    event = {**V2, "cookies": ["sid=1", "theme=dark", "sid2=x=y"], "headers": {}}

    assert parse(event).cookie("sid") == ("1",)
    assert parse(event).cookie("sid2") == ("x=y",)
    assert parse({**V2, "headers": {"cookie": "sid=2; a=b"}}).cookie("sid") == ("2",)


# AppSync -----------------------------------------------------------------------------------------------------------


def test_fields_are_refused_one_by_one() -> None:
    """What is not granted is listed, sorted; what is not in the table is nobody's concern."""
    table = [
        Field("Query.orders", scopes={"orders"}),
        Field("Order.margin", scopes={"finance"}),
        Field("Mutation.delete", when=lambda principal: "admin" in principal.scopes),
    ]

    assert handler(routes=table)(GRAPH) == {"isAuthorized": True, "deniedFields": ["Mutation.delete", "Order.margin"]}


@pytest.mark.parametrize(
    "table", [[Field("Query.orders", scopes={"x"})], [Field("*", scopes={"x"}), Field("Query.a")], [Route("GET", "/a")]]
)
def test_whoever_may_ask_for_nothing_is_refused(table: list[Any]) -> None:
    """No field, not the API as a whole, or an API of another kind."""
    assert handler(routes=table)(GRAPH) == NO


def test_the_whole_api_is_a_field() -> None:
    """Then all of its fields are open, but those that are named."""
    table = [Field("*", scopes={"orders"}), Field("Order.margin", scopes={"finance"})]

    assert handler(routes=table)(GRAPH) == {"isAuthorized": True, "deniedFields": ["Order.margin"]}


def test_what_may_not_be_kept_says_so_to_appsync() -> None:
    """Its key is the Authorization header alone, so what reads more may not be kept under it."""

    @reads("header.x-tenant")
    def guard(request: Any) -> None:
        assert request.header("x-tenant") == ("acme",)

    event = {**GRAPH, "requestHeaders": {"x-tenant": "acme", "authorization": "other"}}

    assert handler()(GRAPH) == {"isAuthorized": True}
    assert handler(guards=[guard])(event) == {"isAuthorized": True, "ttlOverride": 0}


def test_a_token_stands_alone_on_appsync() -> None:
    """The word Bearer belongs to another mode there; after it, a token is taken as well."""
    from tests.support.tokens import bearer, signer

    graph = Authorizer(authenticate=bearer(), routes=TABLE)

    assert graph({**GRAPH, "authorizationToken": signer().token()})["isAuthorized"] is True
    assert graph({**GRAPH, "authorizationToken": f"Bearer {signer().token()}"})["isAuthorized"] is True
    assert graph({**GRAPH, "authorizationToken": f"Basic {signer().token()}"}) == NO


@pytest.mark.parametrize("name", ["", "orders", "Query.", ".orders", "Query.orders.id", "Query orders", "**", None, 5])
def test_a_field_has_a_name(name: Any) -> None:
    """GraphQL's, an ARN, or the star."""
    with pytest.raises(ConfigError):
        Field(name)
    with pytest.raises(ConfigError, match="scopes"):
        Field("Query.a", scopes="a b")
    with pytest.raises(ConfigError, match="when"):
        Field("Query.a", when=True)  # type: ignore[arg-type]


def test_a_field_stands_once() -> None:
    """Else one of the two would count, and nobody could say which."""
    with pytest.raises(ConfigError, match=r"the field Query.a stands twice"):
        Routes([Field("Query.a"), Field("Query.a", scopes={"x"})])


# The order of routes -------------------------------------------------------------------------------------------------

ORDERED = [Route("GET", "/a/{rest+}", scopes={"a"}), Route("GET", "/{x}/b", scopes={"b"})]


def test_a_table_that_the_kinds_read_differently_is_for_one_of_them() -> None:
    """A path a/b is the greedy route's on a REST API, and the full match's on an HTTP API."""
    rest, http = Routes(ORDERED), Routes(ORDERED, api="http")

    assert (rest.api, http.api) == ("rest", "http")
    assert str(rest.find("GET", "a/b")) == "GET /a/{rest+}"
    assert str(http.find("GET", "a/b")) == "GET /{x}/b"
    with pytest.raises(BadEvent, match="api='http'"):
        handler(routes=rest)(V2)
    with pytest.raises(BadEvent, match="api='rest'"):
        handler(routes=http)(REST)
    with pytest.raises(ConfigError, match="api is 'rest' or 'http'"):
        Routes(ORDERED, api="websocket")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "table",
    [
        [Route("GET", "/a/{rest+}"), Route("GET", "/a/b")],
        [Route("GET", "/a/{rest+}"), Route("GET", "/b/{x}")],
        [Route("ANY", "/{proxy+}"), Route("GET", "/a/{x}/c")],
        [Route("GET", "/a/{x}"), Route("GET", "/{y}/b")],
    ],
)
def test_most_tables_are_for_both(table: list[Route]) -> None:
    """Without a full match behind a greedy one there is nothing to read differently."""
    assert Routes(table).api is None
    assert handler(routes=table)(V2)
    assert handler(routes=table)(REST)


def test_connect_is_a_route_of_its_own() -> None:
    """With a resource that has neither method nor path, and none of a REST API's."""
    answer = handler(routes=[Route("$connect", scopes={"orders"}), Route("GET", "/orders/{id}")])(LIVE)

    stage = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3/live/"
    assert answer["policyDocument"]["Statement"][0]["Resource"] == [f"{stage}$connect", f"{stage}GET/orders/*"]
    assert str(Route("$connect")) == "$connect"
    with pytest.raises(ConfigError, match="has no path"):
        Route("$connect", "/chat")
    with pytest.raises(Unauthorized):
        handler(BAD)(LIVE)


def test_limits_are_never_dropped_in_silence_on_appsync() -> None:
    """Its answers have no conditions, so nothing would hold a caller to them."""
    handler = authorizer(routes=[Field("Query.order")], limits=[until_token_ends])

    with pytest.raises(BadEvent, match="limits are conditions of a policy"):
        handler(appsync("{ order { id } }", "ann"))


def test_what_vouches_for_one_request_opens_that_one_alone() -> None:
    """Were the answer kept in spite of all, no other route would be open without another proof."""

    @reads("header.authorization")
    def once(request: Request) -> Principal:
        return Principal("ann", scopes={"things:read", "things:write"})

    once.per_request = True  # type: ignore[attr-defined]
    handler = authorizer(authenticate=once)

    answer = handler(request_event({"Authorization": "x"}))

    assert [each["Resource"] for each in answer["policyDocument"]["Statement"]] == [[arn()]]
