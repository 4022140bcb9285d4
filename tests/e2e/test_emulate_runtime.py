"""A handler behind the emulator in AWS's own runtime client: each outcome is the one it has in this process."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from authkit.errors import ConfigError
from authkit.local.gateway import Gateway, Settings
from authkit.local.http import HttpRequest
from authkit.local.runtime import RuntimeClient
from authkit.policy.route import Route
from authkit.policy.routes import Routes

if TYPE_CHECKING:
    from collections.abc import Iterator

AWSLAMBDARIC = importlib.util.find_spec("awslambdaric") is not None

pytestmark = [
    pytest.mark.external,
    pytest.mark.skipif(not AWSLAMBDARIC, reason="awslambdaric is not installed for this Python"),
]

APP = """
import os, threading
started = os.getpid()

def handler(event, context):
    token = event["authorizationToken"]
    if token == "unauthorized":
        raise Exception("Unauthorized")
    if token == "error":
        raise KeyError("x")
    if token == "exit":
        os._exit(3)
    if token == "slow":
        threading.Event().wait()
    if token == "last":
        threading.Timer(0.05, os._exit, [0]).start()
    if token == "odd":
        return {"principalId": "u", "policyDocument": object()}
    effect = "Deny" if token == "deny" else "Allow"
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": event["methodArn"]}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": str(started), "policyDocument": document, "context": {"region": os.environ["AWS_REGION"]}}
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RuntimeClient]:
    """A client that the tests share."""
    app = tmp_path_factory.mktemp("function") / "app.py"
    app.write_text(APP)
    with RuntimeClient(f"{app}:handler", timeout=5.0).running() as running:
        yield running


def status(client: Any, token: str) -> int:
    """Return the status of a call by this token."""
    gateway = Gateway(client, Routes([Route("GET", "/a")]), Settings(("header.authorization",), "rest-token", 0))
    return gateway.respond(HttpRequest("GET", "/a", headers=(("Authorization", token),))).status


@pytest.mark.parametrize(
    ("token", "expected"),
    [("good", 200), ("deny", 403), ("unauthorized", 401), ("error", 500), ("odd", 500), ("exit", 500)],
)
def test_each_outcome_is_the_gateways(client: RuntimeClient, token: str, expected: int) -> None:
    """Also after the process has ended: the next call gets another."""
    assert (status(client, token), status(client, "good")) == (expected, 200)


def test_one_process_serves_many_calls(client: RuntimeClient) -> None:
    """As one execution environment does."""
    event = {"type": "TOKEN", "authorizationToken": "good", "methodArn": "arn:aws:execute-api:x:1:a/dev/GET/a"}

    assert client(event, None)["principalId"] == client(event, None)["principalId"]


def test_a_function_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    """The caller sees a 500, and the next call is served by another process."""
    app = tmp_path / "app.py"
    app.write_text(APP)

    with RuntimeClient(f"{app}:handler", timeout=0.5).running() as client:
        statuses = [status(client, "slow"), status(client, "good")]

    assert statuses == [500, 200]


def test_a_process_that_ends_between_calls_is_followed_by_another(client: RuntimeClient) -> None:
    """No caller notices."""
    event = {"type": "TOKEN", "authorizationToken": "last", "methodArn": "arn:aws:execute-api:x:1:a/dev/GET/a"}

    first = client(event, None)["principalId"]
    assert client._environment is not None
    client._environment._process.wait(10)

    assert client({**event, "authorizationToken": "good"}, None)["principalId"] != first


@pytest.mark.parametrize("app", ["raise RuntimeError('at import')", "other = 1", "import os; os._exit(7)"])
def test_what_cannot_be_loaded_is_told_at_the_start(tmp_path: Path, app: str) -> None:
    """And nothing goes on running."""
    (tmp_path / "app.py").write_text(app)

    with (
        pytest.raises(ConfigError, match="cannot be loaded"),
        RuntimeClient(f"{tmp_path}/app.py:handler").running(),
    ):
        pass
