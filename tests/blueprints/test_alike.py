"""A blueprint's SAM template and its Terraform deploy the same: what somebody reads in one holds for the other."""

from __future__ import annotations

import json
import re
from typing import Any

from authkit.local.lint.reading import read
from tests.blueprints.blueprint import Blueprint
from tests.blueprints.deployment import snake
from tests.blueprints.reading import (
    ALL,
    CALLED_BY_PAGES,
    OF_GATEWAYS,
    OF_PAGES,
    OF_REST,
    assigned,
    blocks,
    events,
    listed,
    resources,
    within,
)

SERVICES = "logs|xray|dynamodb|secretsmanager|cloudfront|execute-api|sts"
ACTION = re.compile(rf"\b(?:{SERVICES}):[A-Z*]\w*")
ALWAYS = "context.identity.sourceIp"
CREDENTIALS = {"authorization", "x-api-key"}  # the headers that callers bring theirs in
FIELDS = {
    "time",
    "requestId",
    "ip",
    "caller",
    "status",
    "error",
    "authorizerStatus",
    "authorizerLatency",
    "authorizerError",
}


@ALL
def test_both_let_their_roles_do_the_same(blueprint: Blueprint) -> None:
    """Action by action."""
    statements = [each for each in within(blueprint.template()["Resources"]) if "Effect" in each and "Action" in each]

    granted = {action for each in statements for action in listed(each["Action"]) if ACTION.fullmatch(action)}

    assert granted == set(re.findall(rf'"({ACTION.pattern})"', blueprint.text("main.tf")))


@OF_GATEWAYS
def test_both_attach_the_authorizer_alike(blueprint: Blueprint) -> None:
    """Kind, sources, expression, TTL and form of the answer.

    Terraform's provider would make the Authorization header of no source at all: an address, which is always there,
    stands for none.
    """

    def told(file: str) -> list[tuple[Any, ...]]:
        return [
            (each.api, each.kind, {*each.listed} - {ALWAYS}, each.keeps, each.expression, each.simple)
            for each in read([str(blueprint.path / file)]).attachments
        ]

    assert told("template.yaml") == told("main.tf")
    assert len(told("main.tf")) == (1 if blueprint.authorizes else 0)


@ALL
def test_both_tell_the_functions_the_same(blueprint: Blueprint) -> None:
    """By the names of their environment."""
    told = {
        name for each in blueprint.functions().values() for name in each.get("Environment", {}).get("Variables", {})
    }

    assert set(re.findall(r"\b([A-Z][A-Z_]+) += ", blueprint.text("main.tf"))) - {"UNAUTHORIZED"} == told


@ALL
def test_both_take_the_same_values(blueprint: Blueprint) -> None:
    """A pattern of a parameter, such as that of one https origin and no ``*``, is one of Terraform's variable too."""
    parameters = blueprint.template()["Parameters"].items()
    patterns = {snake(name): each["AllowedPattern"] for name, each in parameters if "AllowedPattern" in each}
    told = re.findall(r'can\(regex\("\^\(\?:(.*)\)\$", var\.(\w+)\)\)', blueprint.text("main.tf"))
    structured = {"tenants"}  # JSON in a template, a map in Terraform

    assert {name: pattern for pattern, name in told} == {
        name: pattern for name, pattern in patterns.items() if name not in structured
    }
    assert "AllowedOrigin" not in dict(parameters) or re.fullmatch(patterns["allowed_origin"], "https://*") is None


@ALL
def test_both_ask_and_tell_the_same(blueprint: Blueprint) -> None:
    """By the names of parameters and outputs; Terraform is told of packages besides, which SAM makes itself."""
    template, text = blueprint.template(), blueprint.text("main.tf")

    asked, told = (set(re.findall(rf'^{kind} "(\w+)"', text, re.MULTILINE)) for kind in ("variable", "output"))

    assert asked - {"package", "edge_package"} == set(map(snake, template["Parameters"]))
    assert told == set(map(snake, template["Outputs"]))


@OF_REST
def test_both_throttle_the_same_methods_of_a_rest_api(blueprint: Blueprint) -> None:
    """All of them, and what writes more. The gateway spells a path with ``~1`` for every slash, the first one too."""
    (api,) = resources(blueprint, "AWS::Serverless::Api")
    limits = {
        f"{each['ResourcePath'].removeprefix('/')}/{each['HttpMethod']}": each["ThrottlingRateLimit"]
        for each in api["MethodSettings"]
    }
    (settings,) = blocks(blueprint, "aws_api_gateway_method_settings")
    told = re.search(r"for_each += \{(.*)\}", settings)
    assert told

    assert {name: int(rate) for name, rate in re.findall(r'"([^"]+)" = (\d+)', told[1])} == limits
    assert all(each["ThrottlingBurstLimit"] == 2 * each["ThrottlingRateLimit"] for each in api["MethodSettings"])
    assert "throttling_burst_limit = 2 * each.value" in settings
    assert all(path == "*" or path.startswith("~1") for path in (name.rpartition("/")[0] for name in limits))
    assert sorted(limits.values()) == [20, 100]


@OF_GATEWAYS
def test_both_write_the_same_access_log(blueprint: Blueprint) -> None:
    """With what the guides ask for, and what the gateway says of the authorizer."""
    apis = resources(blueprint, "AWS::Serverless::Api", "AWS::Serverless::HttpApi", "AWS::ApiGatewayV2::Stage")
    (setting,) = (each.get("AccessLogSetting") or each["AccessLogSettings"] for each in apis)
    written = json.loads(setting["Format"])
    told = re.search(r"format = jsonencode\(\{\n(.*?)\n +\}\)", blueprint.text("main.tf"), re.DOTALL)
    assert told

    assert assigned(told[1]) == written
    assert set(written) >= FIELDS
    assert {written[name].rpartition(".")[2] for name in FIELDS if name.startswith("authorizer")} == {
        "status",
        "latency",
        "error",
    }


@ALL
def test_both_trace_what_can_be_traced(blueprint: Blueprint) -> None:
    """Every function but those at the edge, and the stage of a REST API or a GraphQL API."""
    everybodys = blueprint.template()["Globals"]["Function"].get("Tracing")
    edge = {"Signer"}  # Lambda@Edge knows no tracing
    untraced = {name for name, each in blueprint.functions().items() if each.get("Tracing", everybodys) != "Active"}
    functions = blocks(blueprint, "aws_lambda_function")
    api = resources(blueprint, "AWS::Serverless::Api", "AWS::AppSync::GraphQLApi")

    assert untraced <= edge
    assert len([each for each in functions if 'mode = "Active"' not in each]) == len(untraced)
    assert all(each.get("TracingEnabled") or each.get("XrayEnabled") for each in api)
    assert not api or re.search(r"xray_(tracing_)?enabled += true", blueprint.text("main.tf"))


@OF_REST
def test_both_tell_callers_the_same_of_refusals(blueprint: Blueprint) -> None:
    """A 401 names the scheme; where pages call, 4XX and 5XX of the gateway can be read by the one origin."""
    (api,) = resources(blueprint, "AWS::Serverless::Api")
    given = api.get("GatewayResponses", {})
    headers = {name: set(each["ResponseParameters"]["Headers"]) for name, each in given.items()}
    schemes = [each["ResponseParameters"]["Headers"].get("WWW-Authenticate") for each in given.values()]
    responses = "".join(blocks(blueprint, "aws_api_gateway_gateway_response"))
    origin = {"Access-Control-Allow-Origin"} if blueprint in CALLED_BY_PAGES else set()

    assert headers.get("UNAUTHORIZED", set()) == ({"WWW-Authenticate", *origin} if blueprint.authorizes else set())
    assert {name for name, each in headers.items() if each >= origin} >= (
        {"DEFAULT_4XX", "DEFAULT_5XX"} if origin else set()
    )
    assert set(re.findall(r"\b(UNAUTHORIZED|DEFAULT_[45]XX)\b", responses)) == set(given)
    assert re.findall(r"\"'(?!\$)([\w-]+)'\"", responses) == [each.strip("'") for each in schemes if each]
    assert responses.count("local.cors") == (len(given) if origin else 0)


@OF_PAGES
def test_both_answer_preflights_alike_and_name_one_origin(blueprint: Blueprint) -> None:
    """Without a credential, for what the routes need and no more."""
    (api,) = resources(blueprint, "AWS::Serverless::Api")
    cors, (response,) = api["Cors"], blocks(blueprint, "aws_api_gateway_integration_response")
    told = {
        name.rpartition("Access-Control-")[2]: value for name, value in assigned(response).items() if "Access" in name
    }

    assert told == {
        "Allow-Origin": "'${var.allowed_origin}'",
        "Allow-Headers": cors["AllowHeaders"],
        "Allow-Methods": cors["AllowMethods"],
        "Max-Age": cors["MaxAge"],
    }
    assert cors["AllowOrigin"] == {"Fn::Sub": "'${AllowedOrigin}'"}
    assert set(cors["AllowMethods"].strip("'").split(",")) == {each.partition(" ")[0] for each in events(blueprint)}
    assert len(CREDENTIALS & set(cors["AllowHeaders"].strip("'").split(","))) == 1
    assert api["Auth"]["AddDefaultAuthorizerToCorsPreflight"] is False
