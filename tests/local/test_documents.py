"""An OpenAPI document or a SAM template gives the emulator its routes, and how the authorizer is attached to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from authkit.errors import ConfigError
from authkit.local.documents import Declared, from_openapi, from_sam
from authkit.local.lint.settings import UNKNOWN
from authkit.local.planfile import read_plans
from authkit.local.plans import Quota, Throttle, UsagePlan
from authkit.local.responses import GatewayResponse
from authkit.local.settings import Cors
from tests.local.gateways import Function, gateway, sent

SCHEME = {
    "type": "apiKey",
    "name": "Authorization",
    "in": "header",
    "x-amazon-apigateway-authtype": "custom",
    "x-amazon-apigateway-authorizer": {"type": "request", "identitySource": "method.request.header.Authorization"},
}
OPENAPI: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "orders", "version": "1"},
    "paths": {
        "/orders/{id}": {"get": {"security": [{"lambda": []}], "responses": {}}},
        "/health": {"get": {"responses": {}}},
    },
    "components": {"securitySchemes": {"lambda": SCHEME}},
    "x-amazon-apigateway-gateway-responses": {
        "UNAUTHORIZED": {
            "statusCode": "401",
            "responseParameters": {
                "gatewayresponse.header.WWW-Authenticate": "'Bearer'",
                "gatewayresponse.header.X-Path": "method.request.path.id",
            },
            "responseTemplates": {"application/json": '{"message":$context.error.messageString}'},
        },
        "DEFAULT_5XX": {"responseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}},
    },
}
SAM: dict[str, Any] = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Resources": {
        "Orders": {
            "Type": "AWS::Serverless::Api",
            "Properties": {
                "StageName": "prod",
                "Cors": "'*'",
                "Auth": {
                    "DefaultAuthorizer": "Lambda",
                    "AddDefaultAuthorizerToCorsPreflight": False,
                    "Authorizers": {"Lambda": {"FunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:a"}},
                },
            },
        },
        "Backend": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Events": {
                    "Get": {
                        "Type": "Api",
                        "Properties": {"Method": "get", "Path": "/orders/{id}", "RestApiId": {"Ref": "Orders"}},
                    }
                }
            },
        },
    },
}


def test_an_openapi_document_tells_routes_what_is_open_and_gateway_responses(tmp_path: Path) -> None:
    """Of a response's headers those that are fixed texts."""
    file = tmp_path / "api.json"
    file.write_text(json.dumps(OPENAPI))

    declared = from_openapi(str(file))

    assert {str(route): declared.is_open(route) for route in declared.routes} == {
        "GET /orders/{id}": False,
        "GET /health": True,
    }
    responses = declared.stated["responses"].value
    unauthorized = responses["UNAUTHORIZED"]
    assert (unauthorized.status, dict(unauthorized.headers)) == (401, {"WWW-Authenticate": "Bearer"})
    assert unauthorized.template == '{"message":$context.error.messageString}'
    assert dict(responses["DEFAULT_5XX"].headers) == {"Access-Control-Allow-Origin": "*"}


def test_a_sam_template_tells_routes_and_its_open_preflights(tmp_path: Path) -> None:
    """The rest asks the authorizer."""
    file = tmp_path / "template.json"
    file.write_text(json.dumps(SAM))

    declared = from_sam(str(file))

    assert {str(route): declared.is_open(route) for route in declared.routes} == {
        "GET /orders/{id}": False,
        "OPTIONS /orders/{id}": True,
    }


def written(tmp_path: Path, content: dict[str, Any]) -> str:
    file = tmp_path / "document.json"
    file.write_text(json.dumps(content))
    return str(file)


def values(declared: Declared) -> dict[str, Any]:
    """Return the settings that a document states."""
    return {name: each.value for name, each in declared.stated.items()}


def openapi(scheme: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a document with this authorizer."""
    return {**OPENAPI, "components": {"securitySchemes": {"lambda": {**SCHEME, **scheme}}}, **more}


AUTHORIZER = "x-amazon-apigateway-authorizer"


@pytest.mark.parametrize(
    ("authorizer", "stated"),
    [
        (
            {"type": "token", "authorizerResultTtlInSeconds": 60, "identityValidationExpression": "^Bearer .+$"},
            {
                "kind": "rest-token",
                "sources": ("method.request.header.Authorization",),
                "ttl": 60,
                "expression": "^Bearer .+$",
            },
        ),
        (
            {"type": "request", "identitySource": "method.request.header.A, method.request.querystring.b"},
            {"kind": "rest-request", "sources": ("method.request.header.A", "method.request.querystring.b")},
        ),
        ({"type": "request", "authorizerResultTtlInSeconds": 0}, {"kind": "rest-request", "sources": (), "ttl": 0}),
    ],
    ids=["token", "request", "request without sources"],
)
def test_an_openapi_document_of_a_rest_api_tells_how_the_authorizer_is_attached(
    tmp_path: Path, authorizer: dict[str, Any], stated: dict[str, Any]
) -> None:
    """Each setting, and the scheme it stands in; what is not stated is not there."""
    file = written(tmp_path, openapi({AUTHORIZER: authorizer}))

    declared = from_openapi(file)

    found = values(declared)
    assert {name: found[name] for name in found if name != "responses"} == stated
    assert declared.stated["kind"].place == f"{file}:/components/securitySchemes/lambda"


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"authorizerPayloadFormatVersion": "1.0"}, "http-v1"),
        ({"authorizerPayloadFormatVersion": "2.0"}, "http-v2"),
        ({"authorizerPayloadFormatVersion": "2.0", "enableSimpleResponses": True}, "http-simple"),
        ({"enableSimpleResponses": False}, "http-v2"),
    ],
)
def test_an_openapi_document_of_an_http_api_tells_its_payload(tmp_path: Path, more: dict[str, Any], kind: str) -> None:
    """And its CORS."""
    authorizer = {"type": "request", "identitySource": "$request.header.Authorization", **more}
    cors = {
        "allowOrigins": ["https://a.example", "https://b.example"],
        "allowMethods": ["GET"],
        "allowCredentials": True,
    }
    content = openapi({AUTHORIZER: authorizer}, **{"x-amazon-apigateway-cors": cors})
    del content["x-amazon-apigateway-gateway-responses"]

    found = values(from_openapi(written(tmp_path, content)))

    assert (found["kind"], found["sources"]) == (kind, ("$request.header.Authorization",))
    assert found["cors"] == Cors(("https://a.example", "https://b.example"), methods="GET", credentials=True)


def test_an_openapi_document_tells_which_methods_require_a_key_and_where_it_is_from(tmp_path: Path) -> None:
    """By a scheme that is a header x-api-key, beside the authorizer's or alone."""
    paths = {
        "/orders": {"get": {"security": [{"lambda": [], "key": []}]}, "post": {"security": [{"lambda": []}]}},
        "/status": {"get": {"security": [{"key": []}]}, "post": {}},
    }
    schemes = {"lambda": SCHEME, "key": {"type": "apiKey", "name": "X-API-Key", "in": "header"}}
    content = {
        **OPENAPI,
        "paths": paths,
        "components": {"securitySchemes": schemes},
        "x-amazon-apigateway-api-key-source": "AUTHORIZER",
    }

    declared = from_openapi(written(tmp_path, content))

    assert declared.needs_key is not None
    assert {str(route) for route in declared.routes if declared.needs_key(route)} == {"GET /orders", "GET /status"}
    assert values(declared)["key_source"] == "AUTHORIZER"


def test_an_http_apis_default_route_is_known_as_such(tmp_path: Path) -> None:
    """Both routes that stand for it."""
    authorizer = {"type": "request", "authorizerPayloadFormatVersion": "2.0", "authorizerResultTtlInSeconds": 0}
    paths = {
        "/orders": {"get": {"security": [{"lambda": []}]}},
        "/$default": {"x-amazon-apigateway-any-method": {"isDefaultRoute": True, "security": [{"lambda": []}]}},
    }
    content = {**openapi({AUTHORIZER: authorizer}), "paths": paths}
    del content["x-amazon-apigateway-gateway-responses"]

    declared = from_openapi(written(tmp_path, content))
    function = Function({"isAuthorized": False})
    asking = gateway(function, "http-simple", routes=declared.routes, is_default=declared.is_default, ttl=0, sources=())
    asking.respond(sent("/anything/else"))
    asking.respond(sent("/orders"))

    assert [event["routeKey"] for event in function.events] == ["$default", "GET /orders"]
    assert "pathParameters" not in function.events[0]


def sam(api: dict[str, Any], kind: str = "Api", **more: Any) -> dict[str, Any]:
    """Return a template with one API of these properties, and a function behind it."""
    link = {"Api": "RestApiId", "HttpApi": "ApiId"}[kind]
    get, post = (
        {"Type": kind, "Properties": {"Method": method, "Path": "/orders/{id}", link: {"Ref": "Orders"}}}
        for method in ("get", "post")
    )
    get["Properties"]["Auth"] = more.pop("event_auth", {})
    function = {"Type": "AWS::Serverless::Function", "Properties": {"Events": {"Get": get, "Post": post}}}
    resources = {"Orders": {"Type": f"AWS::Serverless::{kind}", "Properties": api}, "Backend": function}
    return {"Transform": "AWS::Serverless-2016-10-31", "Resources": resources, **more}


FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:a"


def rest_auth(**authorizer: Any) -> dict[str, Any]:
    """Return the Auth of an API."""
    return {"DefaultAuthorizer": "Ours", "Authorizers": {"Ours": {"FunctionArn": FUNCTION, **authorizer}}}


def test_a_sam_template_tells_all_of_a_rest_api(tmp_path: Path) -> None:
    """Authorizer, stage, CORS, keys, throttles, gateway responses; parameters stand for their defaults."""
    api = {
        "StageName": {"Ref": "Stage"},
        "Variables": {"tier": "gold"},
        "EndpointConfiguration": {"Type": "EDGE"},
        "ApiKeySourceType": "AUTHORIZER",
        "Cors": {"AllowOrigin": "'https://a.example'", "AllowHeaders": "'authorization'", "AllowMethods": "'GET'"},
        "MethodSettings": [
            {"HttpMethod": "*", "ResourcePath": "/*", "ThrottlingRateLimit": 10, "ThrottlingBurstLimit": 20},
            {
                "HttpMethod": "POST",
                "ResourcePath": "/orders~1{id}",
                "ThrottlingRateLimit": 1,
                "ThrottlingBurstLimit": 2,
            },
            {"HttpMethod": "GET", "ResourcePath": "/orders~1{id}", "LoggingLevel": "INFO"},
        ],
        "GatewayResponses": {
            "UNAUTHORIZED": {
                "StatusCode": 401,
                "ResponseParameters": {"Headers": {"WWW-Authenticate": "'Bearer'", "X-A": "method.request.path.id"}},
                "ResponseTemplates": {"application/json": "{}"},
            }
        },
        "Auth": {
            **rest_auth(Identity={"Header": "X-Token", "ValidationExpression": "^a$", "ReauthorizeEvery": 60}),
            "ApiKeyRequired": True,
            "UsagePlan": {
                "CreateUsagePlan": "PER_API",
                "Quota": {"Limit": 500, "Period": "DAY"},
                "Throttle": {"RateLimit": 5, "BurstLimit": 7},
            },
        },
    }
    content = sam(api, Parameters={"Stage": {"Type": "String", "Default": "live"}})

    declared = from_sam(written(tmp_path, content))

    found = values(declared)
    assert (found["kind"], found["sources"], found["ttl"], found["expression"]) == (
        *("rest-token", ("method.request.header.X-Token",), 60, "^a$"),
    )
    assert (found["stage"], found["variables"], found["edge"]) == ("live", {"tier": "gold"}, True)
    assert (found["key_source"], found["plan"]) == (
        "AUTHORIZER",
        UsagePlan((), Throttle(5, 7), Quota(500, "DAY")),
    )
    assert found["cors"] == Cors(("https://a.example",), methods="GET", headers="authorization", refusals=False)
    assert (found["throttle"], found["methods"]) == (Throttle(10, 20), {"POST /orders/{id}": Throttle(1, 2)})
    assert found["responses"] == {"UNAUTHORIZED": GatewayResponse(401, {"WWW-Authenticate": "Bearer"}, "{}")}
    assert declared.needs_key is not None
    assert all(map(declared.needs_key, declared.routes))
    assert declared.stated["ttl"].place.endswith("/Resources/Orders/Properties/Auth/Authorizers/Ours")


def test_a_sam_template_tells_all_of_an_http_api(tmp_path: Path) -> None:
    """Payload, simple answers, several sources, CORS, throttles, and what Globals add."""
    authorizer = {
        "FunctionArn": FUNCTION,
        "AuthorizerPayloadFormatVersion": "2.0",
        "EnableSimpleResponses": True,
        "Identity": {"Headers": ["Authorization"], "Context": ["routeKey"], "ReauthorizeEvery": 30},
    }
    api = {
        "StageName": "live",
        "StageVariables": {"tier": "gold"},
        "DefaultRouteSettings": {"ThrottlingRateLimit": 10, "ThrottlingBurstLimit": 20},
        "RouteSettings": {"GET /orders/{id}": {"ThrottlingRateLimit": 1, "ThrottlingBurstLimit": 2}},
    }
    auth = {"DefaultAuthorizer": "Ours", "Authorizers": {"Ours": authorizer}}
    content = sam(api, "HttpApi", Globals={"HttpApi": {"Auth": auth, "CorsConfiguration": True}})

    found = values(from_sam(written(tmp_path, content), resource="Orders"))

    assert found == {
        "kind": "http-simple",
        "sources": ("$request.header.Authorization", "$context.routeKey"),
        "ttl": 30,
        "stage": "live",
        "variables": {"tier": "gold"},
        "cors": Cors(("*",)),
        "throttle": Throttle(10, 20),
        "methods": {"GET /orders/{id}": Throttle(1, 2)},
    }


def test_what_is_worked_out_when_a_template_is_deployed_is_unknown(tmp_path: Path) -> None:
    """And is no fault: something usual is taken for it."""
    identity = {"ReauthorizeEvery": {"Fn::ImportValue": "ttl"}, "Header": {"Ref": "Header"}}
    content = sam({"StageName": {"Ref": "AWS::StackName"}, "Auth": rest_auth(Identity=identity)})

    found = values(from_sam(written(tmp_path, content)))

    assert (found["kind"], found["sources"], found["ttl"], found["stage"]) == (
        *("rest-token", UNKNOWN, UNKNOWN, UNKNOWN),
    )


def test_an_event_can_require_a_key_for_its_own_method(tmp_path: Path) -> None:
    """The other of the path does not."""
    content = sam({"StageName": "prod", "Auth": rest_auth()}, event_auth={"ApiKeyRequired": True})

    declared = from_sam(written(tmp_path, content))

    assert declared.needs_key is not None
    assert [str(route) for route in declared.routes if declared.needs_key(route)] == ["GET /orders/{id}"]


def test_a_method_without_an_authorizer_is_open_beside_others_that_have_one(tmp_path: Path) -> None:
    """In a template without any, the handler is asked all the same: there is nothing else to try."""
    content = sam({"StageName": "prod", "Auth": rest_auth()}, event_auth={"Authorizer": "NONE"})
    bare = sam({"StageName": "prod"})

    some, none = from_sam(written(tmp_path, content)), from_sam(written(tmp_path, bare))

    assert {str(route): some.is_open(route) for route in some.routes} == {
        "GET /orders/{id}": True,
        "POST /orders/{id}": False,
    }
    assert not any(map(none.is_open, none.routes))
    assert values(none)["kind"] == "rest-request"


def test_the_document_within_a_template_is_read_too(tmp_path: Path) -> None:
    """Its own extensions count where the template says nothing."""
    body = openapi({AUTHORIZER: {"type": "token", "authorizerResultTtlInSeconds": 5}})
    content = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Orders": {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "prod", "DefinitionBody": body}}
        },
    }

    found = values(from_sam(written(tmp_path, content)))

    assert (found["kind"], found["ttl"], set(found["responses"])) == ("rest-token", 5, {"UNAUTHORIZED", "DEFAULT_5XX"})


def test_an_api_that_only_events_speak_of_has_its_kind(tmp_path: Path) -> None:
    """And nothing else."""
    event = {"Type": "HttpApi", "Properties": {"Method": "get", "Path": "/orders"}}
    function = {"Type": "AWS::Serverless::Function", "Properties": {"Events": {"Get": event}}}
    content = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Backend": function}}

    assert values(from_sam(written(tmp_path, content))) == {"kind": "http-v2"}


def test_a_plan_can_be_in_a_file(tmp_path: Path) -> None:
    """As the command line of AWS prints one, or as CloudFormation has it; several under plans."""
    throttle = {"rateLimit": 10.0, "burstLimit": 2}
    printed = {
        "id": "a1b2c3",
        "keys": ["k1"],
        "throttle": throttle,
        "quota": {"limit": 500, "offset": 1, "period": "WEEK"},
        "apiStages": [{"apiId": "x", "stage": "prod", "throttle": {"/orders/{id}/GET": throttle, "//POST": throttle}}],
    }
    template = {"Keys": ["k2"], "Throttle": {"RateLimit": "1", "BurstLimit": 2}, "Quota": {"Limit": 5, "Period": "DAY"}}

    assert read_plans(written(tmp_path, printed)) == (
        UsagePlan(
            ("k1",),
            Throttle(10, 2),
            Quota(500, "WEEK", 1),
            {"GET /orders/{id}": Throttle(10, 2), "POST /": Throttle(10, 2)},
        ),
    )
    assert read_plans(written(tmp_path, {"plans": [template]})) == (
        UsagePlan(("k2",), Throttle(1, 2), Quota(5, "DAY")),
    )


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ({"keys": "k"}, "keys is a list of texts"),
        ({"keys": [7]}, "keys is a list of texts"),
        ({"throttle": {"rateLimit": 1}}, "rateLimit and burstLimit"),
        ({"quota": {"limit": 5, "period": "YEAR"}}, "limit, a number, and period"),
        ({"plans": {}}, "plans is a list"),
        ({"plans": [7]}, "plans is a list"),
    ],
)
def test_a_file_that_holds_no_plan_is_refused(tmp_path: Path, content: dict[str, Any], fault: str) -> None:
    """It says what is missing, and no key."""
    with pytest.raises(ConfigError, match=fault):
        read_plans(written(tmp_path, content))


def test_a_kind_that_a_document_does_not_show_is_not_stated(tmp_path: Path) -> None:
    """Or that is worked out when the template is deployed."""
    file = written(
        tmp_path, {**openapi({AUTHORIZER: {"type": "request"}}), "x-amazon-apigateway-gateway-responses": {}}
    )
    hidden = json.loads(Path(file).read_text())
    del hidden["x-amazon-apigateway-gateway-responses"]
    auth = rest_auth(AuthorizerPayloadFormatVersion={"Fn::ImportValue": "version"})

    assert values(from_openapi(file))["kind"] == "rest-request"
    assert "kind" not in values(from_openapi(written(tmp_path, hidden)))
    assert values(from_sam(written(tmp_path, sam({"Auth": auth}, "HttpApi"))))["kind"] is UNKNOWN
