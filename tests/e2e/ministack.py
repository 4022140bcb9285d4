"""MiniStack: another emulator of API Gateway, with one authorizer function behind an API of each kind.

``AUTHKIT_MINISTACK`` can name its command; else it is looked for beside this Python and on the path.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import sys
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode
from xml.etree import ElementTree

from tests.e2e.child import PATIENCE, Child

REGION, ACCOUNT = "eu-west-1", "000000000000"
_QUIET = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_EC2_METADATA_DISABLED": "true",
    "BIND_HOST": "127.0.0.1",
    "PYTHONUNBUFFERED": "1",
}

# Answers, or raises, what the credential tells it to; STAGE stands for what every resource of the API begins with.
FUNCTION = """
import base64, json

def handler(event, context):
    token = event.get("authorizationToken")
    if token is None:
        headers = {name.lower(): value for name, value in event["headers"].items()}
        token = headers["authorization"]
    stage = "/".join(event.get("methodArn", event.get("routeArn", "")).split("/")[:2]) + "/"
    told = json.loads(base64.b64decode(token.split()[-1]).decode().replace("STAGE/", stage))
    if "raise" in told:
        raise Exception(told["raise"])
    return told["answer"]
"""

_BACKEND = """
import json

def handler(event, context):
    authorizer = event["requestContext"].get("authorizer")
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(authorizer)}
"""

# The usage plans' keys, by the API that each is of.
KEYS = {"RestQuota": "a-key-of-the-plan-with-a-quota-0001", "RestThrottle": "a-key-of-the-plan-with-a-rate-0002"}
QUOTA, BURST = 3, 2
HANDSHAKE = (
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
)


def command() -> str | None:
    """Return where MiniStack's command is, if it is installed."""
    named = os.environ.get("AUTHKIT_MINISTACK")
    return named or shutil.which("ministack", path=str(Path(sys.executable).parent)) or shutil.which("ministack")


class Answered(NamedTuple):
    """A reply of an API."""

    status: int
    headers: dict[str, str]
    body: Any


class MiniStack:
    """Runs until the with block ends, with the APIs of `template`."""

    def __init__(self, folder: Path) -> None:
        found = command()
        assert found is not None
        self._port = _free_port()
        environment = {**os.environ, **_QUIET, "GATEWAY_PORT": str(self._port), "HOME": str(folder)}
        self._child = Child([found], env=environment, cwd=folder)
        try:
            self._child.wait_for(lambda line: "Running on" in line)
            self.apis = self._deployed()
        except BaseException:
            self._child.end()
            raise

    def call(self, api: str, path: str, *headers: tuple[str, str], method: str = "GET") -> Answered:
        """Call an API by its name in the template."""
        stage = "$default" if api.startswith("Http") else "prod"
        prefix = "" if stage == "$default" else f"/{stage}"
        host = f"{self.apis[api]}.execute-api.localhost:{self._port}"
        return self._asked(method, prefix + path, b"", (("Host", host), *headers))

    def ask(self, api: str, query: str, *headers: tuple[str, str]) -> Answered:
        """Ask a GraphQL API by its name in the template."""
        host = f"{self.apis[api]}.appsync-api.{REGION}.localhost:{self._port}"
        kind = ("Content-Type", "application/json")
        body = json.dumps({"query": query}).encode()
        return self._asked("POST", "/graphql", body, (("Host", host), kind, *headers))

    def connect(self, api: str, *headers: tuple[str, str]) -> int:
        """Open a WebSocket, and hang up; return the status it was answered by."""
        host = f"{self.apis[api]}.execute-api.localhost:{self._port}"
        lines = ["GET /prod HTTP/1.1", *(f"{name}: {value}" for name, value in (("Host", host), *HANDSHAKE, *headers))]
        with socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode())
            with connection.makefile("rb") as stream:
                return int(stream.readline().split()[1])

    def _deployed(self) -> dict[str, str]:
        """Create the stack and return the ids of its APIs."""
        form = {
            "Action": "CreateStack",
            "Version": "2010-05-15",
            "StackName": "apis",
            "TemplateBody": json.dumps(template()),
            "Capabilities.member.1": "CAPABILITY_AUTO_EXPAND",
            "Capabilities.member.2": "CAPABILITY_IAM",
        }
        self._cloudformation(form)
        for _ in range(1000):
            described = self._cloudformation({**form, "Action": "DescribeStacks"})
            status = re.search("<StackStatus>([A-Z_]+)</StackStatus>", described)
            if status and status[1] == "CREATE_COMPLETE":
                break
            assert status is None or status[1] == "CREATE_IN_PROGRESS", described
        root = ElementTree.fromstring(re.sub(' xmlns="[^"]+"', "", described))
        outputs = (
            (each.findtext("OutputKey"), each.findtext("OutputValue"))
            for each in root.iter()
            if each.find("OutputKey") is not None
        )
        return {str(name): str(value) for name, value in outputs}

    def _cloudformation(self, form: dict[str, str]) -> str:
        signed = f"AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/cloudformation/aws4_request, SignedHeaders=host, Signature=0"
        headers = (
            ("Host", f"127.0.0.1:{self._port}"),
            ("Authorization", signed),
            ("Content-Type", "application/x-www-form-urlencoded"),
        )
        answered = self._asked("POST", "/", urlencode(form).encode(), headers)
        assert answered.status == 200, answered.body
        return str(answered.body)

    def _asked(self, method: str, path: str, body: bytes, headers: tuple[tuple[str, str], ...]) -> Answered:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in (*headers, *((("Content-Length", str(len(body))),) if body else ())):
                connection.putheader(name, value)
            connection.endheaders(body or None)
            reply = connection.getresponse()
            text = reply.read().decode()
            return Answered(reply.status, {name.lower(): value for name, value in reply.getheaders()}, _read(text))
        finally:
            connection.close()

    def __enter__(self) -> MiniStack:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.end()


PATHS = ("/orders/{id}", "/files/{id}")


def template() -> dict[str, Any]:
    """Return a template with an API of each kind, every one with the same function before it."""
    function = {"Fn::GetAtt": ["Authorizer", "Arn"]}
    request = {"FunctionPayloadType": "REQUEST", "FunctionArn": function, "Identity": {"Headers": ["Authorization"]}}
    token = {"FunctionArn": function, "Identity": {"Header": "Authorization", "ValidationExpression": "Bearer .+"}}
    rest = {"RestToken": _rest(token), "RestRequest": _rest(request), **{api: _rest(request, key=True) for api in KEYS}}
    events = {f"{api}{index}": _event(api, path) for api in rest for index, path in enumerate(PATHS)}
    backend = _function(_BACKEND)
    backend["Properties"]["Events"] = events
    http = {
        **_http("HttpV1", {"AuthorizerPayloadFormatVersion": "1.0"}),
        **_http("HttpV2", {"AuthorizerPayloadFormatVersion": "2.0", "EnableSimpleResponses": False}),
        **_http("HttpSimple", {"AuthorizerPayloadFormatVersion": "2.0", "EnableSimpleResponses": True}),
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            **{"Authorizer": _function(FUNCTION), "Backend": backend},
            **{**rest, **http, **_plans(), **_graphql(function), **_websocket()},
        },
        "Outputs": {
            **{name: {"Value": {"Ref": name}} for name in (*rest, "HttpV1", "HttpV2", "HttpSimple", "Socket")},
            "GraphQL": {"Value": {"Fn::GetAtt": ["GraphQL", "ApiId"]}},
        },
    }


def _function(code: str) -> dict[str, Any]:
    properties = {"Runtime": "python3.12", "Handler": "index.handler", "InlineCode": code}
    return {"Type": "AWS::Serverless::Function", "Properties": properties}


def _rest(authorizer: dict[str, Any], *, key: bool = False) -> dict[str, Any]:
    auth = {
        "DefaultAuthorizer": "Ours",
        "Authorizers": {"Ours": authorizer},
        **({"ApiKeyRequired": True} if key else {}),
    }
    return {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "prod", "Auth": auth}}


def _http(name: str, form: dict[str, Any]) -> dict[str, Any]:
    """Return an HTTP API resource by resource: documents of such APIs are not read."""
    api = {"ApiId": {"Ref": name}}
    uri = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${%s.Arn}/invocations"
    authorizer = {
        "Name": name,
        "AuthorizerType": "REQUEST",
        "AuthorizerUri": {"Fn::Sub": uri % "Authorizer"},
        "IdentitySource": ["$request.header.Authorization"],
        "AuthorizerResultTtlInSeconds": 300,
        **form,
    }
    integration = {
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": {"Fn::GetAtt": ["Backend", "Arn"]},
        "PayloadFormatVersion": form["AuthorizerPayloadFormatVersion"],
    }
    made = {
        name: ("Api", {"Name": name, "ProtocolType": "HTTP"}),
        f"{name}Stage": ("Stage", {**api, "StageName": "$default", "AutoDeploy": True}),
        f"{name}Authorizer": ("Authorizer", {**api, **authorizer}),
        f"{name}Backend": ("Integration", {**api, **integration}),
    }
    for index, path in enumerate(PATHS):
        target = {"Fn::Join": ["/", ["integrations", {"Ref": f"{name}Backend"}]]}
        guard = {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": f"{name}Authorizer"}}
        made[f"{name}Route{index}"] = ("Route", {**api, "RouteKey": f"GET {path}", "Target": target, **guard})
    return {key: {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": each} for key, (kind, each) in made.items()}


def _plans() -> dict[str, Any]:
    """Return a usage plan of each API that requires a key: one with a quota, one with a throttle."""
    limits = {
        "RestQuota": {"Quota": {"Limit": QUOTA, "Period": "DAY"}},
        "RestThrottle": {"Throttle": {"RateLimit": 0.001, "BurstLimit": BURST}},
    }
    made: dict[str, tuple[str, dict[str, Any]]] = {}
    for api, value in KEYS.items():
        stage = [{"ApiId": {"Ref": api}, "Stage": {"Ref": f"{api}prodStage"}}]
        member = {"KeyId": {"Ref": f"{api}Key"}, "KeyType": "API_KEY", "UsagePlanId": {"Ref": f"{api}Plan"}}
        made[f"{api}Key"] = ("ApiKey", {"Value": value, "Enabled": True})
        made[f"{api}Plan"] = ("UsagePlan", {"ApiStages": stage, **limits[api]})
        made[f"{api}PlanKey"] = ("UsagePlanKey", member)
    return {name: {"Type": f"AWS::ApiGateway::{kind}", "Properties": each} for name, (kind, each) in made.items()}


def _graphql(function: Any) -> dict[str, Any]:
    config = {"AuthorizerUri": function, "AuthorizerResultTtlInSeconds": 0}
    properties = {"Name": "graphql", "AuthenticationType": "AWS_LAMBDA", "LambdaAuthorizerConfig": config}
    return {"GraphQL": {"Type": "AWS::AppSync::GraphQLApi", "Properties": properties}}


def _websocket() -> dict[str, Any]:
    api = {"ApiId": {"Ref": "Socket"}}
    uri = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${%s.Arn}/invocations"
    authorizer = {
        "Name": "Socket",
        "AuthorizerType": "REQUEST",
        "AuthorizerUri": {"Fn::Sub": uri % "Authorizer"},
        "IdentitySource": ["route.request.header.Authorization"],
    }
    route = {
        "RouteKey": "$connect",
        "AuthorizationType": "CUSTOM",
        "AuthorizerId": {"Ref": "SocketAuthorizer"},
        "Target": {"Fn::Join": ["/", ["integrations", {"Ref": "SocketBackend"}]]},
    }
    backend = {"IntegrationType": "AWS_PROXY", "IntegrationUri": {"Fn::Sub": uri % "Backend"}}
    own = {"Name": "Socket", "ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action"}
    made = {
        "Socket": ("Api", own),
        "SocketStage": ("Stage", {**api, "StageName": "prod", "AutoDeploy": True}),
        "SocketAuthorizer": ("Authorizer", {**api, **authorizer}),
        "SocketBackend": ("Integration", {**api, **backend}),
        "SocketConnect": ("Route", {**api, **route}),
    }
    return {name: {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": each} for name, (kind, each) in made.items()}


def _event(api: str, path: str) -> dict[str, Any]:
    return {"Type": "Api", "Properties": {"Method": "get", "Path": path, "RestApiId": {"Ref": api}}}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
