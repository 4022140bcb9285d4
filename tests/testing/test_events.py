"""Events are what API Gateway would hand over: told apart, read, and refused where there could be no such request."""

from __future__ import annotations

from typing import Any

import pytest

from authkit import ConfigError
from authkit.gateway.request import kind_of, parse
from authkit.testing import Api, http_v1, http_v2, rest_request, rest_token, websocket

BUILDERS = {"rest-request": rest_request, "http-v1": http_v1, "http-v2": http_v2}
ALL = {**BUILDERS, "websocket": lambda _method, _path, **options: websocket(**options)}
EACH = pytest.mark.parametrize("kind", ALL)


def built(kind: str, path: str = "/orders/1", **options: Any) -> dict[str, Any]:
    """Return an event of a kind."""
    return ALL[kind]("GET", path, **options)


def headers(event: dict[str, Any]) -> dict[str, str]:
    """Return the headers of an event, their names in lower case."""
    return {name.lower(): value for name, value in event["headers"].items()}


@EACH
def test_an_event_is_of_its_kind(kind: str) -> None:
    """By the contract's own order of tests."""
    assert kind_of(built(kind)) == kind
    assert kind_of(rest_token("GET", "/orders/1", "t")) == "rest-token"


def test_the_events_of_rest_apis_parse() -> None:
    """The kinds that are answered today; the request reads what was given."""
    request = parse(
        rest_request(
            "GET",
            "/orders/1",
            token="t",
            headers={"X-Tenant": ["a", "b"], "Cookie": "sid=9"},
            query={"tag": ["a", "b"], "one": ""},
            stage_variables={"tier": "gold"},
            source_ip="192.0.2.1",
        )
    )

    assert request.header("authorization") == ("Bearer t",)
    assert request.header("x-tenant") == ("a", "b")
    assert request.query("tag") == ("a", "b")
    assert request.query("one") == ("",)
    assert request.cookie("sid") == ("9",)
    assert request.stage_variable("tier") == "gold"
    assert request.context("identity", "sourceIp") == "192.0.2.1"
    assert str(request.arn) == "arn:aws:execute-api:eu-west-1:111122223333:stubapi001/prod/GET/orders/1"
    assert parse(rest_token("GET", "/", "t")).token == "Bearer t"


@EACH
def test_a_token_comes_with_the_scheme(kind: str) -> None:
    """Bearer, DPoP where there is a proof, another, or none at all."""
    assert headers(built(kind, token="t"))["authorization"] == "Bearer t"
    assert headers(built(kind, token="t", scheme="Basic"))["authorization"] == "Basic t"
    assert headers(built(kind, token="t", scheme=""))["authorization"] == "t"
    assert "authorization" not in headers(built(kind))
    proved = headers(built(kind, token="t", dpop="p"))
    assert (proved["authorization"], proved["dpop"]) == ("DPoP t", "p")
    assert rest_token("GET", "/", "t", scheme="")["authorizationToken"] == "t"


@EACH
def test_the_headers_of_every_request_are_there_unless_they_are_given(kind: str) -> None:
    """In whatever case they are given."""
    usual = headers(built(kind, source_ip="192.0.2.9"))
    own = built(kind, headers={"HOST": "odd.example.com"})

    assert usual["host"] == "stubapi001.execute-api.eu-west-1.amazonaws.com"
    assert usual["x-forwarded-for"] == "192.0.2.9"
    assert headers(own)["host"] == "odd.example.com"
    assert own["requestContext"]["domainName"] == usual["host"]  # what the gateway knows, and not what the client says


@EACH
def test_a_header_that_a_credential_makes_is_not_given_twice(kind: str) -> None:
    """One would hide the other; to repeat it is said in one place."""
    with pytest.raises(ValueError, match="Authorization is given twice"):
        built(kind, token="t", headers={"authorization": "Bearer u"})

    repeated = built(kind, headers={"Authorization": ["Bearer t", "Bearer u"]})

    both = "Bearer t,Bearer u" if kind == "http-v2" else "Bearer u"
    assert headers(repeated)["authorization"] == both


def test_a_header_in_two_cases_stays_in_two_cases() -> None:
    """On a REST API. That is a repeated header, which an authorizer must see to refuse it."""
    event = rest_request("GET", "/", headers={"Authorization": "Bearer t", "authorization": "Bearer u"})

    assert parse(event).header("authorization") == ("Bearer t", "Bearer u")


@EACH
def test_the_api_can_be_another(kind: str) -> None:
    """In another partition, and of another stage."""
    api = Api(stage="live", partition="aws-cn", region="cn-north-1", account="123456789012", id="abcdef1234")

    event = built(kind, api=api)
    elsewhere = built(kind, api=api, stage="test")

    place = "arn:aws-cn:execute-api:cn-north-1:123456789012:abcdef1234/"
    assert event.get("routeArn", event.get("methodArn")).startswith(f"{place}live/")
    assert elsewhere.get("routeArn", elsewhere.get("methodArn")).startswith(f"{place}test/")
    assert event["requestContext"]["domainName"] == "abcdef1234.execute-api.cn-north-1.amazonaws.com.cn"
    assert (event["requestContext"]["stage"], elsewhere["requestContext"]["stage"]) == ("live", "test")


def test_paths_begin_with_the_stage_where_they_do() -> None:
    """Contract section 2: never in the ARN, and not on the default stage or a custom domain."""
    rest, mapped = rest_request("GET", "/a"), rest_request("GET", "/a", domain="api.example.com")
    http, staged = http_v2("GET", "/a"), http_v2("GET", "/a", stage="dev")

    assert (rest["path"], rest["requestContext"]["path"], mapped["requestContext"]["path"]) == ("/a", "/prod/a", "/a")
    assert (mapped["requestContext"]["domainName"], mapped["requestContext"]["domainPrefix"]) == (
        "api.example.com",
        "api",
    )
    assert (http["rawPath"], http["requestContext"]["http"]["path"]) == ("/a", "/a")
    assert (staged["rawPath"], staged["requestContext"]["http"]["path"]) == ("/dev/a", "/dev/a")
    assert staged["routeArn"].endswith("/dev/GET/a")
    assert http_v1("GET", "/a", stage="dev")["path"] == "/dev/a"


def test_a_path_is_decoded_where_the_gateway_decodes_it() -> None:
    """In the ARN, values are filled in; an encoded slash stays one segment."""
    event = rest_request("GET", "/files/a%20b/c%2Fd")

    assert event["methodArn"].endswith("/GET/files/a b/c%2Fd")
    assert event["path"] == "/files/a b/c/d"


@pytest.mark.parametrize(
    ("path", "resource", "parameters"),
    [
        ("/orders/1", "/orders/{id}", {"id": "1"}),
        ("/files/a/b", "/files/{path+}", {"path": "a/b"}),
        ("/orders/", "/orders", {}),
        ("/", "/", {}),
    ],
)
@pytest.mark.parametrize("kind", BUILDERS)
def test_a_resource_gives_the_path_its_parameters(
    kind: str, path: str, resource: str, parameters: dict[str, str]
) -> None:
    """And the event its template."""
    event = built(kind, path, resource=resource)

    assert event.get("pathParameters", {}) == parameters
    assert event.get("resource", resource) == resource


def test_without_a_resource_one_takes_every_path() -> None:
    """REST has the proxy resource for that, an HTTP API its default route."""
    rest = rest_request("GET", "/a/b")

    assert (rest["resource"], rest["pathParameters"]) == ("/{proxy+}", {"proxy": "a/b"})
    assert rest_request("GET", "/")["resource"] == "/"
    assert (http_v2("GET", "/a")["routeKey"], http_v1("GET", "/a")["resource"]) == ("$default", "$default")


@pytest.mark.parametrize("kind", BUILDERS)
def test_what_the_gateway_would_not_route_is_a_mistake_of_the_test(kind: str) -> None:
    """A test of an impossible event proves nothing."""
    with pytest.raises(ValueError, match="does not go to"):
        built(kind, "/orders/1", resource="/orders")
    with pytest.raises(ConfigError, match="another framework's parameter"):
        built(kind, "/orders/1", resource="/orders/:id")
    with pytest.raises(ValueError, match="begins with a slash"):
        built(kind, "orders")
    with pytest.raises(ValueError, match="query="):
        built(kind, "/orders?a=b")


def test_an_identity_source_has_the_value_the_gateway_read() -> None:
    """HTTP APIs hand the sources' values over, in their order; 1.0 joins them."""
    options: dict[str, Any] = {
        "token": "t",
        "headers": {"X-Tenant": ["a", "b"]},
        "query": {"q": "1"},
        "stage_variables": {"tier": "gold"},
        "sources": ("header.authorization", "header.x-tenant", "querystring.q", "stageVariables.tier", "context.stage"),
    }

    assert http_v2("GET", "/", **options)["identitySource"] == ["Bearer t", "a,b", "1", "gold", "$default"]
    assert http_v1("GET", "/", **options)["identitySource"] == "Bearer t,a,b,1,gold,$default"
    assert http_v2("GET", "/", sources=("context.http.method",))["identitySource"] == ["GET"]


def test_without_all_sources_there_are_none() -> None:
    """Then the event is that of an authorizer that is called without any."""
    assert http_v2("GET", "/")["identitySource"] is None
    assert http_v2("GET", "/", token="t", sources=("header.authorization", "header.x"))["identitySource"] is None
    assert http_v1("GET", "/", token="t", sources=())["authorizationToken"] is None
    with pytest.raises(ValueError, match="is no identity source"):
        http_v2("GET", "/", sources=("$request.header.Authorization",))


def test_payload_2_leaves_out_what_there_is_none_of() -> None:
    """And joins what is repeated; cookies have a place of their own."""
    bare = http_v2("GET", "/")
    full = http_v2("GET", "/", headers={"Cookie": "a=1; b=2", "X-A": ["1", "2"]}, query={"t": ["a b", "c"]})

    assert {"cookies", "queryStringParameters", "pathParameters", "stageVariables"}.isdisjoint(bare)
    assert full["cookies"] == ["a=1", "b=2"]
    assert "cookie" not in full["headers"]
    assert full["headers"]["x-a"] == "1,2"
    assert (full["rawQueryString"], full["queryStringParameters"]) == ("t=a+b&t=c", {"t": "a b,c"})


def test_a_certificate_is_where_the_kind_has_it() -> None:
    """Contract section 11."""
    known = {"clientCertPem": "pem"}

    assert built("rest-request", client_certificate=known)["requestContext"]["identity"]["clientCert"] == known
    assert built("http-v1", client_certificate=known)["requestContext"]["identity"]["clientCert"] == known
    assert built("http-v2", client_certificate=known)["requestContext"]["authentication"]["clientCert"] == known
    assert "authentication" not in built("http-v2")["requestContext"]


@EACH
def test_the_context_can_be_changed_within(kind: str) -> None:
    """What is not named stays."""
    event = built(kind, context={"identity": {"vpcId": "vpc-1"}, "requestId": "r"}, source_ip="192.0.2.1")

    assert event["requestContext"]["identity"]["vpcId"] == "vpc-1"
    assert event["requestContext"]["identity"].get("sourceIp", "192.0.2.1") == "192.0.2.1"
    assert event["requestContext"]["requestId"] == "r"


@EACH
def test_the_time_is_the_one_given(kind: str) -> None:
    """In words and in milliseconds."""
    context = built(kind, at=1_700_000_000.5)["requestContext"]

    assert context.get("timeEpoch", context.get("requestTimeEpoch")) == 1_700_000_000_500
    assert context.get("time", context.get("requestTime")) == "14/Nov/2023:22:13:20 +0000"


def test_what_is_not_an_option_is_a_mistake() -> None:
    """It is not silently left out of the event."""
    with pytest.raises(TypeError, match="tokn"):
        rest_request("GET", "/", tokn="t")  # type: ignore[call-arg]
