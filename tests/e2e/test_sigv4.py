"""SigV4 from end to end: a client signs, the emulator asks the authorizer, the backend compares the body."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import pytest

from authkit import sigv4
from authkit.authorizer import Authorizer
from authkit.credentials.client import Client
from authkit.credentials.sigv4 import SigV4, declared_payload, payload_matches
from authkit.local.events import Api
from authkit.local.function import in_process
from authkit.local.gateway import Gateway, Settings
from authkit.local.http import LoopbackServer
from authkit.local.message import HttpReply, HttpRequest, json_reply
from authkit.policy.route import Route
from authkit.policy.routes import Routes
from authkit.stores.signing_keys import Partner

CREDENTIALS = sigv4.Credentials(access_key_id="partner-7", secret_access_key="a secret of theirs")
ROUTES = [Route(method, "/orders/{id}", scopes={"orders:write"}) for method in ("DELETE", "GET", "POST", "PUT")]
KINDS = pytest.mark.parametrize("kind", ["rest-request", "http-v2", "http-simple"])
SERVICE, REGION = "acme-orders", "eu-west-1"


def backend(request: HttpRequest, event: Mapping[str, Any]) -> HttpReply:
    """Answer as a handler should that is behind such an authorizer."""
    return json_reply(200 if payload_matches(event) else 403, {"by": "the backend"})


@contextmanager
def running(kind: Any, **more: Any) -> Iterator[tuple[int, str, str]]:
    """Run an API of a kind; give its port, its host and what its paths begin with."""
    partner = Partner.of("partner-7", Client("acme", scopes={"orders:write"}), secrets=[CREDENTIALS.secret_access_key])
    authorizer = Authorizer(
        authenticate=SigV4(partners=partner, regions=[REGION], services=[SERVICE], **more),
        routes=ROUTES,
        enrich=[declared_payload],
        response="simple" if kind == "http-simple" else "policy",
        observe=lambda record: None,
    )
    http = kind != "rest-request"
    api = Api(stage="$default" if http else "prod")
    settings = Settings(authorizer.identity_sources, kind, 0.0, api)
    routes = Routes(ROUTES, api="http" if http else "rest")
    gateway = Gateway(in_process(authorizer), routes, settings, backend=backend)
    with LoopbackServer(gateway.respond).running() as server:
        yield server.port, api.domain, "" if http else "/prod"


def sent(port: int, method: str, target: str, headers: list[tuple[str, str]], body: bytes) -> tuple[int, Any]:
    """Send a request just so: on the laptop there is no stage in its path."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.putrequest(method, target.removeprefix("/prod"), skip_host=True, skip_accept_encoding=True)
        for name, value in (*headers, *((("Content-Length", str(len(body))),) if body else ())):
            connection.putheader(name, value)
        connection.endheaders(body or None)
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())
    finally:
        connection.close()


def ours(method: str, host: str, path: str, body: bytes) -> list[tuple[str, str]]:
    """Return the headers of a request that we signed."""
    added = sigv4.sign(
        method=method,
        url=f"https://{host}{path}",
        credentials=CREDENTIALS,
        region=REGION,
        service=SERVICE,
        body=body,
        declare_payload=True,
    ).headers
    return [("Host", host), *added]


@KINDS
@pytest.mark.parametrize("body", [b"", b'{"n": 1}', bytes(range(256))], ids=["none", "text", "bytes"])
def test_a_signed_request_and_its_body_get_through(kind: Any, body: bytes) -> None:
    """Text, bytes and nothing: what was signed is what the backend compares."""
    with running(kind) as (port, host, stage):
        path = f"{stage}/orders/1?tag=a&tag=b&e="

        assert sent(port, "POST", path, ours("POST", host, path, body), body)[0] == 200


@KINDS
@pytest.mark.parametrize("body", [b"", b'{"n": 1}'])
def test_another_body_is_refused_by_the_backend(kind: Any, body: bytes) -> None:
    """The authorizer cannot see it."""
    with running(kind) as (port, host, stage):
        path = f"{stage}/orders/1"
        answered = sent(port, "POST", path, ours("POST", host, path, body), b'{"n": 2}')

    assert answered == (403, {"by": "the backend"})


@KINDS
def test_another_path_or_query_is_refused_by_the_authorizer(kind: Any) -> None:
    """Before the backend sees anything."""
    with running(kind) as (port, host, stage):
        headers = ours("POST", host, f"{stage}/orders/1", b"")
        answered = [sent(port, "POST", f"{stage}{path}", headers, b"") for path in ("/orders/2", "/orders/1?a=1")]

    assert [status for status, _ in answered] == ([401, 401] if kind == "rest-request" else [403, 403])
    assert all(said != {"by": "the backend"} for _, said in answered)


@KINDS
@pytest.mark.parametrize("query", [False, True], ids=["header", "presigned"])
def test_what_botocore_signs_is_verified(kind: Any, query: bool) -> None:
    """Partners sign with whatever client they have."""
    auth = pytest.importorskip("botocore.auth")
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    more = {"mechanisms": ["query"]} if query else {}
    body = b"" if query else b'{"n": 1}'
    with running(kind, **more) as (port, host, stage):
        request = AWSRequest(
            "GET" if query else "POST",
            f"https://{host}{stage}/orders/1",
            data=body,
            params={"a": "b:c/ü", "e": ""},
            headers={}
            if query
            else {"Content-Type": "application/json", "X-Amz-Content-Sha256": sha256(body).hexdigest()},
        )
        credentials = Credentials(CREDENTIALS.access_key_id, CREDENTIALS.secret_access_key.decode())
        signer = (auth.SigV4QueryAuth if query else auth.SigV4Auth)(credentials, SERVICE, REGION)
        signer.add_auth(request)
        prepared = request.prepare()
        url = urlsplit(prepared.url)
        texts = {
            name: value.decode() if isinstance(value, bytes) else value for name, value in prepared.headers.items()
        }
        texts.pop("Content-Length", None)
        headers = [("Host", host), *texts.items()]

        status, _ = sent(port, prepared.method, f"{url.path}?{url.query}", headers, body)

    assert status == 200
