"""MiniStack with AUTH=true: another verifier of SigV4, an API of it with IAM authorization, and our stand-in for the same."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from authkit import sigv4
from authkit.local.events import Api
from authkit.local.gateway import Gateway, Settings
from authkit.local.iam import Iam, Identity
from authkit.local.message import HttpReply, HttpRequest
from authkit.policy.route import Route
from authkit.policy.routes import Routes
from tests.e2e.child import PATIENCE, Child
from tests.e2e.ministack import command

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

    def session(self, user: sigv4.Credentials) -> sigv4.Credentials:
        """Have a user's temporary credentials issued, with a session token."""
        kind = (("Content-Type", "application/x-www-form-urlencoded"),)
        host, body = (
            f"127.0.0.1:{self.port}",
            urlencode({"Action": "GetSessionToken", "Version": "2011-06-15"}).encode(),
        )
        given: dict[str, Any] = {"service": "sts", "region": "us-east-1", "headers": kind, "credentials": user}
        answered = self.sent(signed(host, "POST", "/", body, **given))
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        found = [re.search(f"<{name}>(.+?)</{name}>", answered.text) for name in names]
        key_id, secret, token = (each[1] for each in found if each is not None)
        return sigv4.Credentials(access_key_id=key_id, secret_access_key=secret, session_token=token)

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

    def link(self, path: str, **more: Any) -> HttpRequest:
        """Return a request to the API that is signed in its query."""
        given = {"credentials": self.credentials, "region": REGION, "service": "execute-api", "expires": 60, **more}
        url = sigv4.presign(method="GET", url=f"http://{self.host}{path}", **given).url
        bare, _, query = url.removeprefix(f"http://{self.host}").partition("?")
        return HttpRequest("GET", bare, query, (("Host", self.host),))


PATHS = [
    "/prod/orders/1",
    "/prod/orders/1?b=2&a=1&a=0&e=",
    "/prod/orders/a%20b?q=%2B%20%C3%BC",
    "/prod/orders/(1)/x:y@z",
    "/prod/~a/-b/_c/d.e",
]


def with_header(request: HttpRequest, name: str, value: str) -> HttpRequest:
    """Return a request with another value of a header."""
    others = tuple((each, old) for each, old in request.headers if each.lower() != name.lower())
    return request._replace(headers=(*others, (name, value)))


def laptop(api: Deployed, credentials: sigv4.Credentials | None = None) -> Gateway:
    """Return our own stand-in for the same API and caller."""
    routes = [Route(method, "/orders/{id}") for method in ("GET", "POST", "PUT")]
    return Gateway(
        lambda event, context: {},
        Routes(routes),
        Settings((), "rest-request", 0.0, Api(stage="prod", region=REGION)),
        backend=lambda request, event: HttpReply(200),
        iam=Iam([Identity(credentials or api.credentials, "arn:aws:iam::000000000000:user/anna")], region=REGION),
    )
