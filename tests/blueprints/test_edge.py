"""edge_sigv4_signer: what the function at the edge signs is what the API gets, and its template is what Lambda@Edge takes."""

from __future__ import annotations

import copy
import importlib
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from authkit import sigv4
from authkit.errors import Unauthenticated
from authkit.local.runtime import RuntimeClient
from authkit.testing import StubIssuer
from tests.blueprints.blueprint import FOLDER, ROOT, Blueprint

EDGE = Blueprint(FOLDER / "edge_sigv4_signer")
SECRET = "of-a-role-on-this-machine-and-nowhere-else"
ISSUER = StubIssuer("https://idp.example.com/", audience="https://api.example.com")
POLICY = sigv4.Policy(regions=["us-east-1"], services=["execute-api"])


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Import a module of the blueprint as its function does."""
    monkeypatch.syspath_prepend(str(EDGE.path))
    (tmp_path / "jwks.json").write_text(json.dumps(ISSUER.jwks))
    told = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": SECRET, "JWKS": str(tmp_path / "jwks.json")}
    told |= {"ISSUER": "https://idp.example.com/", "AUDIENCE": "https://api.example.com"}
    for name, value in {**told, "ALLOWED_ORIGIN": "https://app.example.com"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)

    def imported(name: str) -> Any:
        monkeypatch.delitem(sys.modules, name, raising=False)
        found = importlib.import_module(name)
        monkeypatch.delitem(sys.modules, name)
        return found

    return imported


def verified(request: Mapping[str, Any]) -> str:
    """Return whose signature a request has as the API gets it."""
    origin = request["origin"]["custom"]
    listed = [(name, each["value"]) for name, values in request["headers"].items() for each in values]
    found = sigv4.verify(
        method=request["method"],
        url=f"https://{origin['domainName']}{origin['path']}{request['uri']}?{request['querystring']}",
        headers=listed,
        body=b"",
        policy=POLICY,
        lookup=lambda access_key_id, scope: sigv4.Credentials(access_key_id=access_key_id, secret_access_key=SECRET),
    )
    return found.access_key_id


def test_what_is_signed_is_what_the_api_gets(module: Any) -> None:
    """The origin's host, and the stage before the path."""
    request = module("app").handler(EDGE.event())

    assert verified(request) == "AKIDEXAMPLE"
    assert [each["value"] for each in request["headers"]["x-viewer-authorization"]] == ["Bearer TOKEN"]


@pytest.mark.parametrize(
    ("part", "value"), [("uri", "/orders/1043"), ("querystring", "expand=all"), ("method", "DELETE")]
)
def test_a_request_that_was_changed_after_the_edge_is_refused(module: Any, part: str, value: str) -> None:
    """By whoever verifies the signature."""
    request = copy.deepcopy(module("app").handler(EDGE.event()))
    request[part] = value

    with pytest.raises(Unauthenticated, match="signature_mismatch"):
        verified(request)


def test_the_viewers_credential_cannot_be_changed_either(module: Any) -> None:
    """It is among the headers that are signed."""
    request = copy.deepcopy(module("app").handler(EDGE.event()))
    request["headers"]["x-viewer-authorization"][0]["value"] = "Bearer ANOTHER"

    with pytest.raises(Unauthenticated, match="signature_mismatch"):
        verified(request)


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ({"X-Viewer-Authorization": f"Bearer {ISSUER.token(sub='ann')}"}, 200),
        ({"x-viewer-authorization": f"Bearer {ISSUER.expired(sub='ann')}"}, 401),
        ({"x-viewer-authorization": "Basic YTpi"}, 401),
        ({}, 401),
    ],
)
def test_the_backend_finds_out_who_the_user_is(module: Any, header: Mapping[str, str], status: int) -> None:
    """By the token that the edge has passed on."""
    answer = module("backend").handler({"headers": {"Host": "a.example.com", **header}, "path": "/orders/1042"}, None)

    assert answer["statusCode"] == status
    assert status != 200 or json.loads(answer["body"])["caller"] == "ann"
    assert answer["headers"]["access-control-allow-origin"] == "https://app.example.com"
    assert answer["headers"].get("www-authenticate") == (None if status == 200 else "Bearer")


def test_the_signer_is_what_lambda_at_edge_takes() -> None:
    """No environment, no arm64, no tracing, a role that the edge may take; and it is shown bodies."""
    resources = EDGE.template()["Resources"]
    signer = {**EDGE.template()["Globals"]["Function"], **resources["Signer"]["Properties"]}
    behaviour = resources["Distribution"]["Properties"]["DistributionConfig"]["DefaultCacheBehavior"]
    trusted = resources["SignerRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]

    assert signer.keys().isdisjoint({"Environment", "Tracing", "Layers", "VpcConfig"})
    assert (signer["Architectures"], signer["Handler"]) == (["x86_64"], "app.handler")
    assert "edgelambda.amazonaws.com" in trusted["Service"]
    assert behaviour["LambdaFunctionAssociations"] == [
        {"EventType": "origin-request", "LambdaFunctionARN": {"Ref": "Signer.Version"}, "IncludeBody": True}
    ]


def test_the_api_takes_signatures_and_nothing_else() -> None:
    """And calls the backend by its own right, so that the signer needs none to."""
    auth = EDGE.template()["Resources"]["Api"]["Properties"]["Auth"]
    terraform = EDGE.text("main.tf")

    assert (auth["DefaultAuthorizer"], auth["InvokeRole"]) == ("AWS_IAM", "NONE")
    guards = dict(
        re.findall(r'resource "aws_api_gateway_method" "(\w+)" {.*?authorization += "(\w+)"', terraform, re.DOTALL)
    )
    assert guards == {"each": "AWS_IAM", "preflight": "NONE"}


@pytest.mark.external
def test_the_signer_runs_in_the_runtime_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes back is JSON that CloudFront takes, and its signature is right."""
    pytest.importorskip("awslambdaric", reason="awslambdaric is not installed for this Python")
    told = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": SECRET, "PYTHONPATH": str(ROOT)}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)

    with RuntimeClient(f"{EDGE.path / 'app.py'}:handler").running() as client:
        request = client(EDGE.event(), None)

    assert verified(request) == "AKIDEXAMPLE"
