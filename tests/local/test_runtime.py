"""The Runtime API on loopback, and what a runtime client makes of its function's end."""

from __future__ import annotations

import http.client
import importlib.util
import json
import os
import sys
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from authkit.errors import ConfigError
from authkit.local.function import FunctionError
from authkit.local.runtime import RuntimeClient, place_of
from authkit.local.runtime_api import Report, RuntimeApi

PREFIX = "/2018-06-01/runtime"


@pytest.fixture
def reports() -> SimpleQueue[Report]:
    return SimpleQueue()


def call(api: RuntimeApi, method: str, path: str, body: bytes | None = None) -> tuple[int, dict[str, str], bytes]:
    """Make one call to a Runtime API."""
    connection = http.client.HTTPConnection(api.address, timeout=10)
    try:
        connection.request(method, PREFIX + path, body)
        reply = connection.getresponse()
        return reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()
    finally:
        connection.close()


def test_a_client_gets_its_event_and_tells_what_became_of_it(reports: SimpleQueue[Report]) -> None:
    """With the headers a client reads; that it asks at all says that it is ready."""
    api = RuntimeApi(reports, timeout=3)
    try:
        api.offer({"type": "TOKEN"})
        status, headers, event = call(api, "GET", "/invocation/next")
        name = headers["lambda-runtime-aws-request-id"]
        posted = call(api, "POST", f"/invocation/{name}/response", b'{"principalId": "u"}')[0]
    finally:
        api.close()

    assert (status, json.loads(event), posted) == (200, {"type": "TOKEN"}, 202)
    assert headers["lambda-runtime-invoked-function-arn"].startswith("arn:aws:lambda:")
    assert int(headers["lambda-runtime-deadline-ms"]) > 0
    assert [reports.get(timeout=1).kind for _ in range(2)] == ["ready", "response"]


def handed(api: RuntimeApi) -> str:
    """Hand an event out; return its name."""
    api.offer({})
    return call(api, "GET", "/invocation/next")[1]["lambda-runtime-aws-request-id"]


@pytest.mark.parametrize("kind", ["error", "init/error"])
def test_an_error_is_told_with_type_and_message(reports: SimpleQueue[Report], kind: str) -> None:
    """And raised as it was."""
    api = RuntimeApi(reports, timeout=3)
    try:
        path = "/init/error" if kind == "init/error" else f"/invocation/{handed(api)}/error"
        call(api, "POST", path, b'{"errorType": "Unauthorized", "errorMessage": "Unauthorized"}')
    finally:
        api.close()

    report = next(each for each in iter(lambda: reports.get(timeout=1), None) if each.kind != "ready")
    with pytest.raises(FunctionError, match=r"^Unauthorized$") as raised:
        report.outcome()
    assert (report.kind, raised.value.kind) == (kind, "Unauthorized")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/invocation/1/response"),
        ("POST", "/invocation//response"),
        ("POST", "/invocation/NAME/exit"),
        ("POST", "/invocation/NAME/ready"),
        ("POST", "/elsewhere/NAME/response"),
        ("GET", "/invocation/NAME/response"),
        ("PUT", "/invocation/NAME/response"),
        ("POST", "/exit"),
    ],
)
def test_what_is_no_outcome_of_the_event_that_was_handed_out_changes_nothing(
    reports: SimpleQueue[Report], method: str, path: str
) -> None:
    """A page in a browser can post to any port of the machine."""
    api = RuntimeApi(reports, timeout=3)
    try:
        name = handed(api)
        status = call(api, method, path.replace("NAME", name), b'{"principalId": "mallory"}')[0]
        first = call(api, "POST", f"/invocation/{name}/response", b'{"principalId": "u"}')[0]
        again = call(api, "POST", f"/invocation/{name}/response", b'{"principalId": "mallory"}')[0]
    finally:
        api.close()

    told = [reports.get(timeout=1) for _ in range(2)]
    assert (status, first, again) == (404, 202, 404)
    assert ([each.kind for each in told], told[1].outcome(), reports.empty()) == (
        ["ready", "response"],
        {"principalId": "u"},
        True,
    )


@pytest.mark.parametrize("body", ["NaN!", "{", ""])
def test_an_answer_that_is_no_json_is_an_error(body: str) -> None:
    """No runtime should post one."""
    with pytest.raises(FunctionError, match="no JSON"):
        Report("response", body).outcome()


@pytest.mark.parametrize("body", ["[]", "{", '{"errorType": 7}'])
def test_an_error_without_words_is_one_too(body: str) -> None:
    """Its type is then unknown."""
    with pytest.raises(FunctionError, match=r"^$"):
        Report("error", body).outcome()


def test_targets_are_named_as_the_client_names_them(tmp_path: Path) -> None:
    """A module's function, or a file's; nothing within an object."""
    assert place_of("pkg.app:handler") == (Path.cwd(), "pkg.app.handler")
    assert place_of(f"{tmp_path}/app.py:handler") == (tmp_path, "app.handler")
    for target in ("app", "app:a.b", ":handler"):
        with pytest.raises(ConfigError, match="write module:function"):
            place_of(target)


# What awslambdaric does, in short, so that its side of the conversation is held here too where it is not installed.
CLIENT = """
import http.client, importlib, json, os, sys

connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])

def ask(method, path, body=None):
    connection.request(method, "/2018-06-01/runtime" + path, body)
    reply = connection.getresponse()
    return reply.getheader("Lambda-Runtime-Aws-Request-Id"), reply.read()

def told(error):
    return json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)})

module, _, name = sys.argv[1].rpartition(".")
try:
    handler = getattr(importlib.import_module(module), name)
except Exception as error:
    ask("POST", "/init/error", told(error))
    sys.exit(1)
while True:
    request, event = ask("GET", "/invocation/next")
    try:
        kind, body = "response", json.dumps(handler(json.loads(event), None))
    except Exception as error:
        kind, body = "error", told(error)
    ask("POST", f"/invocation/{request}/{kind}", body)
"""
APP = """
import os, threading

def handler(event, context):
    if event["do"] == "raise":
        raise KeyError("x")
    if event["do"] == "exit":
        os._exit(3)
    if event["do"] == "wait":
        threading.Event().wait()
    return {"process": os.getpid(), "region": os.environ["AWS_REGION"]}
"""


@pytest.fixture
def client(tmp_path: Path) -> Any:
    """A function in a process of its own, not started yet."""
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "client.py").write_text(CLIENT)
    command = [sys.executable, str(tmp_path / "client.py")]
    return RuntimeClient(f"{tmp_path}/app.py:handler", timeout=1.0, command=command)


def test_a_function_runs_in_a_process_of_its_own(client: RuntimeClient) -> None:
    """The same for each call, with what Lambda tells by the environment."""
    with client.running():
        first, second = client({"do": "answer"}, None), client({"do": "answer"}, None)

    assert first == second
    assert first["process"] != os.getpid()
    assert first["region"]


@pytest.mark.parametrize(
    ("does", "kind", "same"),
    [("raise", "KeyError", True), ("exit", "Runtime.ExitError", False), ("wait", "Sandbox.Timedout", False)],
)
def test_a_call_that_fails_is_followed_by_one_that_does_not(
    client: RuntimeClient, does: str, kind: str, same: bool
) -> None:
    """By another process, where the first has ended or was not in time."""
    with client.running():
        before = client({"do": "answer"}, None)["process"]
        with pytest.raises(FunctionError) as raised:
            client({"do": does}, None)
        after = client({"do": "answer"}, None)["process"]

    assert (raised.value.kind, before == after) == (kind, same)


def test_a_function_that_cannot_be_loaded_is_told_at_the_start(client: RuntimeClient, tmp_path: Path) -> None:
    """By the type of its error; its message stays with it."""
    (tmp_path / "app.py").write_text("raise RuntimeError('a secret')")

    with pytest.raises(ConfigError, match=r"app\.handler cannot be loaded \(RuntimeError\)"), client.running():
        pass


def test_a_process_that_ended_between_calls_is_followed_by_another(client: RuntimeClient) -> None:
    """No caller notices."""
    with client.running():
        first = client({"do": "answer"}, None)["process"]
        assert client._environment is not None
        client._environment._process.kill()
        client._environment._process.wait(10)
        second = client({"do": "answer"}, None)["process"]

    assert first != second


@pytest.mark.skipif(importlib.util.find_spec("awslambdaric") is not None, reason="awslambdaric is installed")
def test_without_awslambdaric_it_says_what_is_missing() -> None:
    """Where to get it, too."""
    with pytest.raises(ConfigError, match="pip install awslambdaric"):
        RuntimeClient("app:handler")


def test_reports_hold_no_more_than_they_were_told() -> None:
    """A client that has ended tells nothing."""
    report: Any = Report("exit")

    assert (report.error_type, report.body) == ("", "{}")
