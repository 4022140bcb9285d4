"""The authorizer's outcomes, row by row of the design's table, and what it does with each slot."""

from __future__ import annotations

import json
import traceback
from typing import Any

import pytest

from authkit import (
    AuthkitError,
    BadEvent,
    Forbidden,
    KeysUnavailable,
    Principal,
    Refused,
    Route,
    Unauthenticated,
    Unavailable,
    reads,
)
from authkit.gateway.answer import Unauthorized
from tests.support.authorizers import DENY_ALL, Told, authenticating, authorizer, guard_that
from tests.support.events import PREFIX, request_event, token_event
from tests.support.tokens import bearer

EVENT = request_event({"Authorization": "ann"})
SECRET = "-".join(["do", "not", "tell"])  # not in one piece: a traceback shows lines of this file


@pytest.mark.parametrize("event", [EVENT, token_event("ann")])
def test_an_allowed_caller_gets_the_policy_of_all_its_routes(event: dict[str, Any]) -> None:
    """Not only of the route asked for: the gateway keeps it for the others."""
    answer = authorizer(enrich=[lambda principal: {"tenant": principal.claims["tenant"]}])(event)

    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": [f"{PREFIX}GET/things/*"]}
    assert answer == {
        "principalId": "ann",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"tenant": "acme"},
    }


def test_the_policy_does_not_depend_on_the_route_asked_for() -> None:
    """Design section 4, rule 1."""
    handler = authorizer()
    asked = [f"{PREFIX}{method}" for method in ("GET/things/1", "DELETE/none", "GET/", "POST/things", "GET/*", "$x/a")]

    answers = {json.dumps(handler(request_event({"Authorization": "ann"}, methodArn=arn))) for arn in asked}

    assert len(answers) == 1


@pytest.mark.parametrize("event", [EVENT, token_event("ann")])
@pytest.mark.parametrize(
    "refusal",
    [Unauthenticated("x", detail="why"), *(each("x", detail="why") for each in Unauthenticated.__subclasses__())],
)
def test_a_bad_credential_is_exactly_unauthorized(event: dict[str, Any], refusal: Unauthenticated) -> None:
    """No prefix, no reason, and nothing that shows where it came from."""
    with pytest.raises(Unauthorized) as caught:
        authorizer(authenticate=authenticating(refusal))(event)

    shown = "".join(traceback.format_exception(caught.value))
    assert str(caught.value) == "Unauthorized"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert "why" not in shown
    assert "During handling" not in shown


def test_a_missing_credential_is_exactly_unauthorized() -> None:
    """For the token bearer as for any other."""
    handler = authorizer(authenticate=bearer())

    for event in (request_event(), token_event(""), token_event("Basic YTpi"), token_event("Bearer")):
        with pytest.raises(Unauthorized, match=r"^Unauthorized$"):
            handler(event)


def test_a_failed_guard_is_an_explicit_deny_of_the_stage() -> None:
    """Nobody was asked who they are, and the gateway wants a principal all the same."""
    answer = authorizer(guards=[guard_that(Forbidden("wrong_origin"))])(EVENT)

    assert answer == {"principalId": "unknown", "policyDocument": DENY_ALL}


def test_guards_run_in_their_order_and_before_the_credential() -> None:
    """The first that refuses ends it."""
    seen: list[str] = []

    def seeing(name: str, action: Any = None) -> Any:
        return reads("header.authorization")(lambda request: (seen.append(name), guard_that(action)(request))[1])

    guards = [seeing("first"), seeing("second", Forbidden()), seeing("third")]
    authorizer(guards=guards, authenticate=seeing("authenticate"))(EVENT)

    assert seen == ["first", "second"]


def test_a_guard_may_say_that_the_credential_is_bad() -> None:
    """Then it is a 401, as anywhere."""
    with pytest.raises(Unauthorized):
        authorizer(guards=[guard_that(Unauthenticated())])(EVENT)


def test_no_route_allowed_is_an_explicit_deny_in_the_callers_name() -> None:
    """A policy that is merely silent is overruled by a resource policy that allows."""
    answer = authorizer(routes=[Route("GET", "/things/{thing}", scopes={"other"})])(EVENT)

    assert answer == {"principalId": "ann", "policyDocument": DENY_ALL}


def test_a_denied_caller_gets_no_usage_key_and_no_context() -> None:
    """Both would be kept with the Deny."""
    somebody = Principal("ann", usage_key="k" * 30)

    answer = authorizer(authenticate=authenticating(somebody), enrich=[lambda principal: {"a": 1}])(EVENT)

    assert answer.keys() == {"principalId", "policyDocument"}


def test_a_usage_key_is_answered() -> None:
    """The gateway meters by it."""
    somebody = Principal("ann", scopes={"things:read"}, usage_key="k" * 30)

    assert authorizer(authenticate=authenticating(somebody))(EVENT)["usageIdentifierKey"] == "k" * 30


@pytest.mark.parametrize("outage", [Unavailable("store_down"), KeysUnavailable()])
@pytest.mark.parametrize("slot", ["guards", "authenticate", "enrich", "routes"])
def test_an_outage_is_raised_and_never_a_deny(outage: Unavailable, slot: str) -> None:
    """A Deny would tell the caller to give up, and be kept."""
    with pytest.raises(Unavailable) as caught:
        authorizer(**raising(outage, slot))(EVENT)

    assert caught.value is outage


def raising(error: BaseException, slot: str) -> dict[str, Any]:
    """Return the configuration in which this slot raises."""

    def when(principal: Principal) -> object:
        raise error

    return {
        "guards": {"guards": [guard_that(None), guard_that(error)]},
        "authenticate": {"authenticate": authenticating(error)},
        "enrich": {"enrich": [lambda principal: {}, when]},
        "routes": {"routes": [Route("GET", "/", when=when)]},
    }[slot]


@pytest.mark.parametrize(
    ("slot", "named"),
    [("guards", "guards[1]"), ("authenticate", "authenticate"), ("enrich", "enrich[1]"), ("routes", "routes")],
)
@pytest.mark.parametrize("kind", [ValueError, KeyError, RecursionError, OSError, AssertionError])
def test_a_foreign_exception_names_type_and_slot_and_not_its_message(
    slot: str, named: str, kind: type[Exception]
) -> None:
    """The message could hold a secret, and the runtime logs it."""
    with pytest.raises(AuthkitError) as caught:
        authorizer(**raising(kind(SECRET), slot))(EVENT)

    shown = "".join(traceback.format_exception(caught.value))
    assert type(caught.value).__name__ == "Unforeseen"
    assert str(caught.value).startswith(f"{kind.__name__} in {named} at ")
    assert SECRET not in shown
    assert "During handling" not in shown


@pytest.mark.parametrize("event", [EVENT, token_event("ann")])
def test_a_simple_answer_does_not_exist_on_rest(event: dict[str, Any]) -> None:
    """The gateway would answer 500; here it is said why."""
    with pytest.raises(BadEvent, match="response='simple' exists on HTTP APIs"):
        authorizer(response="simple")(event)


@pytest.mark.parametrize("source", ["header.x-edge", "querystring.t", "context.identity.sourceIp"])
def test_a_token_event_is_refused_by_what_reads_more(source: str) -> None:
    """It carries one header's value, which would stand for every other header too."""
    guard = reads(source)(lambda request: None)

    with pytest.raises(BadEvent, match="attach it as REQUEST"):
        authorizer(guards=[guard])(token_event("ann"))
    assert authorizer(guards=[guard])(EVENT)["principalId"] == "ann"


@pytest.mark.parametrize("event", [None, [], {}, "x", {"type": "TOKEN"}, request_event(version="2.0")])
def test_what_is_no_rest_event_is_never_answered(event: Any) -> None:
    """Nothing is allowed, and nothing is denied."""
    told = Told()

    with pytest.raises(BadEvent):
        authorizer(observe=told)(event)

    assert (told.only.outcome, told.only.code) == ("error", "BadEvent")


def test_a_refusal_of_no_family_is_raised() -> None:
    """It says neither 401 nor 403, so it is nobody's but the operator's."""
    with pytest.raises(Refused, match="odd"):
        authorizer(guards=[guard_that(Refused("odd"))])(EVENT)
