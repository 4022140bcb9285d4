"""Every blueprint does what the security guides ask for, and following its README leaves nothing open."""

from __future__ import annotations

import json
import re

from tests.blueprints.blueprint import Blueprint, imported
from tests.blueprints.reading import (
    ALL,
    CALLED_BY_PAGES,
    OF_GATEWAYS,
    OF_PAGES,
    OF_REST,
    REST,
    assigned,
    blocks,
    events,
    listed,
    resources,
    within,
)


@ALL
def test_no_role_may_do_more_than_is_named(blueprint: Blueprint) -> None:
    """No action is a pattern, every resource one of this project, but for X-Ray, which knows none, and others' logs.

    Those are Lambda@Edge's, in the Region of each edge, and AppSync's, whose id is not known before there is a role.
    """
    statements = [each for each in within(blueprint.template()["Resources"]) if "Effect" in each and "Action" in each]
    allowed = [
        each for each in statements if each["Effect"] == "Allow" and "Resource" in each and "Principal" not in each
    ]
    anywhere = [each for each in allowed if "*" in listed(each["Resource"])]
    hcl = re.findall(r"Action += (\[[^\]]*\]|\"[^\"]*\"),?\s+Resource += \"\*\"", blueprint.text("main.tf"))

    assert allowed
    assert [action for each in statements for action in listed(each["Action"]) if "*" in action] == []
    assert {action for each in anywhere for action in each["Action"]} == {
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
    }
    assert {part for each in hcl for part in re.findall(r'"([^"]+)"', each)} == {
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
    }
    assert not re.search(r'\bAction += \[?"[^"]*\*', blueprint.text("main.tf"))


@OF_GATEWAYS
def test_the_authorizer_is_called_by_its_own_api_alone(blueprint: Blueprint) -> None:
    """SAM grants it to the API's authorizers; what is written by hand names the one."""
    text = blueprint.text("main.tf")
    grants = blocks(blueprint, "aws_lambda_permission")
    of_authorizer = [each for each in grants if 'each["authorizer"]' in each]
    by_hand = [each["SourceArn"] for each in resources(blueprint, "AWS::Lambda::Permission")]

    assert all(re.search(r"source_arn +=", each) for each in grants)
    assert all("/authorizers/${aws_api" in each for each in of_authorizer)
    assert len(of_authorizer) == (1 if blueprint.authorizes else 0)
    assert all("*" not in json.dumps(each) or "/live/*" in json.dumps(each) for each in by_hand)
    assert 'principal     = "*"' not in text


@OF_GATEWAYS
def test_every_route_of_both_is_guarded_and_the_same(blueprint: Blueprint) -> None:
    """A default authorizer that no route is spared from, and the same methods in Terraform, each with its own."""
    apis = resources(blueprint, "AWS::Serverless::Api", "AWS::Serverless::HttpApi")
    every = [event for each in blueprint.functions().values() for event in each.get("Events", {}).values()]
    guards = re.findall(r'^ +authoriz(?:ation|ation_type) += "(\w+)"', blueprint.text("main.tf"), re.MULTILINE)
    told = re.search(
        r"^ +(?:methods|routes) += toset\(\[(.*?)\]\)", blueprint.text("main.tf"), re.DOTALL | re.MULTILINE
    )

    assert all(each["Auth"]["DefaultAuthorizer"] for each in apis)
    assert [each for each in every if "Auth" in each["Properties"]] == []
    assert [each for each in events(blueprint) if "{proxy+}" in each or each.startswith(("ANY ", "$default"))] == []
    assert set(re.findall(r'"([^"]+)"', told[1] if told else "")) == events(blueprint)
    assert sorted(guards) == sorted(
        ["AWS_IAM" if not blueprint.authorizes else "CUSTOM", *(["NONE"] if blueprint in CALLED_BY_PAGES else [])]
    )


@ALL
def test_a_web_acl_can_be_named(blueprint: Blueprint) -> None:
    """Where the gateway takes one: not for HTTP and WebSocket APIs. Behind a distribution it is the distribution's."""
    text, terraform = blueprint.text("template.yaml"), blueprint.text("main.tf")
    there = "WebACLId: !If [HasWebAcl" in text or bool(resources(blueprint, "AWS::WAFv2::WebACLAssociation"))
    on_edge = bool(resources(blueprint, "AWS::CloudFront::Distribution"))

    assert there == (blueprint in REST or blueprint.graphql)
    assert ('resource "aws_wafv2_web_acl_association"' in terraform) == (there and not on_edge)
    assert bool(re.search(r"^ +web_acl_id += ", terraform, re.MULTILINE)) == on_edge


@ALL
def test_a_distribution_can_be_limited_to_countries(blueprint: Blueprint) -> None:
    """In both, by a list that is empty until somebody fills it."""
    limits = [
        each["DistributionConfig"]["Restrictions"] for each in resources(blueprint, "AWS::CloudFront::Distribution")
    ]
    given = {"RestrictionType": "whitelist", "Locations": {"Ref": "Countries"}}

    assert limits in ([], [{"GeoRestriction": {"Fn::If": ["HasCountries", given, {"RestrictionType": "none"}]}}])
    assert ("= var.countries" in blueprint.text("main.tf")) == bool(limits)


@OF_REST
def test_a_rest_api_can_be_had_with_tls_1_2_alone(blueprint: Blueprint) -> None:
    """By its own domain name, with the default endpoint off, or the distribution's; a private API takes no other."""
    text, terraform = blueprint.text("template.yaml"), blueprint.text("main.tf")
    (api,) = resources(blueprint, "AWS::Serverless::Api")
    policies = [each["SecurityPolicy"] for each in resources(blueprint, "AWS::ApiGateway::DomainName")]
    off = api.get("DisableExecuteApiEndpoint", False)

    if resources(blueprint, "AWS::CloudFront::Distribution"):
        assert "MinimumProtocolVersion: TLSv1.2_2021" in text
        assert "OriginProtocolPolicy: https-only, OriginSSLProtocols: [TLSv1.2]" in text
        assert '"TLSv1.2_2021"' in terraform
        assert re.search(r'origin_ssl_protocols +=? \["TLSv1.2"\]', terraform)
    elif api["EndpointConfiguration"]["Type"] != "PRIVATE":
        assert policies == ["TLS_1_2"]
        assert off in (True, {"Fn::If": ["HasDomain", True, False]})
        assert re.findall(r'security_policy += "(\w+)"', terraform) == policies
        assert re.search(r'disable_execute_api_endpoint = (true|var\.domain_name != "")', terraform)


@OF_PAGES
def test_pages_can_read_the_backends_answers_too(blueprint: Blueprint) -> None:
    """With a proxy integration the gateway adds no header to them: the backend names the origin, by its environment."""
    variables = blueprint.functions()["Backend"]["Environment"]["Variables"]
    told = {"ALLOWED_ORIGIN": "https://app.example.com", "ISSUER": "https://idp.example.com/", "AUDIENCE": "here"}

    with imported(blueprint, {name: told[name] for name in variables}, "backend") as backend:
        headers = backend.HEADERS

    assert variables["ALLOWED_ORIGIN"] == {"Ref": "AllowedOrigin"}
    assert headers["access-control-allow-origin"] == told["ALLOWED_ORIGIN"]
    assert headers["cache-control"] == "no-store"


@OF_REST
def test_what_a_parameter_changes_is_deployed(blueprint: Blueprint) -> None:
    """A stage serves a deployment: SAM makes one where it sees a change, and of a value in ``!Sub`` it sees none."""
    (api,) = resources(blueprint, "AWS::Serverless::Api")
    inside = json.dumps([api.get(name) for name in ("Cors", "GatewayResponses", "DisableExecuteApiEndpoint")])
    (deployment,) = blocks(blueprint, "aws_api_gateway_deployment")
    of_api = "".join(
        text
        for kind in ("integration_response", "gateway_response", "rest_api", "rest_api_policy", "method", "model")
        for text in blocks(blueprint, f"aws_api_gateway_{kind}")
    ).replace("local.cors", "var.allowed_origin")
    used = set(re.findall(r"var\.\w+", of_api))

    assert bool(api.get("AlwaysDeploy")) == ("Fn::" in inside)
    assert used == set(re.findall(r"var\.\w+", assigned(deployment)["triggers"]))
    assert 'filesha1("${path.module}/main.tf")' in deployment


@OF_GATEWAYS
def test_the_readme_says_what_logs_of_the_gateway_need(blueprint: Blueprint) -> None:
    """REST and WebSocket APIs log by a role of the account, and are not deployed without; HTTP APIs need none."""
    needed = "AWS::Serverless::HttpApi" not in blueprint.text("template.yaml")

    assert ("path=/cloudwatchRoleArn" in blueprint.text("README.md")) == needed


@ALL
def test_no_secret_is_left_in_a_folder_that_is_packed(blueprint: Blueprint) -> None:
    """Files that the deployment makes or reads secrets from are removed again: ``sam build`` packs the whole folder."""
    text = blueprint.text("README.md")
    deploying = text.partition("## Deploy it")[2]
    written = {*re.findall(r"> ([\w.-]+\.txt)", deploying), *re.findall(r"file://([\w.-]+)", text)}
    removed = {name for line in re.findall(r"^rm (.*)$", deploying, re.MULTILINE) for name in line.split()}

    assert written <= removed
