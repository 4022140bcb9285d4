"""``authkit emulate``: arguments before documents, documents before the handler, and where each setting came from."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

import pytest

from authkit.cli import build_parser
from authkit.cli.emulated import Chosen, declared_by, settings_of
from authkit.errors import ConfigError
from authkit.local import target as targets
from authkit.local.plans import Quota, Throttle, UsagePlan
from authkit.local.settings import Cors
from authkit.policy.route import Route
from tests.cli.test_emulate import APP, emulating

FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:a"
EITHER = """
from authkit import Principal, first_of, reads

@reads("header.x-api-key")
def key(request):
    return Principal("ada")

@reads("header.authorization")
def token(request):
    return Principal("ada")

@reads("header.x-tenant")
def tenant(request):
    pass

either = Authorizer(
    guards=[tenant],
    authenticate=first_of(token, key),
    routes=[Route("GET", "/orders/{id}")],
)
"""
IDENTITY = {"Header": "X-Token", "ValidationExpression": "^Bearer .+$", "ReauthorizeEvery": 60}


@pytest.fixture
def app(tmp_path: Path) -> str:
    """A target: a handler's own file."""
    file = tmp_path / "app.py"
    file.write_text(APP)
    return f"{file}:handler"


def sam(tmp_path: Path, **properties: Any) -> str:
    """Write a template of a REST API with a TOKEN authorizer; return the file."""
    authorizer = {"FunctionArn": FUNCTION, "Identity": IDENTITY}
    auth = {"DefaultAuthorizer": "Ours", "Authorizers": {"Ours": authorizer}, **properties.pop("Auth", {})}
    event = {"Type": "Api", "Properties": {"Method": "get", "Path": "/orders/{id}", "RestApiId": {"Ref": "Orders"}}}
    resources = {
        "Orders": {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "live", "Auth": auth, **properties}},
        "Backend": {"Type": "AWS::Serverless::Function", "Properties": {"Events": {"Get": event}}},
    }
    file = tmp_path / "template.json"
    file.write_text(json.dumps({"Transform": "AWS::Serverless-2016-10-31", "Resources": resources}))
    return str(file)


def openapi(tmp_path: Path, authorizer: dict[str, Any], **more: Any) -> str:
    """Write a document with one authorizer; return the file."""
    scheme = {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": authorizer,
    }
    content = {
        "openapi": "3.0.3",
        "info": {"title": "orders", "version": "1"},
        "paths": {"/orders/{id}": {"get": {"security": [{"ours": []}], "responses": {}}}},
        "components": {"securitySchemes": {"ours": scheme}},
        **more,
    }
    file = tmp_path / "api.json"
    file.write_text(json.dumps(content))
    return str(file)


def chosen(target: str, *arguments: str) -> Chosen:
    """Return what arguments come to."""
    parsed: argparse.Namespace = build_parser().parse_args(["emulate", target, *arguments])
    loaded = targets.load(target)
    found = settings_of(parsed, loaded, declared_by(parsed, loaded))
    found.settings.demand_sound()
    return found


def origins(found: Chosen) -> dict[str, str]:
    """Return where settings came from."""
    return {each.name.removeprefix("identity "): each.where for each in found.origins}


def test_a_template_goes_before_what_is_usual(app: str, tmp_path: Path) -> None:
    """And its place is told."""
    file = sam(tmp_path)

    found = chosen(app, "--sam", file)

    settings = found.settings
    assert (settings.kind, settings.sources, settings.ttl, settings.expression, settings.api.stage) == (
        *("rest-token", ("header.x-token",), 60, "^Bearer .+$", "live"),
    )
    place = f"{file}:/Resources/Orders/Properties"
    assert origins(found) == {
        **dict.fromkeys(("kind", "sources", "ttl", "expression"), f"{place}/Auth/Authorizers/Ours"),
        "stage": f"{place}/StageName",
    }


def test_arguments_go_before_a_template(app: str, tmp_path: Path) -> None:
    """Each by its name."""
    found = chosen(
        app,
        *("--sam", sam(tmp_path), "--kind", "rest-request", "--stage", "dev", "--ttl", "5"),
        *("--identity-source", "method.request.header.A,method.request.header.B", "--cors", "*", "--throttle", "1:2"),
    )

    settings = found.settings
    assert (settings.kind, settings.sources, settings.ttl, settings.expression, settings.api.stage) == (
        *("rest-request", ("header.a", "header.b"), 5, None, "dev"),
    )
    assert (settings.cors, settings.throttle) == (Cors(("*",)), Throttle(1, 2))
    assert origins(found) == {
        **{"kind": "--kind", "sources": "--identity-source", "ttl": "--ttl", "stage": "--stage"},
        **{"throttle": "--throttle", "cors": "--cors"},
    }


def test_without_a_document_the_handler_tells_what_it_can(app: str) -> None:
    """The rest is what is usual."""
    own = chosen(app.replace(":handler", ":authorizer"))
    simple = chosen(app.replace(":handler", ":simple"), "--kind", "http-simple")

    assert origins(own) == {
        **dict.fromkeys(("kind", "ttl", "stage"), "by default"),
        "sources": "the handler",
    }
    assert (simple.settings.ttl, origins(simple)["ttl"]) == (0, "the handler")


def test_a_source_that_a_good_request_may_lack_is_not_demanded(app: str, tmp_path: Path) -> None:
    """By default: whoever names it sees what a gateway makes of it, and a document goes before both."""
    file = Path(app.rpartition(":")[0])
    file.write_text(APP + EITHER)
    either = f"{file}:either"

    own = chosen(either)
    named = chosen(either, "--identity-source", "method.request.header.X-Api-Key")
    stated = chosen(either, "--sam", sam(tmp_path))

    assert (own.settings.sources, own.settings.ttl) == (("header.x-tenant",), 0)
    assert origins(own)["sources"] == "the handler, which may do without header.authorization, header.x-api-key"
    assert (named.settings.sources, origins(named)["sources"]) == (("header.x-api-key",), "--identity-source")
    assert stated.settings.sources == ("header.x-token",)


def test_a_ttl_that_a_document_does_not_state_is_the_gateways_own(app: str, tmp_path: Path) -> None:
    """Whatever the handler says of it: that is the mistake to see."""
    authorizer = {
        "type": "request",
        "identitySource": "$request.header.Authorization",
        "authorizerPayloadFormatVersion": "2.0",
        "enableSimpleResponses": True,
    }

    found = chosen(app.replace(":handler", ":simple"), "--openapi", openapi(tmp_path, authorizer))

    assert (found.settings.kind, found.settings.ttl, found.settings.api.stage) == ("http-simple", 300, "$default")
    assert origins(found)["ttl"] == "by default: the document states none"


def test_what_is_worked_out_at_deployment_is_told_so(app: str, tmp_path: Path) -> None:
    """What is usual stands for it."""
    file = sam(tmp_path, StageName={"Fn::ImportValue": "stage"})

    found = chosen(app, "--sam", file)

    assert found.settings.api.stage == "dev"
    assert origins(found)["stage"].startswith("by default: ")
    assert origins(found)["stage"].endswith("StageName is worked out when it is deployed")


def test_cors_and_gateway_responses_of_a_document_count(app: str, tmp_path: Path) -> None:
    """Those of an HTTP API and of a REST API; an argument adds to the latter."""
    http = openapi(
        tmp_path,
        {"type": "request", "identitySource": "$request.header.Authorization", "authorizerPayloadFormatVersion": "1.0"},
        **{"x-amazon-apigateway-cors": {"allowOrigins": ["https://a.example"]}},
    )
    by_http = chosen(app, "--openapi", http).settings
    responses = {"UNAUTHORIZED": {"responseParameters": {"gatewayresponse.header.X-A": "'1'"}}}
    rest = openapi(tmp_path, {"type": "token"}, **{"x-amazon-apigateway-gateway-responses": responses})
    by_rest = chosen(app, "--openapi", rest, "--www-authenticate", "Bearer").settings

    assert by_http.cors == Cors(("https://a.example",))
    assert dict(by_rest.responses["UNAUTHORIZED"].headers) == {"X-A": "1", "WWW-Authenticate": "Bearer"}


GET = Route("GET", "/orders/{id}")


def test_keys_that_are_given_are_required_by_every_route(app: str, tmp_path: Path) -> None:
    """With the limits of arguments, or of a file's plan; a file's keys and others are of one plan."""
    file = tmp_path / "plan.json"
    file.write_text(json.dumps({"keys": ["a"], "quota": {"limit": 5, "period": "DAY"}}))
    arguments = ("--route", "GET /orders/{id}", "--usage-plan", str(file), "--usage-key", "b")

    found = chosen(app, *arguments, "--key-throttle", "1.5:2")
    again = chosen(app, *arguments, "--key-quota", "7/month", "--key-source", "HEADER")

    assert found.settings.plans == (UsagePlan(("a", "b"), Throttle(1.5, 2), Quota(5, "DAY")),)
    assert again.settings.plans == (UsagePlan(("a", "b"), None, Quota(7, "MONTH")),)
    assert (found.settings.key_source, again.settings.key_source) == ("AUTHORIZER", "HEADER")
    assert found.needs_key(GET)
    assert origins(found)["key source"] == "by default"
    assert all(each.value != "a" for each in found.origins)


def test_several_plans_stay_apart(app: str, tmp_path: Path) -> None:
    """Keys of arguments make one more."""
    file = tmp_path / "plans.json"
    file.write_text(json.dumps({"plans": [{"keys": ["a"]}, {"keys": ["b"]}]}))

    found = chosen(app, "--route", "GET /", "--usage-plan", str(file), "--usage-key", "c")

    assert found.settings.plans == (UsagePlan(("a",)), UsagePlan(("b",)), UsagePlan(("c",)))


def test_a_template_tells_who_needs_a_key_and_the_limits_of_its_plan(app: str, tmp_path: Path) -> None:
    """From the header, which is the gateway's default; without keys every call is refused, and that is told."""
    plan = {"CreateUsagePlan": "PER_API", "Throttle": {"RateLimit": 1, "BurstLimit": 2}}
    file = sam(tmp_path, Auth={"ApiKeyRequired": True, "UsagePlan": plan})

    without, given = chosen(app, "--sam", file), chosen(app, "--sam", file, "--usage-key", "k")
    never = chosen(app, "--sam", file, "--no-key-required")

    assert (without.settings.plans, without.settings.key_source) == ((UsagePlan((), Throttle(1, 2)),), "HEADER")
    assert origins(without)["keys"].startswith("no --usage-key")
    assert given.settings.plans == (UsagePlan(("k",), Throttle(1, 2)),)
    assert never.settings.plans is None


def test_a_key_can_be_required_everywhere_though_a_document_says_nothing(app: str, tmp_path: Path) -> None:
    """Or nowhere."""
    file = sam(tmp_path)

    assert chosen(app, "--sam", file).settings.plans is None
    assert chosen(app, "--sam", file, "--key-required").needs_key(GET)
    assert chosen(app, "--sam", file, "--usage-key", "k").needs_key(GET)


def test_appsync_has_its_own_sources_and_keeps_nothing_by_default(app: str) -> None:
    """An expression counts there too."""
    found = chosen(app, "--kind", "appsync", "--expression", "custom-.+")
    kept = chosen(app, "--kind", "appsync", "--ttl", "60")

    assert (found.settings.sources, found.settings.ttl, found.settings.expression) == (
        *(("header.authorization",), 0, "custom-.+"),
    )
    assert kept.settings.ttl == 60


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("--route", "GET /", "--throttle", "1"), "write RATE:BURST"),
        (("--route", "GET /", "--usage-key", "k", "--key-throttle", "a:b"), "write RATE:BURST"),
        (("--route", "GET /", "--usage-key", "k", "--key-quota", "many/DAY"), "write LIMIT/PERIOD"),
        (("--route", "GET /", "--usage-key", "k", "--key-quota", "5"), "a quota's period is DAY"),
        (("--kind", "appsync", "--route", "GET /"), "it has no routes"),
        (("--kind", "appsync", "--identity-source", "header.a"), "AppSync has one"),
        (("--kind", "appsync", "--www-authenticate", "Bearer"), "HTTP APIs and AppSync have no gateway responses"),
        (("--kind", "appsync", "--usage-key", "k"), "only REST and WebSocket APIs have usage plans"),
        (("--route", "GET /", "--kind", "http-v2", "--expression", "a"), "for TOKEN authorizers"),
    ],
)
def test_what_means_nothing_is_told(app: str, arguments: tuple[str, ...], fault: str) -> None:
    """Before anything is started."""
    with pytest.raises(ConfigError, match=re.escape(fault)):
        chosen(app, *arguments)


def test_each_setting_is_told_with_its_origin(app: str, tmp_path: Path) -> None:
    """On stderr; calls are counted by the document's plan."""
    plan = {"CreateUsagePlan": "PER_API", "Quota": {"Limit": 1, "Period": "MONTH"}}
    file = sam(tmp_path, Auth={"ApiKeyRequired": True, "UsagePlan": plan})

    with emulating(app, "--sam", file, "--ttl", "0", "--usage-key", "a-key-of-some-length") as running:
        statuses = [
            running.get("/orders/1", **{"X-Token": "Bearer t", **({"X-Api-Key": key} if key else {})})[0]
            for key in ("a-key-of-some-length", "a-key-of-some-length", "")
        ]
        _, told = running.end()

    assert statuses == [200, 429, 403]
    lines = {line.split("  ")[0]: line for line in told.splitlines() if "  " in line}
    assert lines["ttl"].endswith("--ttl")
    assert lines["identity sources"].endswith("/Resources/Orders/Properties/Auth/Authorizers/Ours")
    assert "HEADER" in lines["key source"]
    assert "a-key-of-some-length" not in told


def test_appsync_runs_with_a_schema(app: str, tmp_path: Path) -> None:
    """Its URL ends in /graphql; programs are told origins too."""
    schema = tmp_path / "schema.graphql"
    schema.write_text("type Query { order: Order } type Order { margin: Int }")
    graphql = tmp_path / "graphql.py"
    graphql.write_text(
        'def handler(event, context):\n    return {"isAuthorized": True, "deniedFields": ["Order.margin"]}\n'
    )

    with emulating(f"{graphql}:handler", "--kind", "appsync", "--schema", str(schema), "--json") as running:
        first = json.loads(running.first)
        refused = running.get("/graphql", Authorization="t")[0]
        reply = running.post("/graphql", {"query": "{ order { margin } }"}, Authorization="t")
        running.end()

    assert first["gateway"].endswith("/graphql")
    assert (first["kind"], first["origins"]["identity sources"]) == ("appsync", "AppSync has no other")
    assert (refused, reply[0], reply[2]["data"]["order"]["margin"]) == (404, 200, None)


def test_a_schema_that_is_none_ends_with_exit_code_3(
    app: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says so."""
    from authkit.cli import main

    schema = tmp_path / "schema.graphql"
    schema.write_text("type {")

    code = main(["emulate", app, "--kind", "appsync", "--schema", str(schema), "--port", "0"])

    assert code == 3
    assert "the schema is no GraphQL" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("region", "part", "domain"),
    [
        ("us-east-1", "aws", "us-east-1.amazonaws.com"),
        ("us-gov-west-1", "aws-us-gov", "us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "aws-cn", "cn-north-1.amazonaws.com.cn"),
        ("eusc-de-east-1", "aws-eusc", "eusc-de-east-1.amazonaws.eu"),
    ],
)
def test_a_region_tells_partition_and_domain(app: str, region: str, part: str, domain: str) -> None:
    """As in every ARN and host name of the API."""
    api = chosen(app, "--route", "GET /", "--region", region).settings.api

    assert (api.region, api.partition) == (region, part)
    assert api.domain == f"local00000.execute-api.{domain}"


@pytest.mark.parametrize("region", ["europe", "eu-west-1 ", "eu-west-1.example.com"])
def test_what_is_no_region_is_refused(app: str, region: str) -> None:
    """Before anything is served."""
    with pytest.raises(ConfigError, match="a region is named as eu-west-1"):
        chosen(app, "--route", "GET /", "--region", region).settings.demand_sound()
