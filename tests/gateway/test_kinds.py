"""Events are told apart in the contract's order, and all else is refused (contract section 1)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit import BadEvent
from authkit.gateway.request import kind_of, parse
from tests.support.events import PREFIX, request_event, token_event

LIVE = f"{PREFIX}$connect"

KINDS: list[tuple[dict[str, Any], str]] = [
    (token_event(), "rest-token"),
    (token_event(version="2.0", requestContext={"eventType": "CONNECT"}), "rest-token"),
    (request_event(version="2.0"), "http-v2"),
    (request_event(version="2.0", methodArn=LIVE), "http-v2"),
    (request_event(version="1.0"), "http-v1"),
    (request_event(version="1.0", context={"eventType": "CONNECT"}), "http-v1"),
    (request_event(methodArn=LIVE), "websocket"),
    (request_event(context={"eventType": "CONNECT"}), "websocket"),
    (request_event(), "rest-request"),
    (request_event(version=None), "rest-request"),
    (request_event(methodArn=f"{PREFIX}GET/files/$connect"), "rest-request"),
    (request_event(methodArn=f"{PREFIX}GET/$connect"), "rest-request"),
    ({"authorizationToken": "t", "requestContext": {"apiId": "a"}}, "appsync"),
]

NO_AUTHORIZER: list[Any] = [
    {},
    {"type": None},
    {"type": "token", "authorizationToken": "Bearer t"},
    {"type": "request"},
    {"type": ["TOKEN"]},
    {"type": {"TOKEN": 1}},
    {"type": True},
    request_event(version="3.0"),
    request_event(version=2.0),
    request_event(version=""),
    request_event(version=["1.0"]),
    {"authorizationToken": "t"},
    {"authorizationToken": "t", "requestContext": {}},
    {"authorizationToken": "t", "requestContext": None},
    {"requestContext": {"apiId": "a"}},
    {"httpMethod": "GET", "path": "/", "headers": {"Authorization": "Bearer t"}, "body": None},
    {"requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:x"}}, "httpMethod": "GET"},
    {"version": "2.0", "rawPath": "/", "requestContext": {"http": {"method": "GET"}}},
    {"Records": []},
]


@pytest.mark.parametrize(("event", "kind"), KINDS)
def test_an_event_tells_its_kind(event: dict[str, Any], kind: str) -> None:
    """The first rule that fits decides."""
    assert kind_of(event) == kind


@pytest.mark.parametrize("event", NO_AUTHORIZER)
def test_what_is_no_authorizers_event_is_refused(event: dict[str, Any]) -> None:
    """A proxy's, a load balancer's and a function URL's events, and nothing at all."""
    with pytest.raises(BadEvent, match="attached as an authorizer"):
        parse(event)


@pytest.mark.parametrize("event", [None, "TOKEN", 7, [], [token_event()], b"{}"])
def test_what_is_no_object_is_refused(event: object) -> None:
    """The function was called by something else."""
    with pytest.raises(BadEvent, match="not a JSON object"):
        parse(event)


@pytest.mark.parametrize(("event", "kind"), KINDS)
def test_each_kind_becomes_a_request(event: dict[str, Any], kind: str) -> None:
    """With the ARN where that kind has it; AppSync has none, and its API is known all the same."""
    event = {**event, "routeArn": LIVE.replace("/$connect", "/GET/orders")} if kind == "http-v2" else event
    event = (
        {**event, "requestContext": {**event.get("requestContext", {}), "accountId": "1"}}
        if kind == "appsync"
        else event
    )

    request = parse(event)

    assert request.kind == kind
    assert request.arn.api


@pytest.mark.parametrize("context", [{"apiId": "a"}, {"apiId": "a", "accountId": 5}, {"apiId": 5, "accountId": "1"}])
def test_an_appsync_event_names_its_api(context: dict[str, Any]) -> None:
    """As texts; else it is something else."""
    with pytest.raises(BadEvent):
        parse({"authorizationToken": "t", "requestContext": context})


def test_an_appsync_event_api_is_refused() -> None:
    """It calls the same kind of function, and what it takes for an answer is not documented."""
    context = {"apiId": "a", "accountId": "1", "channelNamespaceName": "chat", "operation": "EVENT_CONNECT"}

    with pytest.raises(BadEvent, match="AppSync Event API"):
        parse({"authorizationToken": "t", "requestContext": context})


def test_a_token_event_has_three_fields_and_no_more() -> None:
    """What emulators add would be read on the laptop and missing in production."""
    extra = request_event({"Cookie": "sid=1"}, query={"q": "1"})
    event = {**extra, **token_event("Bearer t")}

    request = parse(event)

    assert request.kind == "rest-token"
    assert request.header("anything") == ("Bearer t",)
    assert request.query("q") == ()
    assert request.stage_variable("colour") is None
    assert request.context("identity", "sourceIp") is None


@pytest.mark.parametrize("value", [None, 7, ["Bearer t"], {"a": 1}, b"t"])
def test_a_token_event_without_a_text_is_refused(value: object) -> None:
    """The gateway never calls the function without one."""
    with pytest.raises(BadEvent, match="authorizationToken"):
        parse(token_event(value))


def test_a_token_event_without_its_token_is_refused() -> None:
    """The field is missing altogether."""
    event = token_event()
    del event["authorizationToken"]

    with pytest.raises(BadEvent, match="authorizationToken"):
        parse(event)


@pytest.mark.parametrize("arn", [None, 7, [], {"a": "/$connect"}, "", f"{PREFIX[:-5]}*/GET/things"])
def test_an_event_without_a_good_arn_is_refused(arn: object) -> None:
    """There would be nothing to write a policy for."""
    for event in (token_event(methodArn=arn), request_event(methodArn=arn)):
        with pytest.raises(BadEvent):
            parse(event)


def test_a_request_never_shows_what_it_carries() -> None:
    """Its repr is logged sooner or later."""
    request = parse(token_event("Bearer s3cret"))

    assert "s3cret" not in repr(request)
    assert "things/7" not in repr(request)
    assert "rest-token" in repr(request)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("type", "version", "authorizationToken", "methodArn", "requestContext", "headers", "multiValueHeaders")


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=7))
def test_any_object_is_a_request_or_a_bad_event(event: dict[str, Any]) -> None:
    """Nothing foreign is raised."""
    try:
        request = parse(event)
    except BadEvent:
        return
    assert request.kind in ("rest-token", "rest-request")
