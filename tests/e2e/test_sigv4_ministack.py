"""MiniStack with AUTH=true, another verifier: it takes what we sign, and refuses each field that was tampered with."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest

from authkit import sigv4
from authkit.local.events import Api
from authkit.local.gateway import Gateway, Settings
from authkit.local.iam import Iam, Identity
from authkit.local.message import HttpReply, HttpRequest
from authkit.policy.route import Route
from authkit.policy.routes import Routes
from tests.e2e.child import PATIENCE, Child
from tests.e2e.ministack import command

pytestmark = [
    pytest.mark.external,
    pytest.mark.skipif(command() is None, reason="MiniStack is not installed; AUTHKIT_MINISTACK can name its command"),
]

REGION = "eu-west-1"
ROOT = sigv4.Credentials(access_key_id="test", secret_access_key="test")


class Answered(NamedTuple):
    """A reply."""

    status: int
    error: str
    text: str


class MiniStack:
    """Runs until the with block ends, and checks signatures."""

    def __init__(self, folder: Path) -> None:
        found = command()
        assert found is not None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        own = {"AUTH": "true", "GATEWAY_PORT": str(self.port), "BIND_HOST": "127.0.0.1", "HOME": str(folder)}
        secrets = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}
        environment = {**os.environ, **secrets, **own, "PYTHONUNBUFFERED": "1"}
        self._child = Child([found], env=environment, cwd=folder)
        try:
            self._child.wait_for(lambda line: "Running on" in line)
        except BaseException:
            self._child.end()
            raise

    def sent(self, request: HttpRequest) -> Answered:
        """Send a request as it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            target = f"{request.path}?{request.query}" if request.query else request.path
            connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
            length = (("Content-Length", str(len(request.body))),) if request.body else ()
            for name, value in (*request.headers, *length):
                connection.putheader(name, value)
            connection.endheaders(request.body or None)
            reply = connection.getresponse()
            return Answered(reply.status, reply.headers.get("x-amzn-ErrorType", ""), reply.read().decode())
        finally:
            connection.close()

    def asked(self, service: str, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Call one of AWS's services, signed by us, and return its JSON."""
        raw = b"" if body is None else json.dumps(body).encode()
        answered = self.sent(signed(f"127.0.0.1:{self.port}", method, path, raw, service=service, **more))
        assert answered.status < 300, answered
        return json.loads(answered.text) if answered.text else None

    def user(self) -> sigv4.Credentials:
        """Make a user who may do everything, and return its key."""
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        name = {"UserName": "anna", "Version": "2010-05-08"}
        for form in (
            {"Action": "CreateUser", **name},
            {"Action": "PutUserPolicy", "PolicyName": "all", "PolicyDocument": json.dumps(policy), **name},
            {"Action": "CreateAccessKey", **name},
        ):
            kind = (("Content-Type", "application/x-www-form-urlencoded"),)
            host, body = f"127.0.0.1:{self.port}", urlencode(form).encode()
            answered = self.sent(signed(host, "POST", "/", body, service="iam", region="us-east-1", headers=kind))
            assert answered.status == 200, answered
        found = re.search(
            "<AccessKeyId>(.+)</AccessKeyId>.*<SecretAccessKey>(.+)</SecretAccessKey>", answered.text, re.S
        )
        assert found is not None
        return sigv4.Credentials(access_key_id=found[1], secret_access_key=found[2])

    def api(self) -> str:
        """Make a REST API whose every path has IAM authorization, and return its host."""
        asked = lambda method, path, body=None: self.asked("apigateway", method, path, body)
        made = asked("POST", "/restapis", {"name": "orders"})
        base = f"/restapis/{made['id']}"
        root = made.get("rootResourceId") or asked("GET", f"{base}/resources")["item"][0]["id"]
        proxy = asked("POST", f"{base}/resources/{root}", {"pathPart": "{proxy+}"})["id"]
        method = f"{base}/resources/{proxy}/methods/ANY"
        asked("PUT", method, {"authorizationType": "AWS_IAM"})
        asked(
            "PUT",
            f"{method}/integration",
            {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}},
        )
        asked("PUT", f"{method}/responses/200", {})
        asked("PUT", f"{method}/integration/responses/200", {})
        asked("POST", f"{base}/deployments", {"stageName": "prod"})
        return f"{made['id']}.execute-api.localhost:{self.port}"

    def __enter__(self) -> MiniStack:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.end()


def signed(
    host: str, method: str, path: str, body: bytes = b"", *, headers: tuple[tuple[str, str], ...] = (), **more: Any
) -> HttpRequest:
    """Return a request signed by us."""
    given: dict[str, Any] = {"credentials": ROOT, "region": REGION, "service": "execute-api", **more}
    added = sigv4.sign(method=method, url=f"http://{host}{path}", headers=headers, body=body, **given).headers
    bare, _, query = path.partition("?")
    return HttpRequest(method, bare, query, (("Host", host), *headers, *added), body)


class Deployed(NamedTuple):
    """MiniStack, an API of it with IAM authorization, and who may call."""

    stack: MiniStack
    host: str
    credentials: sigv4.Credentials

    def signed(self, method: str, path: str, body: bytes = b"", **more: Any) -> HttpRequest:
        """Return a request to the API."""
        return signed(self.host, method, path, body, **{"credentials": self.credentials, **more})


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """MiniStack with an API and a user, all made by calls that we signed."""
    with MiniStack(tmp_path_factory.mktemp("ministack")) as stack:
        yield Deployed(stack, stack.api(), stack.user())


PATHS = [
    "/prod/orders/1",
    "/prod/orders/1?b=2&a=1&a=0&e=",
    "/prod/orders/a%20b?q=%2B%20%C3%BC",
    "/prod/orders/(1)/x:y@z",
    "/prod/~a/-b/_c/d.e",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", [b"", b'{"n": 1}', bytes(range(256))], ids=["none", "json", "bytes"])
def test_what_we_sign_is_taken(api: Deployed, path: str, body: bytes) -> None:
    """In its headers: escaped paths, repeated parameters, any body."""
    kind = (("Content-Type", "application/json"),)

    answered = api.stack.sent(api.signed("POST" if body else "GET", path, body, headers=kind))

    assert answered.status == 200, answered


@pytest.mark.parametrize("path", PATHS)
def test_what_we_presign_is_taken(api: Deployed, path: str) -> None:
    """In its query."""
    given = {"credentials": api.credentials, "region": REGION, "service": "execute-api"}
    link = sigv4.presign(method="GET", url=f"http://{api.host}{path}", expires=60, **given).url
    bare, _, query = link.removeprefix(f"http://{api.host}").partition("?")

    assert api.stack.sent(HttpRequest("GET", bare, query, (("Host", api.host),))).status == 200


def with_header(request: HttpRequest, name: str, value: str) -> HttpRequest:
    """Return a request with another value of a header."""
    others = tuple((each, old) for each, old in request.headers if each.lower() != name.lower())
    return request._replace(headers=(*others, (name, value)))


def with_authorization(old: str, new: str) -> Any:
    """Return what puts another text into the Authorization header."""

    def change(request: HttpRequest) -> HttpRequest:
        before = request.header("authorization")
        assert old in before
        return with_header(request, "Authorization", before.replace(old, new))

    return change


def with_another_signature(request: HttpRequest) -> HttpRequest:
    """Return a request whose signature differs in its first digit."""
    before = request.header("authorization")
    other = "1" if before[-64] == "0" else "0"
    return with_header(request, "Authorization", before[:-64] + other + before[-63:])


def with_another_date(request: HttpRequest) -> HttpRequest:
    """Return a request of another second."""
    before = request.header("x-amz-date")
    return with_header(request, "X-Amz-Date", f"{before[:-2]}{(int(before[-2]) + 1) % 10}Z")


PLACES: dict[str, Any] = {
    "method": lambda request: request._replace(method="PUT"),
    "path": lambda request: request._replace(path=request.path[:-1] + "2"),
    "query value": lambda request: request._replace(query="a=2"),
    "query added": lambda request: request._replace(query="a=1&b=1"),
    "query removed": lambda request: request._replace(query=""),
    "body": lambda request: request._replace(body=request.body + b" "),
    "content type": lambda request: with_header(request, "Content-Type", "text/plain"),
    "date": with_another_date,
    "signature": with_another_signature,
    "key id": with_authorization("Credential=", "Credential=x"),
    "region": with_authorization(f"/{REGION}/", "/us-east-1/"),
    "service": with_authorization("/execute-api/", "/s3/"),
    "signed headers": with_authorization("content-type;", ""),
}
ORDER_DIFFERS = {"signed headers"}  # MiniStack does not ask which headers are signed


def laptop(api: Deployed) -> Gateway:
    """Return our own stand-in for the same API and caller."""
    routes = [Route(method, "/orders/{id}") for method in ("POST", "PUT")]
    return Gateway(
        lambda event, context: {},
        Routes(routes),
        Settings((), "rest-request", 0.0, Api(stage="prod", region=REGION)),
        backend=lambda request, event: HttpReply(200),
        iam=Iam([Identity(api.credentials, "arn:aws:iam::000000000000:user/anna")], region=REGION),
    )


@pytest.mark.parametrize("place", PLACES)
def test_each_tampered_field_is_refused(api: Deployed, place: str) -> None:
    """There, and by our own stand-in, with the same kind of error."""
    request = api.signed("POST", "/prod/orders/1?a=1", b"{}", headers=(("Content-Type", "application/json"),))
    assert api.stack.sent(request).status == 200

    theirs = api.stack.sent(PLACES[place](request))

    own = api.signed("POST", "/orders/1?a=1", b"{}", headers=(("Content-Type", "application/json"),))
    gateway = laptop(api)
    ours = gateway.respond(PLACES[place](own))
    assert gateway.respond(own).status == 200
    assert (theirs.status, ours.status) == (403, 403)
    if place not in ORDER_DIFFERS:
        assert dict(ours.headers)["x-amzn-ErrorType"] == theirs.error


def test_a_request_without_a_signature_is_refused_alike(api: Deployed) -> None:
    """With AWS's words."""
    bare = HttpRequest("GET", "/prod/orders/1", "", (("Host", api.host),))

    theirs, ours = api.stack.sent(bare), laptop(api).respond(bare._replace(method="POST", path="/orders/1"))

    assert (theirs.status, ours.status) == (403, 403)
    assert json.loads(theirs.text) == json.loads(ours.body) == {"message": "Missing Authentication Token"}


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer t",
        "AWS4-HMAC-SHA256 Credential=x",
        "AWS4-HMAC-SHA256 Credential=x, Signature=y, SignedHeaders=z",
        "a b=c",
    ],
)
def test_what_is_no_whole_signature_is_said_alike(api: Deployed, authorization: str) -> None:
    """The first thing that a caller who signs by hand sees."""
    request = with_header(api.signed("POST", "/prod/orders/1"), "Authorization", authorization)

    theirs, ours = api.stack.sent(request), laptop(api).respond(request._replace(path="/orders/1"))

    assert (theirs.status, theirs.error) == (ours.status, dict(ours.headers)["x-amzn-ErrorType"])
    assert json.loads(theirs.text) == json.loads(ours.body)
