"""The event of AppSync's authorizer is what the emulator makes, and what an authorizer reads."""

from __future__ import annotations

from authkit.gateway.request import parse
from authkit.testing import Api, appsync


def test_an_event_is_appsyncs_and_its_token_is_the_credential() -> None:
    """Whole, without a scheme; other headers in lower case beside it."""
    event = appsync("{ order { total } }", "custom-t", headers={"X-Tenant": "a"}, variables={"id": 7}, operation="Q")

    request = parse(event)
    assert (request.kind, request.token) == ("appsync", "custom-t")
    assert (request.header("authorization"), request.header("x-tenant")) == (("custom-t",), ("a",))
    context = event["requestContext"]
    assert (context["queryString"], context["variables"], context["operationName"]) == (
        *("{ order { total } }", {"id": 7}, "Q"),
    )


def test_a_real_time_connection_has_no_query() -> None:
    """And no variables; the API can be another."""
    event = appsync(None, "t", api=Api(id="abc", region="us-east-1"), context={"requestId": "r"})

    assert (event["requestContext"]["queryString"], event["requestContext"]["variables"]) == (None, {})
    assert (event["requestContext"]["apiId"], event["requestContext"]["requestId"]) == ("abc", "r")
    assert event["requestHeaders"]["host"] == "abc.appsync-api.us-east-1.amazonaws.com"
