"""Gateway responses and CORS: what a browser, or a caller of a customized API, gets (contract section 14)."""

from __future__ import annotations

import pytest

from authkit.errors import ConfigError
from authkit.local.responses import GatewayResponse
from authkit.local.settings import Cors
from tests.local.gateways import Function, body, gateway, header, saying, sent, stage, statement

ORIGIN = "https://app.example.com"
RESPONSES = {
    "DEFAULT_4XX": GatewayResponse(headers={"Access-Control-Allow-Origin": ORIGIN}),
    "UNAUTHORIZED": GatewayResponse(headers={"WWW-Authenticate": 'Bearer realm="orders"'}),
    "ACCESS_DENIED": GatewayResponse(
        status=404,
        template='{"why":$context.error.messageString,"type":"$context.error.responseType",'
        '"tenant":"$context.authorizer.tenant","no":"$context.authorizer.other"}',
    ),
}


def test_a_gateway_response_adds_headers_by_type_and_by_default() -> None:
    """CORS on all of 4XX, WWW-Authenticate on the 401 alone; of a 500 nothing is said here."""
    asking = gateway(Function(saying(statement(f"{stage()}POST/orders"))), responses=RESPONSES)

    missing, denied = asking.respond(sent("/orders/1", ("X-Other", "1"))), asking.respond(sent())
    failed = gateway(Function(None), responses=RESPONSES).respond(sent())

    assert header(missing, "www-authenticate") == 'Bearer realm="orders"'
    assert (header(missing, "access-control-allow-origin"), missing.status) == (ORIGIN, 401)
    assert (header(denied, "access-control-allow-origin"), header(denied, "www-authenticate")) == (ORIGIN, None)
    assert header(failed, "access-control-allow-origin") is None


def test_a_denys_context_can_be_read_in_a_template() -> None:
    """The one way to vary a 403 body (contract section 5.3)."""
    deny = saying(statement(f"{stage()}*", "Deny"), context={"tenant": "acme"})

    reply = gateway(Function(deny), responses=RESPONSES).respond(sent())

    assert reply.status == 404
    assert body(reply) == {
        "why": "User is not authorized to access this resource with an explicit deny in an identity-based policy",
        "type": "ACCESS_DENIED",
        "tenant": "acme",
        "no": "",
    }


def test_http_apis_have_no_gateway_responses() -> None:
    """To configure one is a fault."""
    with pytest.raises(ConfigError, match="HTTP APIs and AppSync have no gateway responses"):
        gateway(Function(None), "http-v2", responses=RESPONSES)


@pytest.mark.parametrize(("kind", "status"), [("http-v2", 204), ("rest-request", 200)])
def test_a_preflight_is_answered_without_the_authorizer(kind: str, status: int) -> None:
    """It never has a credential."""
    function = Function({})
    asks = (
        ("Origin", ORIGIN),
        ("Access-Control-Request-Method", "GET"),
        ("Access-Control-Request-Headers", "authorization"),
    )

    reply = gateway(function, kind, cors=Cors((ORIGIN,))).respond(sent("/orders/1", *asks, method="OPTIONS"))

    assert (reply.status, function.events) == (status, [])
    assert header(reply, "access-control-allow-origin") == ORIGIN
    assert header(reply, "access-control-allow-headers") == "authorization"


def test_an_http_api_names_only_the_origin_it_allows() -> None:
    """To another page, or none, it says nothing; a REST API's fixed header is always there."""
    for kind, allowed, another in (("http-v2", ORIGIN, None), ("rest-request", ORIGIN, ORIGIN)):
        asking = gateway(Function(None), kind, cors=Cors((ORIGIN,)))
        here = asking.respond(sent("/orders/1", ("Origin", ORIGIN), ("Authorization", "t")))
        elsewhere = asking.respond(sent("/orders/1", ("Origin", "https://evil.example"), ("Authorization", "t")))
        assert header(here, "access-control-allow-origin") == allowed
        assert header(elsewhere, "access-control-allow-origin") == another


def test_a_rest_api_answers_no_preflight_of_a_path_it_does_not_have() -> None:
    """An OPTIONS method stands on a path; elsewhere there is nothing."""
    api = gateway(Function(None), cors=Cors(("https://app.example.com",)))
    asks = (("Origin", "https://app.example.com"), ("Access-Control-Request-Method", "GET"))

    answered = [
        api.respond(sent(path, *asks, method="OPTIONS")).status for path in ("/orders", "/orders/1", "/nowhere")
    ]

    assert answered == [200, 200, 403]


def test_a_foreign_preflight_of_an_http_api_is_told_nothing() -> None:
    """The browser takes that for a no."""
    asks = (("Origin", "https://evil.example"), ("Access-Control-Request-Method", "GET"))

    reply = gateway(Function({}), "http-v2", cors=Cors((ORIGIN,))).respond(sent("/orders/1", *asks, method="OPTIONS"))

    assert (reply.status, reply.headers) == (204, ())


def test_without_cors_a_browser_sees_none_of_it() -> None:
    """As API Gateway answers unless told otherwise."""
    reply = gateway(Function(None)).respond(sent("/orders/1", ("Origin", ORIGIN)))

    assert header(reply, "access-control-allow-origin") is None


@pytest.mark.parametrize("kind", ["rest-request", "rest-token", "http-v1", "http-v2"])
def test_a_path_that_makes_the_arn_too_long_is_a_414(kind: str) -> None:
    """Up to 1600 bytes the authorizer is asked (contract section 2)."""
    function = Function(saying(statement(f"{stage(kind)}GET/orders/*")))
    asking = gateway(function, kind)
    longest = "/orders/" + "7" * (1600 - len(f"{stage(kind)}GET/orders/"))

    replies = [asking.respond(sent(longest)), asking.respond(sent(longest + "7"))]

    assert ([reply.status for reply in replies], len(function.events)) == ([200, 414], 1)
