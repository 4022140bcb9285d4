"""``authkit emulate`` runs a user's handler behind the gateway, tells each call, and ends when told."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from authkit.cli import build_parser, main
from authkit.cli.emulated import declared_by, settings_of
from authkit.errors import ConfigError
from authkit.local.settings import Cors
from tests.local.authority import Authority

WAIT = 20  # seconds at most for anything a child process does

APP = """
from authkit import Authorizer, JWTBearer, Route

def handler(event, context):
    print("asked by", event["type"])
    token = event.get("authorizationToken") or event["headers"]["Authorization"]
    if token == "bad":
        raise Exception("Unauthorized")
    stage = "/".join((event.get("methodArn") or event["routeArn"]).split("/")[:2])
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"{stage}/GET/*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": "user-42", "policyDocument": document, "usageIdentifierKey": "k" * 30}

authorizer = Authorizer(
    authenticate=JWTBearer(issuer="https://idp.example.com/", audience="a", secret="an-example-secret-of-some-length-0123456789", algorithms=["HS256"]),
    routes=[Route("GET", "/orders/{id}"), Route("POST", "/orders", scopes={"orders:write"})],
)
simple = Authorizer(
    authenticate=JWTBearer(issuer="https://idp.example.com/", audience="a", secret="an-example-secret-of-some-length-0123456789", algorithms=["HS256"]),
    routes=[Route("GET", "/users/{sub}", bind={"sub": "sub"})],
    response="simple",
)
nothing = 7
"""


@pytest.fixture
def app(tmp_path: Path) -> str:
    """A target: a handler's own file."""
    file = tmp_path / "app.py"
    file.write_text(APP)
    return f"{file}:handler"


class Running:
    """An emulator in a process of its own: what it says on stdout and stderr, line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.out: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.err: queue.SimpleQueue[str] = queue.SimpleQueue()  # ends with an empty text
        pipes = ((process.stdout, self.out), (process.stderr, self.err))
        self._readers = [threading.Thread(target=self._read, args=pipe, daemon=True) for pipe in pipes]
        for reader in self._readers:
            reader.start()
        self.first = self.out.get(timeout=WAIT)
        found = re.search(r"://127\.0\.0\.1:(\d+)", self.first)
        assert found is not None, self.first
        self.port = int(found[1])

    @staticmethod
    def _read(pipe: Any, lines: queue.SimpleQueue[str]) -> None:
        for line in pipe:
            lines.put(line)
        lines.put("")

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], Any]:
        """Call it."""
        return self._called("GET", path, None, headers)

    def post(self, path: str, value: Any, **headers: str) -> tuple[int, dict[str, str], Any]:
        """Call it with a body of JSON."""
        return self._called("POST", path, json.dumps(value), headers)

    def _called(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT)
        try:
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            return reply.status, dict(reply.getheaders()), json.loads(reply.read())
        finally:
            connection.close()

    def end(self) -> tuple[int, str]:
        """Interrupt it; return its exit code and what else it has said on stderr."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(WAIT)
        for reader in self._readers:
            reader.join(WAIT)
        return code, "".join(self.err.get() for _ in range(self.err.qsize()))


@contextmanager
def emulating(*arguments: str) -> Iterator[Running]:
    """Start ``authkit emulate`` on a free port and end it by its process."""
    command = [sys.executable, "-m", "authkit", "emulate", *arguments, "--port", "0"]
    pipe = subprocess.PIPE
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    process = subprocess.Popen(command, stdout=pipe, stderr=pipe, encoding="utf-8", env=environment)
    try:
        yield Running(process)
    finally:
        process.kill()
        process.wait(WAIT)
        for each in (process.stdout, process.stderr):
            assert each is not None
            each.close()


def test_calls_are_answered_and_told_on_stderr(app: str) -> None:
    """The gateway's URL on stdout, each call as a tree on stderr, and what the handler prints there too."""
    with emulating(app, "--route", "GET /orders/{id}", "--route", "POST /orders") as running:
        allowed = running.get("/orders/1?secret=x", Authorization="good")
        again, bad, missing = (
            running.get("/orders/2", Authorization="good"),
            running.get("/orders/1", Authorization="bad"),
            running.get("/orders/1"),
        )
        code, told = running.end()

    assert [reply[0] for reply in (allowed, again, bad, missing)] == [200, 200, 401, 401]
    assert allowed[2]["requestContext"]["authorizer"]["principalId"] == "user-42"
    assert missing[1]["x-amzn-ErrorType"] == "UnauthorizedException"
    assert running.first.startswith("gateway http://127.0.0.1:")
    assert "rest-request, stage dev" in running.first
    for words in (
        "├─ ✓ authorizer  answered",
        "✓ cache",
        "raised Exception, and says Unauthorized",
        "asked by REQUEST",
    ):
        assert words in told
    assert ("secret" in told, code, running.out.get(timeout=WAIT)) == (False, 0, "")


def test_it_runs_until_a_signal_and_leaves_signals_as_they_were(
    app: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """In this process; another thread calls it and ends it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    before = signal.getsignal(signal.SIGINT)
    statuses: list[int] = []
    blocked = tmp_path / "calls"

    def status(credential: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT)
        try:
            connection.request("GET", "/orders/1", headers={"Authorization": credential})
            reply = connection.getresponse()
            reply.read()
            return reply.status
        finally:
            connection.close()

    def visitor() -> None:
        deadline = time.monotonic() + WAIT
        try:
            while not statuses and time.monotonic() < deadline:
                with suppress(ConnectionRefusedError):
                    statuses.append(status("good"))
            shutil.rmtree(blocked)
            statuses.append(status("other"))
        finally:
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=visitor)
    thread.start()
    code = main(["emulate", app, "--route", "GET /orders/{id}", "--port", str(port), "--record", str(blocked)])
    thread.join(WAIT)

    shown = capsys.readouterr()
    assert (code, statuses, signal.getsignal(signal.SIGINT)) == (0, [200, 200], before)
    assert shown.out == f"gateway http://127.0.0.1:{port}   rest-request, stage dev\n"
    assert "asked by REQUEST" in shown.err
    assert "not recorded" in shown.err


def test_calls_can_be_told_as_json_and_recorded(app: str, tmp_path: Path) -> None:
    """One line a call on stdout; events and answers as files, without the credential."""
    folder = tmp_path / "calls"
    arguments = ("--route", "GET /orders/{id}", "--kind", "rest-token", "--json", "--record", str(folder))
    with emulating(app, *arguments) as running:
        status = running.get("/orders/1", Authorization="a-good-credential")[0]
        line = json.loads(running.out.get(timeout=WAIT))
        running.end()

    first = json.loads(running.first)
    assert (first["kind"], first["identity_sources"], first["ttl"]) == ("rest-token", ["header.authorization"], 300)
    assert (line["status"], line["asked"], line["path"]) == (status, True, "/orders/1") == (200, True, "/orders/1")
    assert [step["place"] for step in line["steps"]] == ["gateway", "authorizer", "policy", "backend"]
    event = json.loads((folder / "0001-event.json").read_text())
    assert event["authorizationToken"] == "REDACTED"


def test_an_authorizer_brings_routes_sources_and_whether_it_may_be_kept(app: str) -> None:
    """Nothing of it need be said again; a simple answer for bound routes cannot be kept."""
    own = given(app.replace(":handler", ":authorizer"))
    simple = given(app.replace(":handler", ":simple"), "--kind", "http-simple")

    assert [str(route) for route in own[0].routes] == ["GET /orders/{id}", "POST /orders"]
    assert (own[1].sources, own[1].ttl) == (("header.authorization",), 300)
    assert (simple[1].sources, simple[1].ttl) == (("header.authorization", "context.routeKey"), 0)
    assert (own[1].api.stage, simple[1].api.stage) == ("dev", "$default")


def given(target: str, *arguments: str) -> tuple[Any, Any]:
    """Return the table and settings that arguments make."""
    from authkit.local import target as targets

    parsed: argparse.Namespace = build_parser().parse_args(["emulate", target, *arguments])
    loaded = targets.load(target)
    declared = declared_by(parsed, loaded)
    return declared, settings_of(parsed, loaded, declared).settings


def test_arguments_become_settings(app: str, tmp_path: Path) -> None:
    """Each its own."""
    keys = tmp_path / "keys.txt"
    keys.write_text("first\nsecond\n")

    _, settings = given(
        app,
        *("--route", "GET /", "--kind", "rest-token", "--stage", "prod", "--ttl", "60", "--expression", "Bearer .+"),
        *("--identity-source", "method.request.header.X-Token", "--stage-variable", "tier=gold", "--edge"),
        *("--usage-key", "third", "--usage-key", f"@{keys}", "--domain", "api.example.com", "--source-ip", "192.0.2.1"),
        *("--www-authenticate", "Bearer", "--cors", "*"),
    )

    assert (settings.kind, settings.api.stage, settings.ttl, settings.expression) == (
        *("rest-token", "prod", 60, "Bearer .+"),
    )
    assert (settings.sources, dict(settings.variables), settings.edge) == (("header.x-token",), {"tier": "gold"}, True)
    assert settings.plans is not None
    assert ([plan.keys for plan in settings.plans], settings.domain) == (
        [("third", "first", "second")],
        "api.example.com",
    )
    assert (settings.source_ip, settings.cors) == ("192.0.2.1", Cors(("*",)))
    assert dict(settings.responses["UNAUTHORIZED"].headers) == {"WWW-Authenticate": "Bearer"}


def test_a_websocket_api_has_its_one_route_and_keeps_nothing(app: str) -> None:
    """Unless told otherwise there is nothing to tell."""
    declared, settings = given(app, "--kind", "websocket", "--identity-source", "route.request.querystring.token")

    assert [str(route) for route in declared.routes] == ["$connect"]
    assert (settings.sources, settings.ttl) == (("querystring.token",), 0)


def test_no_identity_source_can_be_asked_for(app: str) -> None:
    """Then nothing is kept."""
    _, settings = given(app, "--route", "GET /", "--identity-source", "")

    assert (settings.sources, settings.ttl) == ((), 0)


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ((), "the API's routes are not known"),
        (("--route", "GET"), "Route"),
        (("--route", "FETCH /a"), "not a method"),
        (("--route", "GET /", "--stage-variable", "tier"), "write NAME=VALUE"),
        (
            ("--route", "GET /", "--kind", "http-v2", "--www-authenticate", "x"),
            "HTTP APIs and AppSync have no gateway responses",
        ),
        (("--kind", "websocket", "--ttl", "5"), "a WebSocket API keeps no answers"),
        (("--route", "GET /", "--identity-source", "$request.header.A"), "method.request.header.X"),
    ],
)
def test_what_means_nothing_is_told(app: str, arguments: tuple[str, ...], fault: str) -> None:
    """Before anything is started."""
    with pytest.raises(ConfigError, match=re.escape(fault)):
        given(app, *arguments)


@pytest.mark.parametrize(
    ("name", "arguments", "fault"),
    [
        ("nothing", ("--route", "GET /"), "is a int, and cannot be called"),
        ("missing", ("--route", "GET /"), "has no 'missing'"),
        ("handler", ("--route", "GET /", "--mutual-tls", "no-such-file.pem"), "holds no certificate"),
        ("handler", ("--openapi", "no-such-file.yaml"), "no-such-file.yaml"),
    ],
)
def test_faults_end_with_exit_code_3(
    app: str, name: str, arguments: tuple[str, ...], fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Words on stderr, nothing on stdout."""
    code = main(["emulate", app.replace(":handler", f":{name}"), *arguments, "--port", "0"])

    shown = capsys.readouterr()
    assert (code, shown.out) == (3, "")
    assert fault in shown.err


def test_mutual_tls_tells_which_certificate_to_trust(app: str, tmp_path: Path) -> None:
    """On stdout for programs; it goes when the emulator does."""
    authority = Authority(tmp_path)

    with emulating(app, "--route", "GET /", "--mutual-tls", str(authority.file), "--json") as running:
        first = json.loads(running.first)
        there = Path(first["certificate"]).exists()
        running.end()

    assert first["gateway"].startswith("https://127.0.0.1:")
    assert (there, Path(first["certificate"]).exists()) == (True, False)


def test_an_openapi_document_brings_routes_and_open_ones(app: str, tmp_path: Path) -> None:
    """The open one is not asked for."""
    scheme = {"type": "apiKey", "in": "header", "name": "Authorization", "x-amazon-apigateway-authtype": "custom"}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "orders", "version": "1"},
        "paths": {
            "/orders/{id}": {"get": {"security": [{"ours": []}], "responses": {}}},
            "/health": {"get": {"responses": {}}},
        },
        "components": {"securitySchemes": {"ours": scheme}},
    }
    file = tmp_path / "api.json"
    file.write_text(json.dumps(document))

    with emulating(app, "--openapi", str(file)) as running:
        statuses = [running.get(path)[0] for path in ("/health", "/orders/1", "/nowhere")]
        running.end()

    assert statuses == [200, 401, 403]
