"""Identity sources in the spelling of each kind of API (contract section 1)."""

from __future__ import annotations

from typing import Any

import pytest

from authkit.errors import ConfigError
from authkit.local.http import HttpRequest
from authkit.local.identity import parse_sources, values_of
from tests.local.gateways import Function, gateway, saying, sent, stage, statement


@pytest.mark.parametrize(
    ("kind", "given", "sources"),
    [
        (
            "rest-request",
            [
                "method.request.header.Authorization, method.request.querystring.Tenant",
                "stageVariables.V",
                "context.a.b",
            ],
            ("header.authorization", "querystring.Tenant", "stageVariables.V", "context.a.b"),
        ),
        (
            "http-v2",
            ["$request.header.X-A", "$request.querystring.q", "$stageVariables.V", "$context.routeKey"],
            ("header.x-a", "querystring.q", "stageVariables.V", "context.routeKey"),
        ),
        (
            "websocket",
            ["route.request.querystring.token", "stageVariables.V"],
            ("querystring.token", "stageVariables.V"),
        ),
        ("rest-token", ["header.Authorization", "header.authorization"], ("header.authorization",)),
    ],
)
def test_sources_are_read_as_templates_spell_them(kind: Any, given: list[str], sources: tuple[str, ...]) -> None:
    """Or as authkit does; a header's name in any case, and each once."""
    assert parse_sources(given, kind) == sources


@pytest.mark.parametrize(
    ("kind", "given", "fault"),
    [
        ("rest-request", "method.request.path.id", "path parameters are never an identity source"),
        ("rest-request", "$request.header.A", "write method.request.header.X"),
        ("http-v2", "method.request.header.A", "write \\$request.header.X"),
        ("http-v2", "$request.body", "is no identity source"),
        ("websocket", "$request.header.A", "write route.request.header.X"),
        ("rest-request", "Authorization", "is no identity source"),
        ("rest-request", "method.request.context.a", "is no identity source"),
        ("rest-request", "header.", "is no identity source"),
    ],
)
def test_a_source_this_kind_does_not_have_is_refused(kind: Any, given: str, fault: str) -> None:
    """With the spelling that it does have."""
    with pytest.raises(ConfigError, match=fault):
        parse_sources([given], kind)


def test_every_place_of_a_request_can_be_a_source() -> None:
    """Header, query, stage variable, context; each value makes a key of its own."""
    function = Function(saying(statement(f"{stage()}*")))
    sources = ("header.authorization", "querystring.tenant", "stageVariables.tier", "context.httpMethod")
    asking = gateway(function, sources=sources, variables={"tier": "gold"})

    for query in ("tenant=a", "tenant=b&tenant=a", "tenant=b", "x=1", "tenant="):
        asking.respond(sent(query=query))

    assert [event["queryStringParameters"]["tenant"] for event in function.events] == ["a", "b"]


@pytest.mark.parametrize(
    ("source", "context"),
    [
        ("context.identity.sourceIp", {"identity": {"sourceIp": "x"}}),
        ("context.identity.sourceIp", {"http": {"sourceIp": "x"}}),
        ("context.identity.userAgent", {"http": {"userAgent": "x"}}),
        ("context.identity.clientCert.clientCertPem", {"identity": {"clientCert": {"clientCertPem": "x"}}}),
        (
            "context.identity.clientCert.clientCertPem",
            {"http": {}, "authentication": {"clientCert": {"clientCertPem": "x"}}},
        ),
        ("context.routeKey", {"http": {}, "routeKey": "x"}),
    ],
)
def test_a_variable_has_one_name_wherever_the_event_keeps_it(source: str, context: dict[str, Any]) -> None:
    """``$context.identity.sourceIp`` exists on HTTP APIs too, whose payload 2.0 has it elsewhere."""
    assert values_of([source], HttpRequest("GET", "/"), context, {}, joined=True) == ("x",)
