"""What ``authkit emulate`` tells of one's own handler: what it raised, why it refused, and how all is set up."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import jwt
import pytest

from authkit import Route, Routes
from authkit.cli import build_parser, main
from authkit.cli.emulated import Chosen, Origin
from authkit.cli.signals import endings
from authkit.cli.telling import announce, table, teller
from authkit.cli.terminal import READER_GONE
from authkit.local.call import Call
from authkit.local.function import in_process
from authkit.local.gateway import Gateway
from authkit.local.http import HttpReply, HttpRequest, LoopbackServer
from authkit.local.settings import Settings
from tests.cli.test_emulate import WAIT, emulating

SECRET = "an-example-secret-of-some-length-0123456789"
APP = f"""
import os, sys

from authkit import Authorizer, JWTBearer, Route

def enrich(principal):
    return {{"tenant": {{}}["s3cret"]}}

bearer = JWTBearer(issuer="https://idp.example.com/", audience="api", secret="{SECRET}", algorithms=["HS256"])
routes = [Route("GET", "/orders/{{id}}")]
authorizer = Authorizer(authenticate=bearer, routes=routes)
enriched = Authorizer(authenticate=bearer, routes=routes, enrich=[enrich])

def decorated(event, context):
    return authorizer({{}}, context)

def raising(event, context):
    raise ValueError("no tenant \\x1b[2J for " + event["path"])

def unauthorized(event, context):
    raise Exception("Unauthorized")

def unserializable(event, context):
    return {{"scopes": {{1, 2}}}}

def ending(event, context):
    sys.exit(4)

def appsync(event, context):
    raise LookupError("of a field")
"""
SETTINGS = Settings(sources=("header.authorization",))
ROUTE = ("--route", "GET /orders/{id}")


@pytest.fixture
def app(tmp_path: Path) -> str:
    """A file with handlers."""
    file = tmp_path / "app.py"
    file.write_text(APP)
    return str(file)


def told_of(target: str, *arguments: str, token: str = "t") -> tuple[int, str, str]:
    """Return the status of a call, and what was told on stdout and stderr."""
    with emulating(target, *arguments) as running:
        status = running.get("/orders/1", Authorization=f"Bearer {token}")[0]
        code, told = running.end()
        out = running.first + "".join(running.out.get() for _ in range(running.out.qsize()))
    assert code == 0
    return status, out, told


def token(**claims: Any) -> str:
    """Return a token for the file's bearer."""
    said = {"iss": "https://idp.example.com/", "sub": "ann", "aud": "api", "exp": time.time() + 600, **claims}
    return jwt.encode(said, SECRET, algorithm="HS256")


def test_the_traceback_of_ones_own_handler_stands_below_the_tree(app: str) -> None:
    """From its own file on, with its message; nothing in it steers the terminal."""
    status, _, told = told_of(f"{app}:raising", *ROUTE)

    tree, _, trace = told.partition("Traceback (most recent call last):\n")
    line = APP[: APP.index("raise ValueError")].count("\n") + 1
    assert status == 500
    assert "raised ValueError" in tree
    assert trace.startswith(f'  File "{app}", line {line}, in raising\n')
    assert "ValueError: no tenant \\x1b[2J for /orders/1\n" in trace
    assert "invocation.py" not in told


def given(*arguments: str) -> argparse.Namespace:
    """Return the arguments of a command."""
    return build_parser().parse_args(["emulate", *arguments])


def call_of(handler: Any, *, authorization: str = "t") -> Call:
    """Return a call to a gateway in front of a handler."""
    calls: list[Call] = []
    gateway = Gateway(in_process(handler), Routes([Route("GET", "/orders/{id}")]), SETTINGS, tell=calls.append)
    gateway.respond(HttpRequest("GET", "/orders/1", headers=(("authorization", authorization),)))
    return calls[0]


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_call_is_told_in_this_process_too(form: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """The traceback begins where the gateway's own frames end."""

    def raising(event: Any, context: Any) -> Any:
        raise ValueError("no tenant")

    teller(given("app:handler", *form), SETTINGS, sys.stdout, lambda: None)(call_of(raising))

    shown = capsys.readouterr()
    first = shown.err.partition("Traceback (most recent call last):\n")[2].splitlines()[0]
    assert f'"{__file__}"' in first
    assert "ValueError: no tenant" in shown.err
    assert (shown.out[:1] == "{") == bool(form)


def test_a_call_without_a_fault_has_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    """Nor has one that was never handed on, or is refused by the word."""

    def unauthorized(event: Any, context: Any) -> Any:
        raise Exception("Unauthorized")

    tell = teller(given("app:handler"), SETTINGS, sys.stdout, lambda: None)
    for call in (call_of(lambda *_: {}), call_of(unauthorized), call_of(unauthorized, authorization="")):
        tell(call)

    shown = capsys.readouterr().err
    assert shown.count("GET /orders/1") == 3
    assert "Traceback" not in shown


def test_a_watcher_who_has_gone_ends_the_wait_and_breaks_no_call() -> None:
    """Nothing is raised into the gateway."""
    read, write = os.pipe()
    os.close(read)
    with suppress(BrokenPipeError), os.fdopen(write, "w", encoding="utf-8") as writer, endings() as wait:
        teller(given("app:handler", "--json"), SETTINGS, writer, wait.end)(call_of(lambda *_: {}))

        wait()


def test_a_setting_that_a_certificate_stands_for_is_announced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """To people in words, and to programs by name."""
    settings = Settings(kind="websocket", sources=())
    chosen = Chosen(settings, (Origin("stage", "dev", "by default"),), lambda _: False)
    with LoopbackServer(lambda _: HttpReply(200)).running() as server:
        for form in ((), ("--json",)):
            announce(given("app:handler", *form), server, chosen, tmp_path / "ca.pem", sys.stdout)

    shown = capsys.readouterr()
    words, data = shown.out.splitlines()
    assert words == f"gateway {server.url.replace('http', 'ws')}   websocket, stage dev"
    assert json.loads(data)["certificate"] == str(tmp_path / "ca.pem")
    assert f"for clients to trust: {tmp_path / 'ca.pem'}" in shown.err


def test_programs_are_told_calls_on_stdout_and_people_tracebacks_on_stderr(app: str) -> None:
    """So that both can be read."""
    _, out, told = told_of(f"{app}:raising", *ROUTE, "--json")

    assert json.loads(out.splitlines()[1])["status"] == 500
    assert "ValueError: no tenant" in told
    assert "Traceback" not in out


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("unserializable", 500, "TypeError: Object of type set is not JSON serializable"),
        ("ending", 500, "raised Runtime.ExitError"),
        ("unauthorized", 401, "says Unauthorized"),
        ("decorated", 500, "raised BadEvent"),
    ],
)
def test_what_else_comes_of_a_handler(name: str, status: int, said: str, app: str) -> None:
    """A traceback where something foreign was raised, and none where it would only repeat the tree."""
    found, _, told = told_of(f"{app}:{name}", *ROUTE)

    assert found == status
    assert said in told
    assert ("Traceback" in told) == (name == "unserializable")


def test_a_resolver_api_tells_the_same(app: str) -> None:
    """AppSync's authorizer is a function too."""
    with emulating(f"{app}:appsync", "--kind", "appsync") as running:
        running.post("/graphql", {"query": "{ a }"}, Authorization="t")
        _, told = running.end()

    assert "LookupError: of a field" in told


@pytest.mark.parametrize(
    ("name", "claims", "status", "said"),
    [
        ("authorizer", {"aud": "other"}, 401, "unauthenticated: audience_mismatch (aud): "),
        ("authorizer", {}, 200, "allowed ann: 1 resources allowed, 0 denied"),
        ("enriched", {}, 500, "error: Unforeseen: KeyError in enrich[0] at app.py:7"),
    ],
)
def test_an_authorizer_says_why(name: str, claims: dict[str, Any], status: int, said: str, app: str) -> None:
    """As the demo does, and never with what a foreign exception says."""
    found, _, told = told_of(f"{app}:{name}", token=token(**claims))

    assert found == status
    assert said in told
    assert "s3cret" not in told
    assert "Traceback" not in told


def test_a_templates_environment_is_the_handlers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When it is loaded and when it is called; what is set already wins, what is not known is not set, and no value shown."""
    (tmp_path / "app.py").write_text(
        "import os\nnames = ('ISSUER', 'STAGE', 'TABLE')\nloaded = [os.environ.get(name) for name in names]\n"
        "def handler(event, context):\n"
        "    print(f'seen: {loaded == [os.environ.get(name) for name in names]} {loaded}')\n    return {}\n"
    )
    variables = {"ISSUER": "https://idp.example.com/", "STAGE": "of-the-template", "TABLE": {"Ref": "Orders"}}
    function = {"Handler": "app.handler", "CodeUri": ".", "Environment": {"Variables": variables}}
    attached = {"FunctionArn": {"Fn::GetAtt": "Function.Arn"}}
    api = {"StageName": "a", "Auth": {"DefaultAuthorizer": "A", "Authorizers": {"A": attached}}}
    event = {"Type": "Api", "Properties": {"RestApiId": {"Ref": "Api"}, "Path": "/orders/{id}", "Method": "get"}}
    resources = {
        "Function": {"Type": "AWS::Serverless::Function", "Properties": function},
        "Api": {"Type": "AWS::Serverless::Api", "Properties": api},
        "Backend": {"Type": "AWS::Serverless::Function", "Properties": {"Events": {"Get": event}}},
    }
    template = tmp_path / "template.json"
    template.write_text(json.dumps({"Transform": "AWS::Serverless-2016-10-31", "Resources": resources}))
    monkeypatch.setenv("STAGE", "of-the-shell")

    _, _, told = told_of(f"{tmp_path / 'app.py'}:handler", "--sam", str(template))

    assert "seen: True ['https://idp.example.com/', 'of-the-shell', None]" in told
    assert re.search(rf"environment +ISSUER +{re.escape(str(template))}", told)


def test_settings_stand_in_columns() -> None:
    """One that is very long does not move the others."""
    rows = [
        Origin("ttl", "300 s", "by default"),
        Origin("identity sources", "a" * 59, "x"),
        Origin("keys", "b" * 61, "y"),
    ]

    lines = table(rows)

    assert [
        line.index(where) for line, where in zip([*lines[:2], lines[3]], ["by default", "x", "y"], strict=True)
    ] == [lines[0].index("by default")] * 3
    assert {line.index(value) for line, value in zip(lines, ["300 s", "a" * 59, "b" * 61], strict=False)} == {18}
    assert table([]) == []


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ((), "name a handler, as app:handler; only --iam needs none"),
        (("app.handler",), "'app.handler' is not MODULE:NAME, as app:handler"),
        (("app:handler", "--ttl", "4000"), "the TTL is 0 to 3600 seconds"),
        (("app:handler", "--port", "99999"), "'99999' is no port"),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: tuple[str, ...], fault: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is loaded."""
    with pytest.raises(SystemExit) as ended:
        main(["emulate", *arguments])

    assert ended.value.code == 2
    assert fault in capsys.readouterr().err


def test_a_taken_port_is_named(app: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With what to do about it."""
    with emulating(f"{app}:authorizer") as running:
        code = main(["emulate", f"{app}:authorizer", "--port", str(running.port)])
        running.end()

    assert code == 3
    assert f"port {running.port} is in use; --port 0 picks a free one" in capsys.readouterr().err


def test_an_emulator_that_nobody_watches_any_more_ends_with_the_next_call(app: str) -> None:
    """As soon as there is something to tell: no call gets another answer for that."""
    import requests

    command = [sys.executable, "-m", "authkit", "emulate", f"{app}:unauthorized", *ROUTE, "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        url = process.stdout.readline().split()[1]
        while not process.stderr.readline().startswith("Ctrl-C"):
            pass
        process.stderr.close()
        statuses = []
        with suppress(requests.ConnectionError):  # it may end before it has answered
            statuses.append(requests.get(f"{url}/orders/1", headers={"Authorization": "t"}, timeout=WAIT).status_code)
        code = process.wait(WAIT)
    finally:
        process.kill()
        process.wait(WAIT)
        process.stdout.close()
        process.stderr.close()

    assert statuses in ([401], [])
    assert code == READER_GONE
