"""The faces of the signer for requests, httpx and urllib3, against servers on loopback that verify."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest
import requests
import urllib3

from authkit import sigv4
from authkit.errors import ConfigError
from authkit.local.http import LoopbackServer
from authkit.local.message import HttpReply, HttpRequest, json_reply
from authkit.sigv4.clients import RequestsAuth, Signer, SigningPool, httpx_auth

CREDENTIALS = sigv4.Credentials(access_key_id="ASIA", secret_access_key="secret", session_token="token")
WHERE: dict[str, Any] = {"region": "eu-west-1", "service": "execute-api"}
POLICY = sigv4.Policy(regions=["eu-west-1"], services=["execute-api"])
SIGNATURE = {"authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "x-amz-region-set"}


class Site(NamedTuple):
    """A server that verifies what it is sent, or redirects; and all that came."""

    url: str
    came: list[HttpRequest]


def verifying(came: list[HttpRequest], moved: dict[str, str]) -> Any:
    """Return what answers: 200 with what was verified, 403 with the code, or a redirect."""

    def respond(request: HttpRequest) -> HttpReply:
        came.append(request)
        if request.path in moved:
            return HttpReply(307, b"", (("location", moved[request.path]),))
        url = f"{request.path}?{request.query}" if request.query else request.path
        try:
            verified = sigv4.verify(
                method=request.method,
                url=url,
                headers=request.headers,
                body=request.body,
                policy=POLICY,
                lookup=lambda *_: CREDENTIALS,
            )
        except Exception as refusal:  # noqa: BLE001 - the code is what is looked at
            return json_reply(403, getattr(refusal, "code", repr(refusal)))
        return json_reply(200, list(verified.signed_headers))

    return respond


@pytest.fixture
def other() -> Iterator[Site]:
    """Another host."""
    came: list[HttpRequest] = []
    with LoopbackServer(verifying(came, {})).running() as server:
        yield Site(server.url, came)


@pytest.fixture
def site(other: Site) -> Iterator[Site]:
    """The host that is asked; two of its paths lead elsewhere."""
    came: list[HttpRequest] = []
    moved = {"/away": f"{other.url}/landed", "/within": "/landed"}
    with LoopbackServer(verifying(came, moved)).running() as server:
        yield Site(server.url, came)


def names(request: HttpRequest) -> set[str]:
    """Return what of a signature a request has."""
    return SIGNATURE & {name.lower() for name, _ in request.headers}


BODIES: list[dict[str, Any]] = [
    {},
    {"data": b"\x00\xff"},
    {"data": "ü=1"},
    {"data": {"a": ["1", "2"], "b": "x y"}},
    {"json": {"n": 1}},
    {"files": {"file": b"content"}},
]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "HEAD"])
@pytest.mark.parametrize("body", BODIES, ids=str)
def test_requests_signs_the_bytes_it_sends(site: Site, method: str, body: dict[str, Any]) -> None:
    """Of every kind of body."""
    auth = RequestsAuth(CREDENTIALS, **WHERE)

    reply = requests.request(method, f"{site.url}/a%20b/ü?q=1&q=2&e=", auth=auth, timeout=5, **body)

    assert reply.status_code == 200, reply.text


def test_requests_takes_the_query_it_is_given(site: Site) -> None:
    """What would be sent with a raw plus sign is refused, or on request sent otherwise."""
    with pytest.raises(sigv4.CannotSign, match="url_not_canonical"):
        requests.get(f"{site.url}/", params={"q": "a b"}, auth=RequestsAuth(CREDENTIALS, **WHERE), timeout=5)

    reply = requests.get(
        f"{site.url}/", params={"q": "a b:c"}, auth=RequestsAuth(CREDENTIALS, **WHERE, rewrite=True), timeout=5
    )

    assert reply.status_code == 200
    assert site.came[-1].query == "q=a%20b%3Ac"


def test_requests_sends_no_signature_to_another_host(site: Site, other: Site) -> None:
    """Nor the session token, which requests itself would take there."""
    auth = RequestsAuth(CREDENTIALS, **WHERE)

    reply = requests.post(f"{site.url}/away", data=b"body", auth=auth, timeout=5)

    assert (reply.status_code, reply.json()) == (403, "credential_missing")
    assert names(site.came[0]) == SIGNATURE - {"x-amz-content-sha256", "x-amz-region-set"}
    assert names(other.came[0]) == set()


def test_requests_sends_no_stale_signature_within_a_host(site: Site) -> None:
    """It was for another path; and a session that goes on is signed anew."""
    with requests.Session() as session:
        session.auth = RequestsAuth(CREDENTIALS, **WHERE, declare_payload=True)
        moved = session.get(f"{site.url}/within", timeout=5)
        again = session.get(f"{site.url}/landed", timeout=5)

    assert (moved.status_code, names(site.came[1])) == (403, set())
    assert again.status_code == 200


@pytest.mark.parametrize("stream", [io.BytesIO(b"x"), iter([b"x"])], ids=["file", "generator"])
def test_requests_refuses_a_body_it_has_not_seen(site: Site, stream: Any) -> None:
    """To read it here would be to send it from elsewhere; nothing is sent."""
    with pytest.raises(sigv4.CannotSign, match="payload_malformed"):
        requests.post(f"{site.url}/", data=stream, auth=RequestsAuth(CREDENTIALS, **WHERE), timeout=5)

    assert site.came == []


def test_an_unsigned_payload_is_asked_for_by_name_and_over_https() -> None:
    """Nothing else protects it."""
    auth = RequestsAuth(CREDENTIALS, **WHERE, unsigned_payload=True)
    prepared = requests.Request("POST", "https://api.example.com/", data=iter([b"x"])).prepare()

    assert auth(prepared).headers["X-Amz-Content-Sha256"] == "UNSIGNED-PAYLOAD"
    with pytest.raises(sigv4.CannotSign, match="payload_needs_https"):
        auth(requests.Request("POST", "http://api.example.com/", data=iter([b"x"])).prepare())


def test_headers_of_ones_own_stay_as_they_are(site: Site) -> None:
    """A signer adds, and never rewrites; what is named is signed."""
    headers = {"Content-Type": "text/plain", "X-Tenant": "a", "Host": "api.example.com"}
    auth = RequestsAuth(CREDENTIALS, **WHERE, signed_headers=["X-Tenant"])

    reply = requests.post(f"{site.url}/", data="x", headers=headers, auth=auth, timeout=5)

    assert reply.json() == ["content-type", "host", "x-amz-date", "x-amz-security-token", "x-tenant"]
    assert headers.items() <= dict(site.came[0].headers).items()


def test_credentials_may_be_asked_for_each_time(site: Site) -> None:
    """Those of a role end."""
    asked: list[int] = []

    def current() -> sigv4.Credentials:
        asked.append(1)
        return CREDENTIALS

    auth = RequestsAuth(current, **WHERE)
    statuses = [requests.get(f"{site.url}/", auth=auth, timeout=5).status_code for _ in range(2)]

    assert (statuses, len(asked)) == ([200, 200], 2)


@pytest.mark.parametrize("body", [{}, {"content": b"\xff"}, {"json": {"a": 1}}, {"data": {"a": "b c"}}], ids=str)
def test_httpx_signs_what_it_sends(site: Site, body: dict[str, Any]) -> None:
    """With either kind of client."""

    async def asynchronously() -> int:
        async with httpx.AsyncClient(auth=httpx_auth(CREDENTIALS, **WHERE)) as client:
            return (await client.request("POST", f"{site.url}/a%20b?x=1", **body)).status_code

    with httpx.Client(auth=httpx_auth(CREDENTIALS, **WHERE)) as client:
        status = client.request("POST", f"{site.url}/a%20b?x=1", **body).status_code

    assert (status, asyncio.run(asynchronously())) == (200, 200)


def test_httpx_with_the_hook_sends_no_signature_elsewhere(site: Site, other: Site) -> None:
    """Of either kind of client; and what it was signed for has it."""
    auth = httpx_auth(CREDENTIALS, **WHERE)

    async def asynchronously() -> int:
        hooks = {"request": [auth.on_request_async]}
        async with httpx.AsyncClient(auth=auth, follow_redirects=True, event_hooks=hooks) as client:
            return (await client.get(f"{site.url}/away")).status_code

    with httpx.Client(auth=auth, follow_redirects=True, event_hooks={"request": [auth.on_request]}) as client:
        away, within, straight = [client.get(f"{site.url}/{path}").status_code for path in ("away", "within", "x")]

    assert (away, within, straight, asyncio.run(asynchronously())) == (403, 403, 200, 403)
    assert [names(each) for each in other.came] == [set(), set()]
    assert names(next(each for each in site.came if each.path == "/landed")) == set()


def test_httpx_refuses_a_stream() -> None:
    """Unless payloads are unsigned."""
    unsigned = httpx_auth(CREDENTIALS, **WHERE, unsigned_payload=True)
    transport = httpx.MockTransport(lambda request: httpx.Response(200, text=request.headers["X-Amz-Content-Sha256"]))
    with httpx.Client(transport=transport) as client:
        with pytest.raises(sigv4.CannotSign, match="payload_malformed"):
            client.post("https://a.example/", content=iter([b"x"]), auth=httpx_auth(CREDENTIALS, **WHERE))

        assert client.post("https://a.example/", content=iter([b"x"]), auth=unsigned).text == "UNSIGNED-PAYLOAD"


def test_urllib3_signs_what_it_sends_and_follows_nothing(site: Site, other: Site) -> None:
    """What answers a redirect is handed back."""
    with urllib3.PoolManager(headers={"X-Of-The": "pool"}) as pool:
        signing = SigningPool(pool, CREDENTIALS, **WHERE)
        good = signing.request("POST", f"{site.url}/a/./b%2fc?x=1", body="ü", headers={"Content-Type": "a/b"})
        plain = signing.request("GET", f"{site.url}/")
        moved = signing.request("GET", f"{site.url}/away", redirect=True)
        with pytest.raises(sigv4.CannotSign, match="payload_malformed"):
            signing.request("POST", f"{site.url}/", body=io.BytesIO(b"x"))

    assert (good.status, plain.status, moved.status) == (200, 200, 307)
    assert other.came == []
    assert dict(site.came[1].headers)["X-Of-The"] == "pool"


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"region": ""}, "region must"),
        ({"service": 5}, "service must"),
        ({"signed_headers": "x-tenant"}, "list of names"),
        ({"colour": "red"}, "no option colour"),
        ({"credentials": 5}, "credentials must"),
    ],
)
def test_a_wrong_configuration_is_refused(more: dict[str, Any], fault: str) -> None:
    """By every face, before anything is signed."""
    given = {"credentials": CREDENTIALS, **WHERE, **more}

    for make in (Signer, RequestsAuth, httpx_auth, lambda **all_: SigningPool(None, **all_)):  # type: ignore[arg-type]
        with pytest.raises(ConfigError, match=fault):
            make(**given)


def test_nothing_shows_the_secret() -> None:
    """Of what somebody may log."""
    made = (RequestsAuth(CREDENTIALS, **WHERE), httpx_auth(CREDENTIALS, **WHERE))

    shown = repr(made) + repr(SigningPool(None, CREDENTIALS, **WHERE))  # type: ignore[arg-type]

    assert "secret" not in shown
    assert "token" not in shown
