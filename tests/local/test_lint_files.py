"""Settings are read from SAM, CloudFormation, OpenAPI and Terraform, and told with file and place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from authkit.errors import ConfigError
from authkit.local.lint import rules
from authkit.local.lint.reading import read
from authkit.local.lint.settings import UNKNOWN

if TYPE_CHECKING:
    from authkit.local.lint.settings import Attachment, Settings

FILES = Path(__file__).parent / "lint_files"


def written(folder: Path, content: object, name: str = "given.json") -> str:
    """Write a file, as JSON unless it is text."""
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return str(path)


def told(settings: Settings, file: str) -> set[str]:
    """Return code and place of everything found, places without the file."""
    return {f"{each.code} {each.place.removeprefix(file)}" for each in rules.judge(settings)}


def only(settings: Settings) -> Attachment:
    """Return the one authorizer there is."""
    (attachment,) = settings.attachments
    return attachment


def test_a_sam_template() -> None:
    """Parameters stand for their defaults, Globals are merged, what SAM adds for CORS counts."""
    pytest.importorskip("yaml")
    file = str(FILES / "orders.template.yaml")

    settings = read([file])

    known = {each.name: (each.api, each.kind, each.sources, each.ttl) for each in settings.attachments}
    assert known == {
        "Bearer": ("rest", "request", ("method.request.header.Authorization",), 600.0),
        "Legacy": ("rest", "token", ("method.request.header.Authorization",), None),
        "Simple": ("http", "request", ("$request.header.Authorization",), 300.0),
    }
    orders, shop = ":/Resources/OrdersApi/Properties/Auth", ":/Resources/ShopApi/Properties/Auth/Authorizers/Simple"
    events = ":/Resources/Orders/Properties/Events"
    assert told(settings, file) == {
        f"ttl_unstated {orders}/Authorizers/Legacy",
        f"expression_unanchored {orders}/Authorizers/Legacy",
        f"preflight_guarded {orders}",
        f"simple_without_route {shop}",
        f"preflight_guarded {events}/Preflight",
        f"preflight_in_any {events}/Files",
    }


def test_terraform_files() -> None:
    """HCL is read as far as literals go; blocks of other kinds are no matter."""
    file = str(FILES / "main.tf")

    settings = read([file])

    known = {each.name: (each.api, each.kind, each.sources, each.ttl) for each in settings.attachments}
    assert known == {
        "bearer": (
            "rest",
            "request",
            ("method.request.header.Authorization", "method.request.header.X-Tenant"),
            300.0,
        ),
        "short": ("rest", "token", ("method.request.header.Authorization",), None),
        "shop": ("http", "request", ("method.request.header.Authorization",), None),
        "chat": ("websocket", "request", ("route.request.querystring.access_token",), None),
    }
    assert told(settings, file) == {
        "ttl_unstated :21",
        "ttl_unstated :32",
        "source_spelling :32",
        "payload_missing :32",
        "simple_without_route :32",
        "preflight_guarded :55",
        "preflight_guarded :62",
    }


def test_an_openapi_document() -> None:
    """Two Lambda authorizers; a Cognito one is none of ours."""
    file = str(FILES / "orders.openapi.json")

    settings = read([file])

    schemes = ":/components/securitySchemes"
    assert {each.name: each.listed for each in settings.attachments} == {
        "bearer": ("$request.header.Authorization",),
        "legacy": ("method.request.header.X-Token",),
    }
    assert told(settings, file) == {
        f"source_spelling {schemes}/bearer",
        f"ttl_unstated {schemes}/legacy",
        f"expression_never {schemes}/legacy",
        "preflight_guarded :/paths/~1orders~1{id}/options",
        "preflight_in_any :/paths/~1files~1{path+}/x-amazon-apigateway-any-method",
    }


def openapi(authorizer: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Return a document with one authorizer."""
    scheme = {"type": "apiKey", "name": "Unused", "in": "header", "x-amazon-apigateway-authorizer": authorizer}
    return {"openapi": "3.1.0", "components": {"securitySchemes": {"ours": scheme}}, "paths": {}, **members}


@pytest.mark.parametrize(
    ("content", "api"),
    [
        (openapi({"type": "token"}), "rest"),
        (openapi({"type": "request", "authorizerPayloadFormatVersion": "2.0"}), "http"),
        (openapi({"type": "request", "enableSimpleResponses": True}), "http"),
        (openapi({"type": "request"}, **{"x-amazon-apigateway-cors": {}}), "http"),
        (openapi({"type": "request"}, **{"x-amazon-apigateway-gateway-responses": {}}), "rest"),
        (openapi({"type": "request", "identitySource": "$request.header.A"}), "http"),
        (openapi({"type": "request", "identitySource": "method.request.header.A"}), "rest"),
        (openapi({"type": "request"}), ""),
    ],
)
def test_the_kind_of_api_is_known_by_what_only_it_has(content: Any, api: str, tmp_path: Path) -> None:
    """Or it is told, where the document leaves it open."""
    file = written(tmp_path, content)

    assert only(read([file])).api == api
    assert only(read([file], "http" if not api else "")).api == (api or "http")


def test_an_authorizer_may_stand_elsewhere_in_the_document(tmp_path: Path) -> None:
    """As HTTP APIs may have it, by a reference; and the gateway answers preflights where CORS is set."""
    content = openapi({"$ref": "#/components/x-amazon-apigateway-authorizers/ours"})
    content["components"]["x-amazon-apigateway-authorizers"] = {
        "ours": {"type": "request", "identitySource": ["$request.header.A", "$context.routeKey"]}
    }
    content["paths"] = {"/": {"options": {"security": [{"ours": []}]}}}

    plain = read([written(tmp_path, content)])
    with_cors = read([written(tmp_path, {**content, "x-amazon-apigateway-cors": {}})])

    assert only(plain).sources == ("$request.header.A", "$context.routeKey")
    assert len(plain.preflights) == 1
    assert with_cors.preflights == ()


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def test_a_cloudformation_template(tmp_path: Path) -> None:
    """Authorizers of both versions, methods and routes that name them, and documents inline."""
    template = {
        "Parameters": {"Ttl": {"Type": "Number", "Default": 60}, "Late": {"Type": "Number"}},
        "Resources": {
            "Rest": resource(
                "AWS::ApiGateway::Authorizer",
                Type="REQUEST",
                IdentitySource="method.request.header.A,context.httpMethod",
                AuthorizerResultTtlInSeconds={"Ref": "Ttl"},
            ),
            "Later": resource(
                "AWS::ApiGateway::Authorizer",
                Type="TOKEN",
                IdentitySource={"Fn::Sub": "method.request.header.${Name}"},
                AuthorizerResultTtlInSeconds={"Ref": "Late"},
            ),
            "Pool": resource("AWS::ApiGateway::Authorizer", Type="COGNITO_USER_POOLS"),
            "Chat": resource("AWS::ApiGatewayV2::Api", ProtocolType="WEBSOCKET"),
            "Socket": resource(
                "AWS::ApiGatewayV2::Authorizer",
                ApiId={"Ref": "Chat"},
                AuthorizerType="REQUEST",
                IdentitySource=["route.request.header.A"],
            ),
            "Http": resource(
                "AWS::ApiGatewayV2::Authorizer",
                ApiId={"Ref": "Elsewhere"},
                AuthorizerType="REQUEST",
                AuthorizerPayloadFormatVersion=2.0,
                EnableSimpleResponses=True,
                AuthorizerResultTtlInSeconds="0",
                IdentitySource=["$request.header.A"],
            ),
            "Options": resource(
                "AWS::ApiGateway::Method",
                HttpMethod="OPTIONS",
                AuthorizationType="CUSTOM",
                AuthorizerId={"Ref": "Rest"},
            ),
            "Route": resource(
                "AWS::ApiGatewayV2::Route",
                RouteKey="OPTIONS /x",
                AuthorizationType="CUSTOM",
                AuthorizerId={"Ref": "Http"},
            ),
            "Open": resource("AWS::ApiGateway::Method", HttpMethod="OPTIONS", AuthorizationType="NONE"),
            "Inline": resource("AWS::ApiGateway::RestApi", Body=openapi({"type": "request", "identitySource": "$x"})),
        },
    }

    settings = read([written(tmp_path, template)])

    known = {each.name: (each.api, each.kind, each.sources, each.ttl) for each in settings.attachments}
    assert known == {
        "Rest": ("rest", "request", ("method.request.header.A", "context.httpMethod"), 60.0),
        "Later": ("rest", "token", UNKNOWN, UNKNOWN),
        "Socket": ("websocket", "request", ("route.request.header.A",), None),
        "Http": ("http", "request", ("$request.header.A",), 0.0),
        "ours": ("rest", "request", ("$x",), None),
    }
    assert [each.authorizer for each in settings.preflights] == ["Rest", "Http"]
    assert {each.payload for each in settings.attachments if each.name == "Http"} == {"2.0"}


REST_KEY = {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": "Rest"}}
HTTP_KEY = {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": "Http"}}


def preflights(folder: Path, **resources: Any) -> list[tuple[str, bool]]:
    """Return what a template with two authorizers says of preflights."""
    authorizers = {
        "Rest": resource("AWS::ApiGateway::Authorizer", Type="REQUEST"),
        "Http": resource("AWS::ApiGatewayV2::Authorizer", AuthorizerType="REQUEST", ApiId={"Ref": "Api"}),
    }
    found = read([written(folder, {"Resources": {**authorizers, **resources}})])
    return [(each.method, each.certain) for each in found.preflights]


def method(of: str, name: str, **more: Any) -> dict[str, Any]:
    return resource("AWS::ApiGateway::Method", ResourceId={"Ref": of}, HttpMethod=name, **more)


def route(key: str, api: str = "Api", **more: Any) -> dict[str, Any]:
    return resource("AWS::ApiGatewayV2::Route", ApiId={"Ref": api}, RouteKey=key, **more)


def test_any_takes_preflights_of_a_resource_without_options(tmp_path: Path) -> None:
    """Those of another resource do not help, and of other methods none takes preflights."""
    guarded, spared = method("Orders", "ANY", **REST_KEY), method("Orders", "OPTIONS", AuthorizationType="NONE")

    assert preflights(tmp_path, A=guarded, B=method("Files", "OPTIONS")) == [("ANY", False)]
    assert preflights(tmp_path, A=guarded, B=spared) == []
    assert preflights(tmp_path, A=method("Orders", "GET", **REST_KEY)) == []
    assert preflights(tmp_path, A=guarded, B=method("Orders", "OPTIONS", **REST_KEY)) == [("OPTIONS", True)]


@pytest.mark.parametrize(
    ("key", "others", "told_of"),
    [
        ("ANY /orders", {}, True),
        ("ANY /orders", {"B": route("OPTIONS /orders")}, False),
        ("ANY /orders", {"B": route("OPTIONS /{proxy+}")}, True),
        ("ANY /orders", {"B": route("OPTIONS /orders", "Other")}, True),
        ("$default", {}, True),
        ("$default", {"B": route("OPTIONS /{proxy+}")}, False),
        ("$default", {"B": route("OPTIONS /a/{proxy+}")}, True),
        ("GET /orders", {}, False),
        ("ANY /orders", {"Api": resource("AWS::ApiGatewayV2::Api", CorsConfiguration={"AllowOrigins": ["*"]})}, False),
        ("$default", {"Api": resource("AWS::ApiGatewayV2::Api", ProtocolType="WEBSOCKET")}, False),
        ("ANY /orders", {"Api": resource("AWS::ApiGatewayV2::Api", ProtocolType="HTTP")}, True),
    ],
)
def test_routes_take_preflights_that_no_other_takes(
    key: str, others: dict[str, Any], told_of: bool, tmp_path: Path
) -> None:
    """By the order in which an HTTP API looks for a route; it answers them itself where CORS is set."""
    assert preflights(tmp_path, A=route(key, **HTTP_KEY), **others) == ([(key, False)] if told_of else [])


TF_METHOD = """
resource "aws_api_gateway_method" "%s" {
  resource_id   = aws_api_gateway_resource.%s.id
  http_method   = "%s"
  authorization = "%s"
}
"""
TF_ROUTE = """
resource "aws_apigatewayv2_route" "%s" {
  api_id             = aws_apigatewayv2_api.%s.id
  route_key          = "%s"
  authorization_type = "%s"
}
"""
TF_API = """
resource "aws_apigatewayv2_api" "%s" {
  protocol_type = "%s"
  %s
}
"""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (TF_METHOD % ("a", "x", "ANY", "CUSTOM"), ["ANY"]),
        (TF_METHOD % ("a", "x", "ANY", "NONE"), []),
        (TF_METHOD % ("a", "x", "ANY", "CUSTOM") + TF_METHOD % ("b", "x", "OPTIONS", "NONE"), []),
        (TF_METHOD % ("a", "x", "ANY", "CUSTOM") + TF_METHOD % ("b", "y", "OPTIONS", "NONE"), ["ANY"]),
        (TF_ROUTE % ("a", "x", "ANY /orders", "CUSTOM"), ["ANY /orders"]),
        (TF_ROUTE % ("a", "x", "$default", "CUSTOM"), ["$default"]),
        (TF_ROUTE % ("a", "x", "$default", "CUSTOM") + TF_ROUTE % ("b", "x", "OPTIONS /{proxy+}", "NONE"), []),
        (
            TF_ROUTE % ("a", "x", "$default", "CUSTOM") + TF_ROUTE % ("b", "y", "OPTIONS /{proxy+}", "NONE"),
            ["$default"],
        ),
        (TF_ROUTE % ("a", "x", "$default", "CUSTOM") + TF_API % ("x", "HTTP", "cors_configuration {}"), []),
        (TF_ROUTE % ("a", "x", "$default", "CUSTOM") + TF_API % ("x", "HTTP", ""), ["$default"]),
        (TF_ROUTE % ("a", "x", "$default", "CUSTOM") + TF_API % ("x", "WEBSOCKET", ""), []),
    ],
)
def test_terraform_says_the_same_of_preflights(source: str, expected: list[str], tmp_path: Path) -> None:
    """Methods of one resource and routes of one API are known by what they refer to."""
    found = read([written(tmp_path, source, "main.tf")]).preflights

    assert [each.method for each in found] == expected
    assert not any(each.certain for each in found)


def test_a_plan_that_does_not_know_the_resource_yet_tells_of_no_doubt(tmp_path: Path) -> None:
    """An OPTIONS method may be beside it: there is one."""
    values = {"authorization": "CUSTOM", "http_method": "ANY"}
    guarded = {"address": "a", "type": "aws_api_gateway_method", "name": "a", "values": values}
    other = {**guarded, "address": "b", "values": {"authorization": "NONE", "http_method": "OPTIONS"}}

    alone, both = (read([written(tmp_path, planned(*each))]).preflights for each in ([guarded], [guarded, other]))

    assert ([each.method for each in alone], both) == (["ANY"], ())


def test_what_sam_works_out_later_is_told_and_not_judged(tmp_path: Path) -> None:
    """An Fn::If around Auth, one around Identity, and a body from elsewhere."""
    chosen = {"Fn::If": ["Prod", {}, {}]}
    identity = {"Authorizers": {"A": {"FunctionArn": "f", "Identity": chosen}}}
    template = {
        "Resources": {
            "One": resource("AWS::Serverless::Api", Auth=chosen),
            "Two": resource("AWS::Serverless::Api", Auth=identity, DefinitionBody={"Fn::Transform": {}}),
            "Three": resource(
                "AWS::Serverless::HttpApi",
                Auth={"Authorizers": {"B": {"FunctionArn": "f", "Identity": {"Headers": [{"Ref": "Name"}]}}}},
            ),
        }
    }
    file = written(tmp_path, template)

    settings = read([file])

    assert told(settings, file) == {
        "not_read :/Resources/One/Properties/Auth",
        "not_read :/Resources/Two/Properties/Auth/Authorizers/A",
        "not_read :/Resources/Two/Properties/DefinitionBody",
        "not_read :/Resources/Three/Properties/Auth/Authorizers/B",
        "ttl_unstated :/Resources/Three/Properties/Auth/Authorizers/B",
        "payload_missing :/Resources/Three/Properties/Auth/Authorizers/B",
    }


def test_what_stands_elsewhere_in_a_template_is_told(tmp_path: Path) -> None:
    """Loops, nested stacks, documents in files or buckets, authorizers of a kind not known yet: none is passed over."""
    later = {"Ref": "Late"}
    file = written(
        tmp_path,
        {
            "Resources": {
                "Fn::ForEach::Many": ["Name", ["A"], {}],
                "Nested": resource("AWS::CloudFormation::Stack"),
                "App": resource("AWS::Serverless::Application"),
                "Named": resource("AWS::Serverless::Api", DefinitionUri="openapi.yaml"),
                "Chosen": resource(
                    "AWS::Serverless::Api",
                    Auth={"Authorizers": {"A": {"Fn::If": ["Prod", {}, {}]}}},
                    DefinitionBody=later,
                ),
                "Bucket": resource("AWS::ApiGateway::RestApi", BodyS3Location={"Bucket": "b"}),
                "Included": resource("AWS::ApiGatewayV2::Api", Body={"Fn::Transform": {}}),
                "Bare": resource("AWS::ApiGatewayV2::Api"),
                "Rest": resource("AWS::ApiGateway::Authorizer", Type=later),
                "Http": resource("AWS::ApiGatewayV2::Authorizer", AuthorizerType=later),
            }
        },
    )

    assert told(read([file]), file) == {
        "not_read :/Resources/Fn::ForEach::Many",
        "not_read :/Resources/Nested/Properties",
        "not_read :/Resources/App/Properties",
        "not_read :/Resources/Named/Properties/DefinitionUri",
        "not_read :/Resources/Chosen/Properties/Auth/Authorizers/A",
        "not_read :/Resources/Chosen/Properties/DefinitionBody",
        "not_read :/Resources/Bucket/Properties/BodyS3Location",
        "not_read :/Resources/Included/Properties/Body",
        "not_read :/Resources/Rest/Properties",
        "not_read :/Resources/Http/Properties",
    }


def test_what_stands_elsewhere_in_terraform_is_told(tmp_path: Path) -> None:
    """Modules, authorizers of a kind that a variable says, and values of a for_each."""
    file = written(
        tmp_path,
        """
        module "api" {
          source = "./api"
        }
        resource "aws_api_gateway_authorizer" "rest" {
          type = var.kind
        }
        resource "aws_apigatewayv2_authorizer" "http" {
          authorizer_type = var.kind
        }
        resource "aws_apigatewayv2_authorizer" "each" {
          authorizer_type                   = "REQUEST"
          authorizer_payload_format_version = "2.0"
          identity_sources                  = ["$request.header.Authorization"]
          authorizer_result_ttl_in_seconds  = each.value.ttl
        }
        """,
        "main.tf",
    )

    found = told(read([file]), file)

    assert found == {"not_read :2", "not_read :5", "not_read :8", "not_read :11"}


SIMPLE = {
    "type": "request",
    "identitySource": "$request.header.A, $context.routeKey",
    "authorizerResultTtlInSeconds": 60,
    "authorizerPayloadFormatVersion": "2.0",
    "enableSimpleResponses": True,
}


def test_simple_answers_kept_for_wide_routes_are_told(tmp_path: Path) -> None:
    """Of OpenAPI, SAM, CloudFormation and Terraform; a route for one method and path is none."""
    ours = {"security": [{"ours": []}]}
    paths = {
        "/a": {"get": ours, "x-amazon-apigateway-any-method": ours},
        "/b/{p+}": {"$ref": "#/x-item"},
        "/$default": {"x-amazon-apigateway-any-method": ours},
        "/open": {"x-amazon-apigateway-any-method": {"security": []}},
    }
    document = written(tmp_path, {**openapi(SIMPLE), "paths": paths, "x-item": {"get": ours}}, "openapi.json")
    simple = {
        "FunctionArn": "f",
        "EnableSimpleResponses": True,
        "AuthorizerPayloadFormatVersion": "2.0",
        "Identity": {"Headers": ["A"], "Context": ["routeKey"], "ReauthorizeEvery": 60},
    }
    events = {
        "Rest": {"Type": "HttpApi"},
        "One": {"Type": "HttpApi", "Properties": {"Method": "get", "Path": "/a"}},
        "Any": {"Type": "HttpApi", "Properties": {"Method": "any", "Path": "/a"}},
    }
    sam = written(
        tmp_path,
        {
            "Globals": {"HttpApi": {"Auth": {"DefaultAuthorizer": "A", "Authorizers": {"A": simple}}}},
            "Resources": {"F": resource("AWS::Serverless::Function", Events=events)},
        },
        "sam.json",
    )

    def route(key: str, named: Any) -> dict[str, Any]:
        return resource("AWS::ApiGatewayV2::Route", RouteKey=key, AuthorizationType="CUSTOM", AuthorizerId=named)

    plain = written(
        tmp_path,
        {
            "Resources": {
                "A": resource(
                    "AWS::ApiGatewayV2::Authorizer",
                    AuthorizerType="REQUEST",
                    AuthorizerPayloadFormatVersion="2.0",
                    EnableSimpleResponses=True,
                    AuthorizerResultTtlInSeconds=60,
                    IdentitySource=["$request.header.A", "$context.routeKey"],
                ),
                "Named": route("GET /a/{p+}", {"Ref": "A"}),
                "Got": route("GET /b/{p+}", {"Fn::GetAtt": ["A", "AuthorizerId"]}),
                "Text": route("GET /c/{p+}", {"Fn::GetAtt": "A.AuthorizerId"}),
                "Elsewhere": route("GET /d/{p+}", {"Fn::ImportValue": "A"}),
                "Other": route("GET /e/{p+}", {"Ref": "B"}),
                "Narrow": route("GET /e", {"Ref": "A"}),
            }
        },
        "plain.json",
    )
    terraform = written(
        tmp_path,
        """
        resource "aws_apigatewayv2_authorizer" "a" {
          authorizer_type                   = "REQUEST"
          authorizer_payload_format_version = "2.0"
          enable_simple_responses           = true
          identity_sources                  = ["$request.header.Authorization", "$context.routeKey"]
          authorizer_result_ttl_in_seconds  = 60
        }
        resource "aws_apigatewayv2_route" "rest" {
          route_key          = "GET /{rest+}"
          authorization_type = "CUSTOM"
        }
        """,
        "main.tf",
    )

    found = {file: told(read([file]), file) for file in (document, sam, plain, terraform)}

    wide = {
        document: {
            ":/paths/~1a/x-amazon-apigateway-any-method",
            ":/paths/~1b~1{p+}/get",
            ":/paths/~1$default/x-amazon-apigateway-any-method",
        },
        sam: {f":/Resources/F/Properties/Events/{name}" for name in ("Rest", "Any")},
        plain: {f":/Resources/{name}/Properties" for name in ("Named", "Got", "Text", "Elsewhere")},
        terraform: {":9"},
    }
    for file, places in wide.items():
        code = "simple_wide_route "
        assert {each.removeprefix(code) for each in found[file] if each.startswith(code)} == places


def test_a_preflight_behind_a_reference_is_told(tmp_path: Path) -> None:
    """A path item may stand elsewhere in the document."""
    item = {"options": {"security": [{"ours": []}]}}
    document = {**openapi(SIMPLE), "paths": {"/a": {"$ref": "#/x-item"}}, "x-item": item}

    settings = read([written(tmp_path, document)])

    assert [each.method for each in settings.preflights] == ["OPTIONS /a"]


def test_a_security_at_the_root_alone_is_told(tmp_path: Path) -> None:
    """API Gateway does not use it, so the operations without one of their own are open; SAM may put a default before them."""
    own = {"security": [{"ours": []}]}
    paths = {"/a": {"get": {}, "post": own, "options": {}}, "/b": {"x-amazon-apigateway-any-method": {}}}
    document = {**openapi(SIMPLE), "security": [{"ours": []}], "paths": paths}
    file = written(tmp_path, document)

    def sam(**auth: Any) -> str:
        api = resource("AWS::Serverless::HttpApi", DefinitionBody=document, Auth=auth)
        return written(tmp_path, {"Resources": {"Api": api}}, "sam.json")

    (finding,) = [each for each in rules.judge(read([file])) if each.code == "root_security"]

    assert finding.place == f"{file}:/security"
    assert "GET /a has none of its own, and is open to everybody; so are 1 more" in finding.problem
    assert len(read([sam()]).unguarded) == 1
    assert read([sam(DefaultAuthorizer="A")]).unguarded == ()
    assert read([written(tmp_path, {**document, "paths": {"/a": {"get": own}}})]).unguarded == ()


def test_lists_of_globals_and_of_an_api_are_one(tmp_path: Path) -> None:
    """As SAM joins them."""

    def auth(*headers: str) -> dict[str, Any]:
        return {
            "Authorizers": {
                "A": {"FunctionArn": "f", "FunctionPayloadType": "REQUEST", "Identity": {"Headers": [*headers]}}
            }
        }

    template = {
        "Globals": {"Api": {"Auth": auth("X-Tenant")}},
        "Resources": {"Api": resource("AWS::Serverless::Api", Auth=auth("Authorization"))},
    }

    settings = read([written(tmp_path, template)])

    found = [each.sources for each in settings.attachments if each.owner == "Api"]
    assert found == [("method.request.header.X-Tenant", "method.request.header.Authorization")]


def test_the_implicit_api_and_preflights_that_are_spared(tmp_path: Path) -> None:
    """Authorizers in Globals alone; OPTIONS is spared where the template says so, or the gateway answers itself."""
    auth = {"DefaultAuthorizer": "A", "Authorizers": {"A": {"FunctionArn": "f", "Identity": {"ReauthorizeEvery": 0}}}}
    event = {"Type": "Api", "Properties": {"Method": "options", "Path": "/"}}
    function = resource("AWS::Serverless::Function", Events={"E": event})

    guarded = read([written(tmp_path, {"Globals": {"Api": {"Auth": auth}}, "Resources": {"F": function}})])
    spared_auth = {**auth, "AddDefaultAuthorizerToCorsPreflight": False}
    spared = read(
        [written(tmp_path, {"Globals": {"Api": {"Auth": spared_auth, "Cors": "'*'"}}, "Resources": {"F": function}})]
    )

    assert only(guarded).place.endswith(":/Globals/Api/Auth/Authorizers/A")
    assert [each.method for each in guarded.preflights] == ["OPTIONS /"]
    assert spared.preflights == ()


def planned(*resources: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"format_version": "1.2", **members, "planned_values": {"root_module": {"resources": list(resources)}}}


def test_a_plan_and_a_state_as_json(tmp_path: Path) -> None:
    """Modules within modules, and an API's document in its body."""
    shop = {
        "address": "module.api.aws_apigatewayv2_authorizer.shop",
        "type": "aws_apigatewayv2_authorizer",
        "name": "shop",
        "values": {
            "authorizer_type": "REQUEST",
            "identity_sources": ["$request.header.Authorization"],
            "authorizer_payload_format_version": "2.0",
            "authorizer_result_ttl_in_seconds": 300,
            "enable_simple_responses": True,
        },
    }
    body = {
        "address": "aws_api_gateway_rest_api.orders",
        "type": "aws_api_gateway_rest_api",
        "name": "orders",
        "values": {"body": json.dumps(openapi({"type": "token", "authorizerResultTtlInSeconds": 5}))},
    }
    unread = {"address": "aws_apigatewayv2_api.x", "type": "aws_apigatewayv2_api", "name": "x", "values": {"body": "{"}}
    plan = planned(body, unread)
    plan["planned_values"]["root_module"]["child_modules"] = [{"resources": [shop]}]
    file = written(tmp_path, plan)
    state = written(tmp_path, {"format_version": "1.0", "values": {"root_module": {"resources": [shop]}}}, "state.json")

    settings = read([file])

    assert {each.name: each.ttl for each in settings.attachments} == {"shop": 300.0, "ours": 5.0}
    assert told(settings, file) == {
        "simple_without_route :module.api.aws_apigatewayv2_authorizer.shop",
        "not_read :aws_apigatewayv2_api.x:body",
    }
    assert only(read([state])).name == "shop"


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        ({"hello": 1}, "x.json", "is not a SAM or CloudFormation template, an OpenAPI document"),
        ("{", "x.json", "not JSON"),
        ('resource "a" "b" {', "x.tf", "x.tf: line 2: 'the end' begins neither attribute nor block"),
        ("= 3", "x.tf", "line 1: '=' begins neither"),
        ("a b\n", "x.tf", "line 1: a block or '=' is missing behind 'a'"),
        ("a = [1,", "x.tf", "a list has no end"),
        ("a = " + "[" * 5000, "x.tf", "nested too deep"),
    ],
)
def test_what_cannot_be_read_is_named(content: object, name: str, words: str, tmp_path: Path) -> None:
    """With the line, where there is one."""
    with pytest.raises(ConfigError) as fault:
        read([written(tmp_path, content, name)])

    assert words in str(fault.value)
