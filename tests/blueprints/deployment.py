"""Deployment: a blueprint in MiniStack, from its SAM template or its Terraform, and called there over HTTP."""

from __future__ import annotations

import http.client
import io
import json
import os
import re
import site
import socket
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.blueprints.blueprint import ROOT, Blueprint, blueprints, ran
from tests.blueprints.unfolded import unfolded
from tests.blueprints.world import CONNECT, Call, Site, World
from tests.e2e.child import PATIENCE
from tests.e2e.ministack import HANDSHAKE
from tests.e2e.store_servers import AWS, REGION, MiniStack

SWITCHED = 101  # what a WebSocket is opened with, where HTTP says 200
# authkit and what it needs, for the functions alone: MiniStack's own packages are others.
IMPORTABLE = os.pathsep.join([str(ROOT), *site.getsitepackages()])


class Cloud(MiniStack):
    """MiniStack, which unpacks its functions where it is cleared away after it."""

    def env(self) -> dict[str, str]:
        """Return what it is told beside its command."""
        return {**super().env(), "TMPDIR": self._folder.name, "PYTHONDONTWRITEBYTECODE": "1"}


class Deployed:
    """A blueprint somewhere in MiniStack."""

    def __init__(self, server: AWS, functions: Mapping[str, str], place: Site, world: World) -> None:
        self._server = server
        self._authorizer = functions["authorizer"]
        self._client = server.client("lambda")
        self.site = place
        for name in functions.values():
            self._tell(name, {"PYTHONPATH": IMPORTABLE, **(world.environment if name == self._authorizer else {})})

    def environment(self) -> dict[str, str]:
        """Return what the authorizer's function is told by its environment."""
        return self._environment(self._authorizer)

    def aws(self) -> dict[str, str]:
        """Return what points an SDK to where this is deployed."""
        access = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}
        return {**access, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": self._server.url}

    def tell(self, environment: Mapping[str, str]) -> None:
        """Add to that."""
        self._tell(self._authorizer, environment)

    def status(self, call: Call) -> int:
        """Make a call and return the status of its reply."""
        if call.method == CONNECT:
            return self._opened(call)
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=PATIENCE)
        try:
            body = None if call.body is None else json.dumps(call.body).encode()
            standing = {"Host": self.site.host, **({"Content-Type": "application/json"} if body else {})}
            connection.request(call.method, self._target(call), body, {**standing, **call.headers})
            reply = connection.getresponse()
            reply.read()
            return reply.status
        finally:
            connection.close()

    def _opened(self, call: Call) -> int:
        """Open a WebSocket, and hang up."""
        named = {"Host": self.site.host, **dict(HANDSHAKE), **call.headers}
        lines = [f"GET {self._target(call)} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items())]
        with socket.create_connection(("127.0.0.1", self._server.port), timeout=PATIENCE) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode())
            with connection.makefile("rb") as stream:
                status = int(stream.readline().split()[1])
        return 200 if status == SWITCHED else status

    def _target(self, call: Call) -> str:
        prefix = "" if self.site.stage == "$default" else f"/{self.site.stage}"
        path = "" if call.path == "/" and prefix else call.path
        return prefix + path + (f"?{urlencode(call.query)}" if call.query else "")

    def _environment(self, function: str) -> dict[str, str]:
        configuration = self._client.get_function_configuration(FunctionName=function)
        return dict(configuration.get("Environment", {}).get("Variables", {}))

    def _tell(self, function: str, more: Mapping[str, str]) -> None:
        variables = {**self._environment(function), **more}
        self._client.update_function_configuration(FunctionName=function, Environment={"Variables": variables})


Deploy = Callable[[Blueprint], Deployed]


def gateways() -> list[Blueprint]:
    """Return the blueprints of REST, HTTP and WebSocket APIs that have an authorizer."""
    return [each for each in blueprints() if each.authorizes and not each.graphql]


def by_sam(server: AWS, blueprint: Blueprint, world: World) -> Deployed:
    """Deploy a template as ``sam deploy`` does: with every function's folder packed, and in a bucket."""
    stack, formation = blueprint.name.replace("_", "-"), server.client("cloudformation")
    formation.create_stack(
        StackName=stack,
        TemplateBody=json.dumps(unfolded(_packed(server, blueprint, world))),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in world.parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    described = _complete(formation, stack)
    made = formation.describe_stack_resources(StackName=stack)["StackResources"]
    functions = {
        each["LogicalResourceId"].lower(): each["PhysicalResourceId"]
        for each in made
        if each["ResourceType"] == "AWS::Lambda::Function"
    }
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}
    return Deployed(server, functions, _site(server, outputs), world)


def by_terraform(server: AWS, blueprint: Blueprint, world: World, folder: Path, mirror: str) -> Deployed:
    """Deploy ``main.tf`` to a MiniStack of its own, through an override of its provider.

    Where the gateway has ``~1`` in the paths of method settings, MiniStack has slashes, and finds nothing else again.
    """
    (folder / "main.tf").write_text(blueprint.text("main.tf").replace("~1", "/"))
    (folder / "build.zip").write_bytes(_zipped(blueprint.path, world))
    (folder / "ministack_override.tf").write_text(_PROVIDER % {"url": server.url, "region": REGION})
    variables = {f"TF_VAR_{snake(name)}": value for name, value in world.parameters.items()}
    environment = terraform_environment(folder) | variables
    for command in (["init", "-backend=false", f"-plugin-dir={mirror}"], ["apply", "-auto-approve", "-no-color"]):
        done = ran(["terraform", command[0], "-input=false", *command[1:]], cwd=folder, env=environment)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    told = ran(["terraform", "output", "-json"], cwd=folder, env=environment)
    outputs = {name: str(each["value"]) for name, each in json.loads(told.stdout).items()}
    listed = [each["FunctionName"] for each in server.client("lambda").list_functions()["Functions"]]
    functions = {name.rpartition("-")[2]: name for name in listed}
    return Deployed(server, functions, _site(server, outputs), world)


def terraform_environment(folder: Path) -> dict[str, str]:
    """Return Terraform's environment: it asks nobody for a newer version, and keeps to a folder."""
    kept = {name: value for name, value in os.environ.items() if name not in ("TF_CLI_CONFIG_FILE", "PYTHONPATH")}
    quiet = {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_DATA_DIR": str(folder / ".terraform")}
    return {**kept, **quiet, "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(folder)}


@contextmanager
def served(world: World, deployed: Deployed) -> Iterator[None]:
    """Run what a world needs beside the deployment, and point the authorizer to it."""
    with world.servers() as environment:
        if environment:
            deployed.tell(environment)
        yield


# The endpoint of every service that a blueprint uses; the provider knows no other way to name one for all.
_PROVIDER = """
provider "aws" {
  region                      = "%(region)s"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  endpoints {
    apigateway     = "%(url)s"
    apigatewayv2   = "%(url)s"
    cloudwatchlogs = "%(url)s"
    dynamodb       = "%(url)s"
    ec2            = "%(url)s"
    iam            = "%(url)s"
    lambda         = "%(url)s"
    secretsmanager = "%(url)s"
    sts            = "%(url)s"
    wafv2          = "%(url)s"
  }
}
"""


def _packed(server: AWS, blueprint: Blueprint, world: World) -> dict[str, Any]:
    """Return the template with its functions' code in a bucket."""
    template = blueprint.template()
    shared = template.get("Globals", {}).get("Function", {}).get("CodeUri")
    storage, bucket = server.client("s3"), f"packages-{blueprint.name.replace('_', '-')}"
    storage.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        code = properties.get("CodeUri", shared)
        if resource["Type"] == "AWS::Serverless::Function" and isinstance(code, str):
            key = f"{code.strip('./')}.zip"
            storage.put_object(Bucket=bucket, Key=key, Body=_zipped(blueprint.path / code, world))
            properties["CodeUri"] = {"Bucket": bucket, "Key": key}
    return template


def _zipped(folder: Path, world: World) -> bytes:
    """Return the package of a function: its folder, and the world's files."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*.py")):
            archive.write(path, path.relative_to(folder))
        for name, text in world.files.items():
            archive.writestr(name, text)
    return package.getvalue()


def _complete(formation: Any, stack: str) -> dict[str, Any]:
    """Wait for a stack to be made, and return its description."""
    deadline = time.monotonic() + PATIENCE
    while True:
        described: dict[str, Any] = formation.describe_stacks(StackName=stack)["Stacks"][0]
        if described["StackStatus"] == "CREATE_COMPLETE":
            return described
        failing = described["StackStatus"] != "CREATE_IN_PROGRESS" or time.monotonic() > deadline
        assert not failing, [
            (each["LogicalResourceId"], each.get("ResourceStatusReason"))
            for each in formation.describe_stack_events(StackName=stack)["StackEvents"]
            if "FAILED" in each["ResourceStatus"]
        ] or described


def _site(server: AWS, outputs: Mapping[str, str]) -> Site:
    """Return where the API is that the output named Url or url tells of, by the id and the stage in it."""
    url = next(value for name, value in outputs.items() if name.lower() == "url")
    found = re.match(r"\w+://([a-z0-9]+)\.execute-api\.[^/]+/?([^/]*)", url)
    assert found, url
    return Site(f"{found[1]}.execute-api.localhost:{server.port}", found[2] or "$default", outputs, server.client)


def snake(name: str) -> str:
    """Return the name of Terraform's variable for a template's parameter."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
