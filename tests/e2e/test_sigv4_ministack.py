"""MiniStack with AUTH=true, another verifier: it takes what we sign, and refuses each field that was tampered with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from authkit.local.message import HttpRequest
from tests.e2e.ministack import command
from tests.e2e.ministack_iam import PATHS, REGION, Deployed, MiniStack, laptop, with_header

pytestmark = [
    pytest.mark.external,
    pytest.mark.skipif(command() is None, reason="MiniStack is not installed; AUTHKIT_MINISTACK can name its command"),
]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """MiniStack with an API and a user, all made by calls that we signed."""
    with MiniStack(tmp_path_factory.mktemp("ministack")) as stack:
        yield Deployed(stack, stack.api(), stack.user())


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", [b"", b'{"n": 1}', bytes(range(256))], ids=["none", "json", "bytes"])
def test_what_we_sign_is_taken(api: Deployed, path: str, body: bytes) -> None:
    """In its headers: escaped paths, repeated parameters, any body."""
    kind = (("Content-Type", "application/json"),)

    answered = api.stack.sent(api.signed("POST" if body else "GET", path, body, headers=kind))

    assert answered.status == 200, answered


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
