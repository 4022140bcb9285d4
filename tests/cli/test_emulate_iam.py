"""``authkit emulate --iam`` puts IAM authorization in the authorizer's place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests

from authkit import sigv4
from authkit.cli import main
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


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("--route", "GET /", "--iam", "no-such-file.json"), "cannot be read as JSON"),
        (("--kind", "appsync", "--iam", "keys.json"), "AppSync"),
    ],
)
def test_faults_end_with_exit_code_3(
    app: str, arguments: tuple[str, ...], fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Words on stderr, nothing on stdout."""
    code = main(["emulate", app, *arguments, "--port", "0"])

    shown = capsys.readouterr()
    assert (code, shown.out) == (3, "")
    assert fault in shown.err
