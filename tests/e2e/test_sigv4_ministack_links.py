"""MiniStack with AUTH=true, another verifier: links that were tampered with, and credentials with a session token."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pytest

from authkit import sigv4
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
def test_what_we_presign_is_taken(api: Deployed, path: str) -> None:
    """In its query."""
    assert api.stack.sent(api.link(path)).status == 200


Change = Callable[[HttpRequest], HttpRequest]


def parameter(name: str, change: Callable[[str], str]) -> Change:
    """Return what puts another value, decoded, into a parameter of a link."""

    def put(request: HttpRequest) -> HttpRequest:
        pairs = parse_qsl(request.query, keep_blank_values=True)
        assert name in dict(pairs)
        changed = [(each, change(value) if each == name else value) for each, value in pairs]
        assert changed != pairs
        return request._replace(query=urlencode(changed, quote_via=quote))

    return put


def without(name: str) -> Change:
    """Return what takes a parameter out of a link."""

    def drop(request: HttpRequest) -> HttpRequest:
        pairs = parse_qsl(request.query, keep_blank_values=True)
        assert name in dict(pairs)
        return request._replace(query=urlencode([pair for pair in pairs if pair[0] != name], quote_via=quote))

    return drop


def later(date: str) -> str:
    """Return the date of another second."""
    return f"{date[:-2]}{(int(date[-2]) + 1) % 10}Z"


def on_another_day(date: str) -> str:
    """Return the date of a day long ago."""
    return f"20150830{date[8:]}"


IN_LINKS: dict[str, Change] = {
    "algorithm": parameter("X-Amz-Algorithm", lambda text: "AWS4-HMAC-SHA512"),
    "key id": parameter("X-Amz-Credential", lambda text: f"x{text}"),
    "day": parameter("X-Amz-Credential", lambda text: re.sub(r"/[0-9]{8}/", "/20150830/", text)),
    "region": parameter("X-Amz-Credential", lambda text: text.replace(REGION, "us-east-1")),
    "service": parameter("X-Amz-Credential", lambda text: text.replace("execute-api", "s3")),
    "scope's end": parameter("X-Amz-Credential", lambda text: text.replace("aws4_request", "aws5_request")),
    "scope's shape": parameter("X-Amz-Credential", lambda text: text.replace("/aws4_request", "")),
    "date": parameter("X-Amz-Date", later),
    "another day": parameter("X-Amz-Date", on_another_day),
    "no date": parameter("X-Amz-Date", lambda text: "now"),
    "raised expiry": parameter("X-Amz-Expires", lambda text: "604800"),
    "endless expiry": parameter("X-Amz-Expires", lambda text: "604801"),
    "no expiry": parameter("X-Amz-Expires", lambda text: "never"),
    "signed headers": parameter("X-Amz-SignedHeaders", lambda text: "host;x-other"),
    "nothing signed": parameter("X-Amz-SignedHeaders", lambda text: "x-other"),
    "signature": parameter("X-Amz-Signature", lambda text: f"{'1' if text[0] == '0' else '0'}{text[1:]}"),
    "short signature": parameter("X-Amz-Signature", lambda text: text[1:]),
    "added token": lambda request: request._replace(query=f"{request.query}&X-Amz-Security-Token=t"),
    **{
        f"no X-Amz-{name}": without(f"X-Amz-{name}")
        for name in ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")
    },
    "path": lambda request: request._replace(path=request.path[:-1] + "2"),
    "method": lambda request: request._replace(method="POST"),
    "host": lambda request: with_header(request, "Host", request.header("host").replace("localhost", "LOCALHOST")),
    "body": lambda request: request._replace(body=b"{}"),
    "query value": parameter("a", lambda text: "2"),
    "query added": lambda request: request._replace(query=f"{request.query}&b=1"),
    "query before": lambda request: request._replace(query=f"b=1&{request.query}"),
    "query removed": without("a"),
    "query repeated": lambda request: request._replace(query=f"{request.query}&a=1"),
}


# Both refuse these, under other names: MiniStack has no shape for them, and finds that the signature or the key is
# another.
NAMED_OTHERWISE = {
    *("algorithm", "no X-Amz-Algorithm", "no date", "endless expiry", "no expiry", "no X-Amz-Expires"),
    *("signed headers", "nothing signed", "short signature"),
}


@pytest.mark.parametrize("place", IN_LINKS)
def test_each_tampered_part_of_a_link_is_refused(api: Deployed, place: str) -> None:
    """There, and by our own stand-in."""
    request, own = api.link("/prod/orders/1?a=1"), api.link("/orders/1?a=1")
    gateway = laptop(api)
    assert (api.stack.sent(request).status, gateway.respond(own).status) == (200, 200)

    theirs, ours = api.stack.sent(IN_LINKS[place](request)), gateway.respond(IN_LINKS[place](own))

    assert (theirs.status, ours.status) == (403, 403)
    if place not in NAMED_OTHERWISE:
        assert dict(ours.headers)["x-amzn-ErrorType"] == theirs.error


@pytest.fixture(scope="module")
def temporary(api: Deployed) -> sigv4.Credentials:
    """Temporary credentials that MiniStack issued."""
    return api.stack.session(api.credentials)


def altered(credentials: sigv4.Credentials, token: str | None) -> sigv4.Credentials:
    """Return the same credentials with another session token."""
    key_id, secret = credentials.access_key_id, credentials.secret_access_key
    return sigv4.Credentials(access_key_id=key_id, secret_access_key=secret, session_token=token)


def both_ways(api: Deployed, credentials: sigv4.Credentials, path: str, **more: Any) -> list[HttpRequest]:
    """Return a request that is signed in its headers, and one in its query."""
    given = {"credentials": credentials, **more}
    return [api.signed("GET", path, **given), api.link(path, **given)]


@pytest.mark.parametrize("path", PATHS)
def test_what_we_sign_with_a_session_token_is_taken(api: Deployed, temporary: sigv4.Credentials, path: str) -> None:
    """In headers and in a link; by our own stand-in as well."""
    found = [api.stack.sent(each).status for each in both_ways(api, temporary, path)]

    assert temporary.session_token
    assert found == [200, 200]


@pytest.mark.parametrize("token", [None, "another"])
def test_temporary_credentials_are_good_with_their_own_token_alone(
    api: Deployed, temporary: sigv4.Credentials, token: str | None
) -> None:
    """Without it, and with another, whatever was signed; by our own stand-in as by theirs."""
    gateway, wrong = laptop(api, temporary), altered(temporary, token)
    good = [gateway.respond(each).status for each in both_ways(api, temporary, "/orders/1")]

    theirs = [api.stack.sent(each) for each in both_ways(api, wrong, "/prod/orders/1")]
    ours = [gateway.respond(each) for each in both_ways(api, wrong, "/orders/1")]

    assert good == [200, 200]
    assert [each.status for each in (*theirs, *ours)] == [403] * 4
    assert [dict(each.headers)["x-amzn-ErrorType"] for each in ours] == [each.error for each in theirs]


def test_a_token_that_was_put_in_later_is_refused(api: Deployed, temporary: sigv4.Credentials) -> None:
    """The right one, which was not signed: in a link both refuse it, and in a header, of which MiniStack asks less, ours."""
    gateway, bare = laptop(api, temporary), altered(temporary, None)
    token = str(temporary.session_token)

    def added(requests: list[HttpRequest]) -> list[HttpRequest]:
        in_headers, in_query = requests
        query = f"{in_query.query}&{urlencode({'X-Amz-Security-Token': token}, quote_via=quote)}"
        return [with_header(in_headers, "X-Amz-Security-Token", token), in_query._replace(query=query)]

    link = added(both_ways(api, bare, "/prod/orders/1"))[1]
    ours = [gateway.respond(each).status for each in added(both_ways(api, bare, "/orders/1"))]

    assert (api.stack.sent(link).status, ours) == (403, [403, 403])


@pytest.mark.parametrize("mechanism", ["header", "query"])
def test_a_tampered_token_is_refused(api: Deployed, temporary: sigv4.Credentials, mechanism: str) -> None:
    """Though all else is as it was signed."""
    which = ("header", "query").index(mechanism)
    change: Change = (
        (lambda request: with_header(request, "X-Amz-Security-Token", request.header("x-amz-security-token")[:-1]))
        if mechanism == "header"
        else parameter("X-Amz-Security-Token", lambda text: text[:-1])
    )
    gateway = laptop(api, temporary)

    theirs = api.stack.sent(change(both_ways(api, temporary, "/prod/orders/1")[which]))
    ours = gateway.respond(change(both_ways(api, temporary, "/orders/1")[which]))

    assert (theirs.status, ours.status) == (403, 403)
    assert dict(ours.headers)["x-amzn-ErrorType"] == theirs.error
