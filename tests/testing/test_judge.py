"""An answer means what API Gateway makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from authkit import Authorizer, BadAnswer, BadEvent, JWTBearer, Route, Unavailable
from authkit.gateway.answer import Unauthorized
from authkit.policy.conditions import UnknownCondition
from authkit.policy.evaluate import BadPolicy
from authkit.testing import (
    BAD_TOKENS,
    Clock,
    Decided,
    StubIssuer,
    allows,
    decision,
    http_v1,
    http_v2,
    rest_request,
    rest_token,
    websocket,
)

STAGE = "arn:aws:execute-api:eu-west-1:111122223333:stubapi001/prod/"
CLOCK = Clock(1_700_000_000)
ISSUER = StubIssuer(clock=CLOCK)


def policy(*resources: str, effect: str = "Allow", **members: Any) -> dict[str, Any]:
    """Return a policy for these resources below the stage."""
    listed = [f"{STAGE}{each}" for each in resources]
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": listed, **members}
    return {"Version": "2012-10-17", "Statement": [statement]}


def answer(*resources: str, **members: Any) -> dict[str, Any]:
    """Return an answer with such a policy."""
    return {"principalId": "alice", "policyDocument": policy(*resources, **members)}


def answering(given: Any) -> Any:
    """Return a handler that gives, or raises, this."""

    def handler(event: dict[str, Any], context: object) -> Any:
        if isinstance(given, Exception):
            raise given
        return given

    return handler


@pytest.fixture
def handler() -> Authorizer:
    """Return an authorizer of the stub issuer's tokens."""
    return Authorizer(
        authenticate=JWTBearer(issuer=ISSUER.url, audience=ISSUER.audience, jwks=ISSUER.jwks, clock=CLOCK),
        routes=[
            Route("GET", "/orders/{id}", scopes={"orders:read"}),
            Route("DELETE", "/orders/{id}", scopes={"orders:write"}),
        ],
        enrich=[lambda principal: {"who": principal.id}],
        observe=lambda record: None,
    )


def test_a_reader_may_read(handler: Authorizer) -> None:
    """What the kit is for: one answer, judged for other requests too."""
    given = handler(rest_request("GET", "/orders/1", token=ISSUER.token(scope="orders:read")))

    assert allows(given, "GET", "/orders/2")
    assert not allows(given, "DELETE", "/orders/2")
    assert not allows(given, "GET", "/customers")


def test_each_outcome_has_its_status(handler: Authorizer) -> None:
    """Design section 3."""
    reader, nobody = ISSUER.token(scope="orders:read"), ISSUER.token()

    good = decision(handler, rest_request("GET", "/orders/1", token=reader))

    assert (good.status, good.principal, good.context, good.error) == (200, "alice", {"who": "alice"}, None)
    assert good.policy == policy("GET/orders/*")
    assert decision(handler, rest_request("DELETE", "/orders/1", token=reader)).status == 403
    assert decision(handler, rest_request("GET", "/orders/1", token=nobody)).status == 403
    assert decision(handler, rest_request("GET", "/orders/1")).status == 401
    assert decision(handler, rest_token("GET", "/orders/1", reader)).status == 200
    assert decision(answering(Unavailable()), rest_token("GET", "/orders/1", reader)).status == 500


@pytest.mark.parametrize("name", BAD_TOKENS)
def test_a_handler_refuses_every_bad_token(handler: Authorizer, name: str) -> None:
    """The test that every user should have."""
    event = rest_request("GET", "/orders/1", token=ISSUER.bad_tokens(scope="orders:read")[name])

    assert decision(handler, event).status == 401


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (rest_token("GET", "/", "t"), 401),
        (rest_request("GET", "/"), 401),
        (websocket(), 401),
        (http_v1("GET", "/"), 500),
        (http_v2("GET", "/"), 500),
    ],
    ids=["rest-token", "rest-request", "websocket", "http-v1", "http-v2"],
)
def test_the_exact_word_is_a_401_where_the_kind_knows_it(event: dict[str, Any], status: int) -> None:
    """Whatever the class of the exception; and an HTTP API makes a 500 of it."""
    said = decision(answering(RuntimeError("Unauthorized")), event)

    assert (said.status, type(said.error)) == (status, RuntimeError)
    assert decision(answering(Unauthorized()), event).status == status


@pytest.mark.parametrize("words", ["unauthorized", "Unauthorized: expired", "Unauthorized ", ""])
def test_any_other_word_is_a_500(words: str) -> None:
    """No prefix, no reason after it."""
    assert decision(answering(Exception(words)), rest_request("GET", "/")).status == 500


@pytest.mark.parametrize(
    "given",
    [
        None,
        "Allow",
        [],
        {},
        {"principalId": "alice"},
        {"principalId": "alice", "policyDocument": "{}"},
        {"policyDocument": policy("GET/")},
        {"principalId": "", "policyDocument": policy("GET/")},
        {"principalId": 1, "policyDocument": policy("GET/")},
        {"principalId": "alice", "policyDocument": policy()},
        {**answer("GET/"), "context": ["a"]},
        {**answer("GET/"), "context": {"roles": ["a"]}},
        {**answer("GET/"), "context": {"ratio": float("nan")}},
        {**answer("GET/"), "context": {"scopes": frozenset({"a"})}},
        {"isAuthorized": True},
    ],
    ids=repr,
)
def test_an_answer_that_is_not_understood_is_a_500(given: Any) -> None:
    """And the reason can be read."""
    said = decision(answering(given), rest_request("GET", "/"))

    assert (said.status, said.principal, said.policy) == (500, None, None)
    assert isinstance(said.error, (BadAnswer, BadPolicy, TypeError, ValueError))


def test_a_simple_answer_is_for_payload_2() -> None:
    """A real boolean; the context may hold lists there."""
    event = http_v2("GET", "/")

    allowed = decision(answering({"isAuthorized": True, "context": {"roles": ["a"]}}), event)

    assert allowed == Decided(200, context={"roles": ["a"]})
    assert decision(answering({"isAuthorized": False}), event).status == 403
    assert decision(answering({"isAuthorized": "true"}), event).status == 500
    assert decision(answering({"isAuthorized": True}), http_v1("GET", "/")).status == 500


def test_a_websocket_is_judged_by_its_route() -> None:
    """Whose ARN has no path."""
    assert decision(answering(answer("$connect")), websocket()).status == 200
    assert decision(answering(answer("GET/*")), websocket()).status == 403
    assert allows(answer("$connect"), "$connect")


def test_conditions_are_judged_by_the_keys_given() -> None:
    """As those of a policy for one network."""
    bound = answer("GET/*", Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})
    inside, outside = {"aws:SourceIp": "192.0.2.1"}, {"aws:SourceIp": "203.0.113.1"}

    assert allows(bound, "GET", "/a", conditions=inside)
    assert not allows(bound, "GET", "/a", conditions=outside)
    assert decision(answering(bound), rest_request("GET", "/a"), inside).status == 200
    assert decision(answering(bound), rest_request("GET", "/a"), outside).status == 403


def test_a_condition_that_is_not_understood_is_no_outcome() -> None:
    """The kit cannot tell what the gateway would make of it."""
    odd = answer("GET/*", Condition={"ForAllValues:Odd": {"aws:SourceIp": "x"}})

    with pytest.raises(UnknownCondition):
        decision(answering(odd), rest_request("GET", "/a"))


def test_a_handler_is_called_as_lambda_calls_it() -> None:
    """With an event of its own, and a second argument."""
    event = rest_request("GET", "/")
    seen: list[Any] = []

    def handler(given: dict[str, Any], context: object) -> dict[str, Any]:
        seen.append((given == event, given is event))
        given.clear()
        return answer("GET/")

    assert decision(handler, event).status == 200
    assert seen == [(True, False)]
    assert event


def test_what_is_no_authorizers_event_is_a_mistake_of_the_test() -> None:
    """Not an outcome."""
    with pytest.raises(BadEvent):
        decision(answering(answer("GET/")), {"httpMethod": "GET"})


def test_a_deny_wins_and_a_star_crosses_slashes() -> None:
    """As in IAM."""
    both = answer("GET/orders/*")
    both["policyDocument"]["Statement"] += policy("GET/orders/*/audit", effect="Deny")["Statement"]

    assert allows(both, "GET", "/orders/1/lines")
    assert not allows(both, "GET", "/orders/1/audit")


def test_a_path_is_judged_as_the_gateway_decodes_it() -> None:
    """A path as sent."""
    assert allows(answer("GET/users/a b"), "GET", "/users/a%20b")


def test_without_an_event_the_stage_is_the_policys_own() -> None:
    """Of whatever API; with an event, it is the event's."""
    given = answer("GET/orders")
    elsewhere = rest_request("GET", "/orders", stage="dev")

    assert allows(given, "GET", "/orders")
    assert allows(given, "GET", "/orders", event=rest_request("GET", "/"))
    assert not allows(given, "GET", "/orders", event=elsewhere)


@pytest.mark.parametrize(
    "resource", ["*", "arn:aws:execute-api:*:*:*", "arn:aws:execute-api:eu-west-1:1:a*/prod/GET/", "arn:aws:s3:::b"]
)
def test_a_policy_that_names_no_stage_needs_an_event(resource: str) -> None:
    """Rather than a guess that makes `not allows` true for nothing."""
    given = answer()
    given["policyDocument"]["Statement"][0]["Resource"] = resource

    with pytest.raises(ValueError, match="names no stage"):
        allows(given, "GET", "/")

    assert allows(given, "GET", "/", event=rest_request("GET", "/")) == (resource in ("*", "arn:aws:execute-api:*:*:*"))


def test_a_policy_of_several_stages_needs_an_event() -> None:
    """One of them would be a guess."""
    given = answer("GET/")
    given["policyDocument"]["Statement"][0]["Resource"].append(STAGE.replace("prod", "dev") + "GET/")

    with pytest.raises(ValueError, match="several stages"):
        allows(given, "GET", "/")


def test_a_policy_with_one_statement_and_one_text_is_read() -> None:
    """Both may stand without a list; NotResource names a stage too."""
    one = {"Effect": "Allow", "Action": "*", "Resource": f"{STAGE}GET/*"}
    other = {"Effect": "Allow", "Action": "*", "NotResource": [f"{STAGE}GET/secret"]}

    for statement, path in ((one, "/a"), (other, "/a")):
        assert allows({"policyDocument": {"Version": "2012-10-17", "Statement": statement}}, "GET", path)


@pytest.mark.parametrize(
    "given",
    [
        None,
        {},
        {"principalId": "alice"},
        {"isAuthorized": True, "policyDocument": policy("GET/")},
        {"policyDocument": "{}"},
        {"policyDocument": {"Version": "2012-10-17", "Statement": ["x"]}},
    ],
    ids=repr,
)
def test_what_is_no_answer_is_neither_allowed_nor_refused(given: Any) -> None:
    """`assert not allows(None, …)` would be true of a handler that forgot to answer."""
    with pytest.raises(ValueError, match=r"answer|policy"):
        allows(given, "GET", "/")


def test_a_simple_answer_is_for_every_request() -> None:
    """Only a real yes counts."""
    assert allows({"isAuthorized": True}, "DELETE", "/everything")
    assert not allows({"isAuthorized": False}, "GET", "/")
    assert not allows({"isAuthorized": "true"}, "GET", "/")
