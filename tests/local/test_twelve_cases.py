"""Twelve cases where gateways on laptops are known to differ from AWS (contract sections 4 to 9), for every kind.

1 Action, 2 Condition, 3 NotResource, 4 object and list in the context, 5 usage key, 6 header case, 7 Deny,
8 Unauthorized, 9 other exception, 10 missing document, 11 missing source, 12 expression. 1, 2, 3 and 5 are about answers
that simple ones and AppSync's do not have, and 12 about TOKEN and AppSync alone. WebSockets are really upgraded.
"""

from __future__ import annotations

from typing import Any

import pytest

from authkit.local.gateway import Gateway
from authkit.local.http import HttpReply, HttpRequest
from authkit.local.plans import UsagePlan
from tests.local.gateways import (
    POLICY_KINDS,
    REST_KINDS,
    Function,
    appsync,
    body,
    gateway,
    graphql,
    header,
    over_the_wire,
    saying,
    sent,
    stage,
    statement,
)

REST = {
    401: ("UnauthorizedException", {"message": "Unauthorized"}),
    "failure": ("AuthorizerConfigurationException", {"message": None}),
    "configuration": ("AuthorizerConfigurationException", {"message": "Internal server error"}),
    "implicit": ("AccessDeniedException", {"Message": "User is not authorized to access this resource"}),
    "explicit": (
        "AccessDeniedException",
        {"Message": "User is not authorized to access this resource with an explicit deny in an identity-based policy"},
    ),
    "key": ("ForbiddenException", {"message": "Forbidden"}),
}
HTTP = {401: "Unauthorized", 403: "Forbidden", 500: "Internal Server Error"}

KINDS = pytest.mark.parametrize("kind", POLICY_KINDS)


def asked(kind: str, result: Any, **settings: Any) -> HttpReply:
    """Return the reply to a request, when this is the function's answer."""
    return answered(gateway(Function(result), kind, **settings), kind, sent(kind=kind))


def answered(asking: Gateway, kind: str, request: HttpRequest) -> HttpReply:
    """Return the reply to a request; to a WebSocket API over a connection of its own."""
    return over_the_wire(asking, request) if kind == "websocket" else asking.respond(request)


def refused(reply: HttpReply, kind: str, status: int, how: object) -> None:
    """Assert that the gateway refused as AWS does."""
    assert reply.status == status
    if kind.startswith("http-"):
        assert (body(reply), header(reply, "x-amzn-errortype")) == ({"message": HTTP[status]}, None)
        return
    error, said = REST[how]  # type: ignore[index]
    told = {name: value for name, value in body(reply).items() if name not in ("connectionId", "requestId")}
    assert (header(reply, "x-amzn-errortype"), told) == (error, said)
    assert ("connectionId" in body(reply)) == (kind == "websocket")


def passed(reply: HttpReply, kind: str) -> None:
    """Assert that the backend was reached."""
    assert reply.status == (101 if kind == "websocket" else 200)
    assert header(reply, "upgrade") == ("websocket" if kind == "websocket" else None)


@KINDS
@pytest.mark.parametrize("action", ["execute-api:ManageConnections", "execute-api:InvalidateCache", "s3:*"])
def test_1_an_allow_of_another_action_allows_nothing(kind: str, action: str) -> None:
    """Only Invoke is what a caller does, and a wildcard that covers it; case is no matter."""
    other = {**statement(f"{stage(kind)}*"), "Action": action}

    refused(asked(kind, saying(other)), kind, 403, "implicit")
    passed(asked(kind, saying({**other, "Action": [action, "EXECUTE-API:inv*"]})), kind)
    passed(asked(kind, saying(statement(f"{stage(kind)}*"), {**other, "Effect": "Deny"})), kind)


@KINDS
def test_2_a_condition_is_evaluated_with_the_requests_own_keys(kind: str) -> None:
    """Source, time, TLS and client, in an Allow and in a Deny."""
    holding = {
        "IpAddress": {"aws:SourceIp": "127.0.0.0/8"},
        "DateLessThan": {"aws:CurrentTime": "2026-08-17T09:41:08Z"},
        "NumericLessThan": {"aws:EpochTime": "1786959668"},
        "Bool": {"aws:SecureTransport": "true"},
        "Null": {"aws:Referer": "true", "aws:UserAgent": "true", "aws:SourceVpce": "true"},
        "ArnLike": {"aws:SourceArn": "arn:aws:execute-api:*:111122223333:local00000/*"},
    }
    failing = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    everything = f"{stage(kind)}*"

    passed(asked(kind, saying(statement(everything, Condition=holding))), kind)
    refused(asked(kind, saying(statement(everything, Condition=failing))), kind, 403, "implicit")
    passed(asked(kind, saying(statement(everything), statement(everything, "Deny", Condition=failing))), kind)
    denied = saying(statement(everything), statement(everything, "Deny", Condition=holding))
    refused(asked(kind, denied), kind, 403, "explicit")
    passed(asked(kind, saying(statement(everything, Condition=failing)), source_ip="203.0.113.9"), kind)


@KINDS
def test_3_a_not_resource_means_all_the_others(kind: str) -> None:
    """In an Allow and in a Deny."""
    asked_for = f"{stage(kind)}{'$connect' if kind == 'websocket' else 'GET/orders/*'}"
    elsewhere = f"{stage(kind)}POST/orders"
    allow = {"Effect": "Allow", "Action": "execute-api:Invoke"}

    passed(asked(kind, saying({**allow, "NotResource": elsewhere})), kind)
    refused(asked(kind, saying({**allow, "NotResource": asked_for})), kind, 403, "implicit")
    everything = statement(f"{stage(kind)}*")
    refused(
        asked(kind, saying(everything, {**allow, "Effect": "Deny", "NotResource": elsewhere})), kind, 403, "explicit"
    )


@KINDS
@pytest.mark.parametrize("value", [{"a": 1}, {}, ["a"], []], ids=["object", "empty object", "list", "empty list"])
def test_4_an_object_or_list_in_the_context_is_a_500_but_for_payload_2(kind: str, value: Any) -> None:
    """There it is passed on as it is."""
    reply = asked(kind, saying(statement(f"{stage(kind)}*"), context={"groups": value}))

    if kind == "http-v2":
        assert body(reply)["authorizer"]["lambda"]["groups"] == value
    else:
        refused(reply, kind, 500, "configuration")


@pytest.mark.parametrize("kind", REST_KINDS)
def test_5_a_usage_key_is_demanded_and_must_be_the_plans(kind: str) -> None:
    """Missing, empty, no text or another's is 403 INVALID_API_KEY; the plan's own passes and is seen behind."""
    plan = ("first-key-of-the-plan-000000000000", "second-key-of-the-plan-00000000000")
    allowed = saying(statement(f"{stage(kind)}*"))

    for wrong in ({}, {"usageIdentifierKey": ""}, {"usageIdentifierKey": 7}, {"usageIdentifierKey": plan[0][:-1]}):
        refused(asked(kind, {**allowed, **wrong}, plans=(UsagePlan(plan),)), kind, 403, "key")
    for key in plan:
        passed(asked(kind, {**allowed, "usageIdentifierKey": key}, plans=(UsagePlan(plan),)), kind)
    passed(asked(kind, {**allowed, "usageIdentifierKey": "whatever"}), kind)  # no key is required
    refused(asked(kind, {**allowed, "usageIdentifierKey": plan[0]}, plans=()), kind, 403, "key")


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION", "aUtHoRiZaTiOn"])
@KINDS
def test_6_header_names_keep_their_case_or_lose_it_by_kind(kind: str, name: str) -> None:
    """The identity source is found in any case; REST keeps what the caller used, payload 2.0 is in lower case."""
    function = Function(saying(statement(f"{stage(kind)}*")))

    request = sent("/orders/1", (name, "Bearer t"), ("X-MiXeD", "1"), kind=kind)
    reply = answered(gateway(function, kind), kind, request)

    passed(reply, kind)
    event = function.events[0]
    if kind == "rest-token":
        assert event["authorizationToken"] == "Bearer t"
    else:
        wanted = [name.lower(), "x-mixed"] if kind == "http-v2" else [name, "X-MiXeD"]
        assert [each for each in event["headers"] if each.lower() in ("authorization", "x-mixed")] == wanted


@KINDS
def test_7_a_deny_wins_over_every_allow(kind: str) -> None:
    """Whatever their order, and says so to REST callers alone."""
    allow, deny = statement(f"{stage(kind)}*"), statement(f"{stage(kind)}*", "Deny")

    for statements in ([allow, deny], [deny, allow], [deny]):
        refused(asked(kind, saying(*statements)), kind, 403, "explicit")


@KINDS
def test_8_the_exact_word_unauthorized_is_a_401_but_for_http_apis(kind: str) -> None:
    """The contract leaves open what HTTP APIs make of it, and assumes 500."""
    if kind.startswith("http-"):
        refused(asked(kind, Exception("Unauthorized")), kind, 500, "failure")
    else:
        refused(asked(kind, Exception("Unauthorized")), kind, 401, 401)
        refused(asked(kind, KeyError()), kind, 500, "failure")


@KINDS
@pytest.mark.parametrize("text", ["", "unauthorized", "Unauthorized ", "Unauthorized: expired", "[401] Unauthorized"])
def test_9_any_other_exception_is_a_500(kind: str, text: str) -> None:
    """No prefix, no reason, no other case."""
    refused(asked(kind, RuntimeError(text)), kind, 500, "failure")


@KINDS
@pytest.mark.parametrize(
    "answer",
    [
        {"principalId": "u"},
        {"principalId": "u", "policyDocument": None},
        {"principalId": "u", "policyDocument": "{}"},
        {"principalId": "u", "policyDocument": {}},
        {"isAuthorized": True},
        None,
        "Allow",
        [],
        {},
    ],
    ids=lambda answer: str(answer)[:40],
)
def test_10_a_missing_document_is_a_500(kind: str, answer: Any) -> None:
    """As is whatever else is no policy."""
    refused(asked(kind, answer), kind, 500, "configuration")


@KINDS
@pytest.mark.parametrize("headers", [(("X-Other", "1"),), (("Authorization", ""),)], ids=["missing", "empty"])
def test_11_a_missing_source_is_a_401_and_nobody_is_asked(kind: str, headers: Any) -> None:
    """Whether answers are kept or not."""
    for ttl in (0, 300):
        function = Function(saying(statement(f"{stage(kind)}*")))
        reply = answered(gateway(function, kind, ttl=ttl), kind, sent("/orders/1", *headers, kind=kind))
        refused(reply, kind, 401, 401)
        assert function.events == []


@pytest.mark.parametrize(
    ("expression", "token", "status"),
    [
        ("Bearer .+", "Bearer t", 200),
        ("Bearer .+", "bearer t", 401),
        ("Bearer", "Bearer t", 401),  # the whole value, as Java's matches() has it
        ("^Bearer .*$", "Bearer t", 200),
        ("[0-9]+", "123", 200),
        ("[0-9]+", "12a", 401),
    ],
)
def test_12_an_expression_must_match_or_nobody_is_asked(expression: str, token: str, status: int) -> None:
    """Of TOKEN authorizers alone."""
    function = Function(saying(statement(f"{stage()}*")))

    reply = gateway(function, "rest-token", expression=expression).respond(sent("/orders/1", ("Authorization", token)))

    assert (reply.status, len(function.events)) == (status, status == 200)
    if status == 401:
        refused(reply, "rest-token", 401, 401)


SIMPLE = "http-simple"
YES, NO = {"isAuthorized": True}, {"isAuthorized": False}


@pytest.mark.parametrize("value", [{"a": 1}, {}, ["a"], []], ids=["object", "empty object", "list", "empty list"])
def test_4_a_simple_answer_passes_an_object_or_list_on(value: Any) -> None:
    """As payload 2.0 does with policies."""
    assert body(asked(SIMPLE, {**YES, "context": {"groups": value}}))["authorizer"]["lambda"]["groups"] == value


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION", "aUtHoRiZaTiOn"])
def test_6_header_names_lose_their_case_where_the_answer_is_simple(name: str) -> None:
    """The identity source is found in any case."""
    function = Function(YES)

    passed(gateway(function, SIMPLE).respond(sent("/orders/1", (name, "Bearer t"))), SIMPLE)

    assert [each for each in function.events[0]["headers"] if each.lower() == "authorization"] == ["authorization"]


def test_7_a_simple_no_is_a_403() -> None:
    """It has no word to say why."""
    refused(asked(SIMPLE, NO), SIMPLE, 403, "implicit")
    passed(asked(SIMPLE, YES), SIMPLE)


@pytest.mark.parametrize("text", ["Unauthorized", "unauthorized", "", "Unauthorized: expired"])
def test_8_and_9_an_exception_is_a_500_where_the_answer_would_be_simple(text: str) -> None:
    """Whatever it says: the contract assumes so of HTTP APIs."""
    refused(asked(SIMPLE, Exception(text)), SIMPLE, 500, "failure")


@pytest.mark.parametrize("answer", [None, "yes", [], {}, {"isAuthorized": "true"}, {"isAuthorized": 1}, saying()])
def test_10_a_simple_answer_that_is_missing_is_a_500(answer: Any) -> None:
    """A policy is none."""
    refused(asked(SIMPLE, answer), SIMPLE, 500, "configuration")


@pytest.mark.parametrize("headers", [(("X-Other", "1"),), (("Authorization", ""),)], ids=["missing", "empty"])
def test_11_a_missing_source_is_a_401_where_the_answer_would_be_simple(headers: Any) -> None:
    """Nobody is asked."""
    function = Function(YES)

    refused(gateway(function, SIMPLE).respond(sent("/orders/1", *headers)), SIMPLE, 401, 401)

    assert function.events == []


def unauthorized(reply: HttpReply, said: str = "You are not authorized to make this call.") -> None:
    """Assert that AppSync refused: it has one way to."""
    errors = [{"errorType": "UnauthorizedException", "message": said}]
    assert (reply.status, body(reply)) == (401, {"errors": errors})
    assert header(reply, "x-amzn-errortype") == "UnauthorizedException"


@pytest.mark.parametrize("value", [{"a": 1}, {}, ["a"], []], ids=["object", "empty object", "list", "empty list"])
def test_4_an_object_or_list_in_the_context_is_none_on_appsync(value: Any) -> None:
    """It is flat."""
    unauthorized(appsync(Function({**YES, "resolverContext": {"groups": value}})).respond(graphql()))


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION", "aUtHoRiZaTiOn"])
def test_6_header_names_lose_their_case_on_appsync(name: str) -> None:
    """The credential is found in any."""
    function = Function(YES)

    assert appsync(function).respond(graphql("{ a }", (name, "t"), ("X-MiXeD", "1"))).status == 200

    event = function.events[0]
    assert (event["authorizationToken"], event["requestHeaders"]["authorization"]) == ("t", "t")
    assert event["requestHeaders"]["x-mixed"] == "1"


def test_7_a_no_is_a_401_on_appsync() -> None:
    """With a fixed text."""
    unauthorized(appsync(Function(NO)).respond(graphql()))


@pytest.mark.parametrize("text", ["Unauthorized", "unauthorized", "", "Unauthorized: expired"])
def test_8_and_9_an_exception_lets_nobody_in_on_appsync(text: str) -> None:
    """Whatever it says. What else callers could see of it is not documented."""
    calls: list[Any] = []

    unauthorized(appsync(Function(Exception(text)), calls=calls).respond(graphql()))

    assert (calls[0].refusal, calls[0].steps[-1].said) == ("AUTHORIZER_FAILURE", "raised Exception")


@pytest.mark.parametrize(
    "answer", [None, "yes", [], {}, {"isAuthorized": "true"}, {"isAuthorized": 1}, saying(statement("*"))]
)
def test_10_a_missing_answer_lets_nobody_in_on_appsync(answer: Any) -> None:
    """A policy is none."""
    unauthorized(appsync(Function(answer)).respond(graphql()))


@pytest.mark.parametrize("headers", [(("X-Other", "1"),), (("Authorization", ""),)], ids=["missing", "empty"])
def test_11_a_missing_source_is_a_401_on_appsync(headers: Any) -> None:
    """Nobody is asked."""
    function = Function(YES)

    reply = appsync(function).respond(graphql("{ a }", *headers))

    unauthorized(reply, "Valid authorization header not provided.")
    assert function.events == []


@pytest.mark.parametrize(("token", "status"), [("custom-t", 200), ("Custom-t", 401), ("xcustom-t", 401)])
def test_12_an_expression_must_match_on_appsync(token: str, status: int) -> None:
    """The whole credential, before anybody is asked."""
    function = Function(YES)

    reply = appsync(function, expression="custom-.+").respond(graphql("{ a }", ("Authorization", token)))

    assert (reply.status, len(function.events)) == (status, status == 200)
