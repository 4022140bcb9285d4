"""Unfolded: a SAM template as MiniStack can take it.

It reads no document of an HTTP API, so such an API is spelled out resource by resource. Of WebSocket APIs it knows
neither deployments nor route responses, so a stage deploys by itself, and messages go unanswered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_PLACES = {"Headers": "header", "QueryStrings": "querystring", "StageVariables": "stageVariables", "Context": "context"}
_UNKNOWN = ("AWS::ApiGatewayV2::Deployment", "AWS::ApiGatewayV2::RouteResponse")
_URI = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Arn}/invocations"


def unfolded(template: Mapping[str, Any]) -> dict[str, Any]:
    """Return the template as it is but for its HTTP APIs, the events that name one, and what is unknown there."""
    resources: dict[str, Any] = {}
    for name, each in template["Resources"].items():
        if each["Type"] == "AWS::Serverless::HttpApi":
            resources.update(_api(name, each["Properties"]))
        elif each["Type"] == "AWS::Serverless::Function":
            resources.update(_function(name, each, template["Resources"]))
        elif each["Type"] == "AWS::ApiGatewayV2::Stage" and "DeploymentId" in each["Properties"]:
            own = {key: value for key, value in each["Properties"].items() if key != "DeploymentId"}
            resources[name] = {**each, "Properties": {**own, "AutoDeploy": True}}
        elif each["Type"] not in _UNKNOWN:
            resources[name] = each
    return {**template, "Resources": resources}


def _api(name: str, given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    stage = {**_of(name), "StageName": given.get("StageName", "$default"), "AutoDeploy": True}
    yield _made(name, "Api", {"Name": name, "ProtocolType": "HTTP"})
    yield _made(f"{name}Stage", "Stage", stage)
    for label, each in given.get("Auth", {}).get("Authorizers", {}).items():
        identity = each.get("Identity", {})
        sources = [f"${_source(place, key)}" for place in _PLACES for key in identity.get(place, ())]
        properties = {
            "Name": label,
            "AuthorizerType": "REQUEST",
            "AuthorizerUri": _uri(each["FunctionArn"]),
            "IdentitySource": sources,
            "AuthorizerResultTtlInSeconds": identity.get("ReauthorizeEvery", 300),
            "AuthorizerPayloadFormatVersion": str(each["AuthorizerPayloadFormatVersion"]),
            "EnableSimpleResponses": each.get("EnableSimpleResponses", False),
        }
        yield _made(f"{name}{label}", "Authorizer", {**_of(name), **properties})


def _function(name: str, given: Mapping[str, Any], resources: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    properties = dict(given["Properties"])
    events = properties.pop("Events", {})
    ours = {label: each["Properties"] for label, each in events.items() if each["Type"] == "HttpApi"}
    theirs = {label: each for label, each in events.items() if label not in ours}
    yield name, {**given, "Properties": {**properties, **({"Events": theirs} if theirs else {})}}
    for label, each in ours.items():
        api = each["ApiId"]["Ref"]
        chosen = each.get("Auth", {}).get("Authorizer", resources[api]["Properties"]["Auth"]["DefaultAuthorizer"])
        guard = {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": f"{api}{chosen}"}}
        integration = {"IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0"}
        target = {"Fn::Join": ["/", ["integrations", {"Ref": f"{name}{label}Integration"}]]}
        arn = {"IntegrationUri": {"Fn::GetAtt": [name, "Arn"]}}
        route = {"RouteKey": f"{each['Method'].upper()} {each['Path']}", "Target": target}
        yield _made(f"{name}{label}Integration", "Integration", {**_of(api), **integration, **arn})
        yield _made(f"{name}{label}Route", "Route", {**_of(api), **route, **({} if chosen == "NONE" else guard)})


def _made(name: str, kind: str, properties: Mapping[str, Any]) -> tuple[str, Any]:
    return name, {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": properties}


def _of(api: str) -> dict[str, Any]:
    return {"ApiId": {"Ref": api}}


def _uri(arn: Any) -> Any:
    return {"Fn::Sub": [_URI, {"Arn": arn}]}


def _source(place: str, key: str) -> str:
    return f"{'' if place in ('StageVariables', 'Context') else 'request.'}{_PLACES[place]}.{key}"
