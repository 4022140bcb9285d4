"""The gateway on the laptop answers what API Gateway answers (contract sections 6 and 7)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authkit.gateway.answer import Unauthorized
from authkit.local.events import Api
from authkit.local.gateway import Call, Gateway, Settings
from authkit.local.http import HttpRequest
from authkit.policy.route import Route
from authkit.policy.routes import Routes

ROUTES = Routes(
    [Route("GET", "/orders/{id}"), Route("GET", "/files/{path+}"), Route("GET", "/"), Route("POST", "/orders")]
)
STAGE = "arn:aws:execute-api:eu-west-1:111122223333:local00000/dev/"


class Function:
    """A stand-in for the function: gives or raises what it is told, and keeps the events."""

    def __init__(self, result: Any) -> None:
        self.result = result
        self.events: list[dict[str, Any]] = []

    def __call__(self, event: dict[str, Any], context: object) -> Any:
        self.events.append(event)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


def allowing(*paths: str, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    """Return an answer with one statement."""
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": [STAGE + path for path in paths]}
    return {"principalId": "user-42", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}, **more}


def a_gateway(function: Function, *, calls: list[Call] | None = None, **settings: Any) -> Gateway:
    """Return a gateway with the usual settings."""
    chosen = Settings(**{"sources": ("header.authorization",), **settings})
    return Gateway(
        function, ROUTES, chosen, tell=(calls if calls is not None else []).append, clock=lambda: 1786959667.5
    )


def get(path: str, *headers: tuple[str, str], query: str = "", method: str = "GET") -> HttpRequest:
    """Return a request with a credential, unless other headers are given."""
    return HttpRequest(method, path, query, headers or (("Authorization", "Bearer t"),))


def test_an_allowed_request_reaches_the_backend_with_the_context_as_text() -> None:
    """REST backends see texts, principalId beside them."""
    function = Function(allowing("GET/*", context={"quota": 250, "beta": True, "tenant": "acme"}))

    reply = a_gateway(function).respond(get("/orders/1"))

    seen = json.loads(reply.body)["authorizer"]
    assert (reply.status, seen) == (200, {"principalId": "user-42", "quota": "250", "beta": "true", "tenant": "acme"})


@pytest.mark.parametrize(
    ("result", "status", "error", "body"),
    [
        (Unauthorized(), 401, "UnauthorizedException", {"message": "Unauthorized"}),
        (Exception("Unauthorized"), 401, "UnauthorizedException", {"message": "Unauthorized"}),
        (Exception("Unauthorized: expired"), 500, "AuthorizerConfigurationException", {"message": None}),
        (RuntimeError("secret"), 500, "AuthorizerConfigurationException", {"message": None}),
        (None, 500, "AuthorizerConfigurationException", {"message": "Internal server error"}),
        ({"principalId": "x"}, 500, "AuthorizerConfigurationException", {"message": "Internal server error"}),
        ({"policyDocument": {}}, 500, "AuthorizerConfigurationException", {"message": "Internal server error"}),
        (
            allowing("*") | {"policyDocument": "{}"},
            500,
            "AuthorizerConfigurationException",
            {"message": "Internal server error"},
        ),
        (
            allowing("*") | {"principalId": ""},
            500,
            "AuthorizerConfigurationException",
            {"message": "Internal server error"},
        ),
        (
            allowing("*", context={"groups": ["a"]}),
            500,
            "AuthorizerConfigurationException",
            {"message": "Internal server error"},
        ),
        (
            allowing("*", context={"who": {"a": 1}}),
            500,
            "AuthorizerConfigurationException",
            {"message": "Internal server error"},
        ),
        (allowing("*", effect="allow"), 500, "AuthorizerConfigurationException", {"message": "Internal server error"}),
        (
            allowing("POST/orders"),
            403,
            "AccessDeniedException",
            {"Message": "User is not authorized to access this resource"},
        ),
        (
            allowing("*", effect="Deny"),
            403,
            "AccessDeniedException",
            {
                "Message": "User is not authorized to access this resource with an explicit deny in an identity-based policy"
            },
        ),
    ],
)
def test_each_outcome_of_the_function_has_its_reply(result: Any, status: int, error: str, body: dict[str, Any]) -> None:
    """The table of contract section 6."""
    reply = a_gateway(Function(result)).respond(get("/orders/1"))

    assert (reply.status, json.loads(reply.body)) == (status, body)
    assert dict(reply.headers)["x-amzn-ErrorType"] == error


def test_a_missing_or_empty_identity_source_is_401_without_a_call() -> None:
    """The function is not called, whether the header is absent or empty."""
    function = Function(allowing("*"))
    gateway = a_gateway(function, sources=("header.authorization", "querystring.tenant"))

    replies = [
        gateway.respond(get("/orders/1")),
        gateway.respond(get("/orders/1", ("Authorization", ""), query="tenant=a")),
        gateway.respond(get("/orders/1", ("X-Other", "1"), query="tenant=a")),
    ]

    assert [reply.status for reply in replies] == [401, 401, 401]
    assert function.events == []


def test_an_unknown_route_is_403_before_anybody_is_asked() -> None:
    """API Gateway says Missing Authentication Token to what it does not know."""
    function, calls = Function(allowing("*")), []

    reply = a_gateway(function, calls=calls).respond(get("/nowhere"))

    assert (reply.status, json.loads(reply.body)) == (403, {"message": "Missing Authentication Token"})
    assert function.events == []
    assert calls[0].steps[0].said == "no such route"


def test_a_kept_answer_is_judged_anew_for_each_route() -> None:
    """The policy is kept, not its verdict; method and path are no part of the key."""
    function = Function(allowing("GET/orders/*"))
    gateway = a_gateway(function)

    statuses = [gateway.respond(get(path)).status for path in ("/orders/1", "/orders/2", "/files/a/b")]

    assert statuses == [200, 200, 403]
    assert len(function.events) == 1


def test_denials_are_kept_and_exceptions_are_not() -> None:
    """A Deny stays for the TTL; a failure is tried again."""
    denying, failing = Function(allowing("*", effect="Deny")), Function(RuntimeError())

    for function in (denying, failing):
        gateway = a_gateway(function)
        for _ in range(3):
            gateway.respond(get("/orders/1"))

    assert (len(denying.events), len(failing.events)) == (1, 3)


def test_answers_are_kept_by_every_identity_source_and_for_the_ttl() -> None:
    """Another value of any source, or a TTL that has passed, asks anew."""
    function, now = Function(allowing("*")), [0.0]
    settings = Settings(sources=("header.authorization", "context.identity.sourceIp"), ttl=60)
    gateway = Gateway(function, ROUTES, settings, timer=lambda: now[0])

    gateway.respond(get("/orders/1"))
    gateway.respond(get("/orders/1")._replace(source_ip="127.0.0.2"))
    gateway.respond(get("/orders/1"))
    before = len(function.events)
    now[0] = 61.0
    gateway.respond(get("/orders/1"))

    assert (before, len(function.events)) == (2, 3)


def test_ttl_zero_keeps_nothing() -> None:
    """Every request asks."""
    function = Function(allowing("*"))
    gateway = a_gateway(function, ttl=0)

    gateway.respond(get("/orders/1"))
    gateway.respond(get("/orders/1"))

    assert len(function.events) == 2


def test_a_request_event_has_what_the_contract_says() -> None:
    """Real HTTP to the fields of contract section 3.2."""
    function = Function(allowing("*"))
    headers = (("Authorization", "Bearer t"), ("X-Twice", "a"), ("X-Twice", "b"), ("Host", "localhost:1"))

    a_gateway(function).respond(get("/files/a%20b/c%2Fd", *headers, query="tag=a&tag=b&empty="))

    event = function.events[0]
    assert event["methodArn"] == STAGE + "GET/files/a b/c%2Fd"
    assert (event["type"], event["resource"], event["httpMethod"]) == ("REQUEST", "/files/{path+}", "GET")
    assert event["pathParameters"] == {"path": "a b/c%2Fd"}
    assert (event["headers"]["X-Twice"], event["multiValueHeaders"]["X-Twice"]) == ("b", ["a", "b"])
    assert event["queryStringParameters"] == {"tag": "b", "empty": ""}
    assert event["multiValueQueryStringParameters"]["tag"] == ["a", "b"]
    context = event["requestContext"]
    assert (context["stage"], context["path"], context["requestTimeEpoch"]) == (
        "dev",
        "/dev/files/a%20b/c%2Fd",
        1786959667500,
    )
    assert (context["identity"]["sourceIp"], context["requestTime"]) == ("127.0.0.1", "17/Aug/2026:09:41:07 +0000")


def test_a_token_event_has_three_fields_and_no_more() -> None:
    """Contract section 3.1."""
    function = Function(allowing("*"))

    a_gateway(function, kind="rest-token").respond(get("/orders/7"))

    expected = {"type": "TOKEN", "authorizationToken": "Bearer t", "methodArn": STAGE + "GET/orders/7"}
    assert function.events == [expected]


def test_the_root_leaves_a_trailing_slash_in_the_arn() -> None:
    """Contract section 2."""
    function = Function(allowing("GET/"))

    reply = a_gateway(function).respond(get("/"))

    assert (reply.status, function.events[0]["methodArn"]) == (200, STAGE + "GET/")


def test_conditions_see_the_request() -> None:
    """A kept Allow can be bound to a network and to an end."""
    answer = allowing("*")
    answer["policyDocument"]["Statement"][0]["Condition"] = {
        "IpAddress": {"aws:SourceIp": "127.0.0.0/8"},
        "DateLessThan": {"aws:CurrentTime": "2026-08-17T09:41:08Z"},
        "StringEquals": {"aws:UserAgent": "curl", "aws:Referer": "https://a"},
    }
    headers = (("Authorization", "t"), ("User-Agent", "curl"), ("Referer", "https://a"))
    gateway = a_gateway(Function(answer))

    inside = gateway.respond(get("/orders/1", *headers))
    outside = gateway.respond(get("/orders/1", *headers)._replace(source_ip="192.0.2.1"))

    assert (inside.status, outside.status) == (200, 403)


def test_a_source_may_stand_behind_a_semicolon() -> None:
    """There REST APIs part parameters too, so the key has what the event has."""
    function = Function(allowing("*"))
    gateway = a_gateway(function, sources=("querystring.token",))

    first = gateway.respond(get("/orders/1")._replace(query="page=1;token=a;token=b"))
    again = gateway.respond(get("/orders/1")._replace(query="token=b"))

    assert (first.status, again.status) == (200, 200)
    assert [event["queryStringParameters"]["token"] for event in function.events] == ["b"]


def test_an_unknown_condition_is_a_500() -> None:
    """It is never guessed."""
    answer = allowing("*")
    answer["policyDocument"]["Statement"][0]["Condition"] = {"StringMatches": {"aws:UserAgent": "x"}}

    assert a_gateway(Function(answer)).respond(get("/orders/1")).status == 500


def test_stage_variables_are_sources_that_the_laptop_does_not_have() -> None:
    """A source without a value is missing, wherever it is."""
    gateway = a_gateway(
        Function(allowing("*")), sources=("header.authorization", "stageVariables.tier"), api=Api(stage="v1")
    )

    assert gateway.respond(get("/orders/1")).status == 401
