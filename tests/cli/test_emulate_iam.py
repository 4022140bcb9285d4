"""``authkit emulate --iam`` puts IAM authorization in the authorizer's place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests

from authkit import sigv4
from authkit.cli import build_parser, main
from authkit.cli.emulated import declared_by, settings_of
from authkit.cli.emulated_iam import unasked
from authkit.errors import ConfigError
from authkit.local.iam_file import _MEMBERS
from authkit.sigv4.clients import RequestsAuth
from tests.cli.test_emulate import APP, emulating


@pytest.fixture
def app(tmp_path: Path) -> str:
    """A target: a handler's own file."""
    file = tmp_path / "app.py"
    file.write_text(APP)
    return f"{file}:handler"


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A file of access keys."""
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"AKIA": {"secret_access_key": "a-secret"}}))
    return file


def test_signatures_are_verified_and_the_function_is_not_asked(app: str, keys: Path) -> None:
    """Each call is told, and no secret."""
    auth = RequestsAuth(
        sigv4.Credentials(access_key_id="AKIA", secret_access_key="a-secret"), region="eu-west-1", service="execute-api"
    )
    with emulating(app, "--route", "GET /orders/{id}", "--iam", str(keys)) as running:
        url = f"http://127.0.0.1:{running.port}/orders/1"
        good, bare = requests.get(url, auth=auth, timeout=5), requests.get(url, timeout=5)
        code, told = running.end()

    assert (good.status_code, bare.status_code, code) == (200, 403, 0)
    assert good.json()["requestContext"]["identity"]["accessKey"] == "AKIA"
    assert bare.json() == {"message": "Missing Authentication Token"}
    assert "iam" in told
    assert "asked by" not in told
    assert "a-secret" not in told


def test_a_file_that_is_not_there_ends_with_exit_code_3(app: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Words on stderr, nothing on stdout."""
    code = main(["emulate", app, "--route", "GET /", "--iam", "no-such-file.json", "--port", "0"])

    shown = capsys.readouterr()
    assert (code, shown.out) == (3, "")
    assert "cannot be read as JSON" in shown.err


def test_no_handler_is_needed_where_none_is_asked(keys: Path) -> None:
    """It is said that IAM decides, and nothing of sources or TTL, which nobody has."""
    with emulating("--iam", str(keys), "--route", "GET /orders/{id}") as running:
        status = running.get("/orders/1")[0]
        code, told = running.end()

    assert (status, code) == (403, 0)
    assert f"none: IAM, with the access keys of {keys}" in told
    assert "identity sources" not in told
    assert "ttl" not in told


def test_a_handler_that_tells_the_routes_is_not_asked(app: str, keys: Path) -> None:
    """Its table is the API's; programs are told of IAM too."""
    target = app.replace(":handler", ":authorizer")

    with emulating(target, "--iam", str(keys), "--json") as running:
        first = json.loads(running.first)
        statuses = [running.get(path)[0] for path in ("/orders/1", "/nowhere")]
        running.end()

    assert (first["iam"], first["identity_sources"], first["ttl"]) == (str(keys), [], 0)
    assert statuses == [403, 403]


def test_a_template_with_a_token_authorizer_has_its_routes_guarded_by_iam(keys: Path, tmp_path: Path) -> None:
    """What a template says of the authorizer is put aside."""
    authorizer = {"FunctionArn": {"Fn::GetAtt": "Ours.Arn"}, "Identity": {"ReauthorizeEvery": 300}}
    api = {"StageName": "dev", "Auth": {"DefaultAuthorizer": "A", "Authorizers": {"A": authorizer}}}
    event = {"Type": "Api", "Properties": {"RestApiId": {"Ref": "Api"}, "Path": "/orders", "Method": "get"}}
    resources = {
        "Api": {"Type": "AWS::Serverless::Api", "Properties": api},
        "Backend": {"Type": "AWS::Serverless::Function", "Properties": {"Events": {"Get": event}}},
    }
    template = tmp_path / "template.json"
    template.write_text(json.dumps({"Transform": "AWS::Serverless-2016-10-31", "Resources": resources}))

    with emulating("--iam", str(keys), "--sam", str(template)) as running:
        status = running.get("/orders")[0]
        _, told = running.end()

    assert status == 403
    assert "iam" in told


def test_a_token_authorizers_expression_and_ttl_are_put_aside(keys: Path) -> None:
    """With the authorizer itself, whose place IAM takes; nobody stands in it who could be asked."""
    arguments = build_parser().parse_args(
        ["emulate", "--iam", str(keys), "--route", "GET /", "--kind", "rest-token", "--stage", "live"]
    )

    found = settings_of(arguments, None, declared_by(arguments, None))

    found.settings.demand_sound()
    assert (found.settings.kind, found.settings.sources, found.settings.ttl) == ("rest-request", (), 0)
    assert [each.name for each in found.origins] == ["kind", "authorizer", "stage"]
    with pytest.raises(ConfigError, match="asks no function"):
        unasked({}, None)


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("app:handler", "--kind", "appsync"), "AppSync"),
        ((), "--iam without a handler: give --route, --sam or --openapi"),
        (("--route", "GET /", "--ttl", "5"), "--ttl: of an authorizer"),
        (
            ("--route", "GET /", "--identity-source", "", "--runtime", "awslambdaric"),
            "--identity-source, --runtime: of",
        ),
    ],
)
def test_what_does_not_go_with_it_is_wrong_usage(
    arguments: tuple[str, ...], fault: str, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, before anything is loaded."""
    with pytest.raises(SystemExit) as ended:
        main(["emulate", *arguments, "--iam", str(keys)])

    assert ended.value.code == 2
    assert fault in capsys.readouterr().err


def test_the_help_shows_the_files_form(capsys: pytest.CaptureFixture[str]) -> None:
    """As it is read."""
    with pytest.raises(SystemExit):
        main(["emulate", "--help"])

    shown = capsys.readouterr().out
    example = next(line for line in shown.splitlines() if "secret_access_key" in line)
    assert set(json.loads(example)["AKIDEXAMPLE"]) == _MEMBERS
