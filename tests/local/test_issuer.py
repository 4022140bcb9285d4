"""The development issuer gives what an identity provider gives."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from authkit import InvalidClaims, JWTBearer, KeyProblem
from authkit.local.http import HttpReply, HttpRequest
from authkit.local.issuer import DevClient, DevIssuer

URL, AUDIENCE = "http://127.0.0.1:1", "https://api.example.com"


@pytest.fixture
def issuer() -> DevIssuer:
    """An issuer with one client, its clock at 1,000,000."""
    clients = {"reader": DevClient(frozenset({"a", "b"}), {"tenant": "acme"})}
    return DevIssuer(url=URL, audience=AUDIENCE, clients=clients, clock=lambda: 1_000_000)


def ask(issuer: DevIssuer, method: str, path: str, *, basic: str = "", query: str = "", **form: str) -> HttpReply:
    """Make one request."""
    headers = (("Authorization", "Basic " + base64.b64encode(basic.encode()).decode()),) if basic else ()
    return issuer.respond(HttpRequest(method, path, query, headers, urlencode(form).encode()))


def verify(issuer: DevIssuer, token: str, at: float = 1_000_000) -> Any:
    """Verify a token against the keys published now."""
    jwks = json.loads(ask(issuer, "GET", "/jwks").body)
    bearer = JWTBearer(issuer=URL, audience=AUDIENCE, algorithms=["ES256"], jwks=jwks, relax={"http-loopback"})
    return bearer.verify(token, at=at)


def test_a_minted_token_verifies_and_says_who_it_is_for(issuer: DevIssuer) -> None:
    """RFC 9068: type, client, scopes, times."""
    claims = verify(issuer, issuer.mint("reader"))

    assert (claims["sub"], claims["client_id"], claims["scope"], claims["tenant"]) == (
        "reader",
        "reader",
        "a b",
        "acme",
    )
    assert (claims["iat"], claims["exp"]) == (1_000_000, 1_000_600)


def test_claims_can_be_overruled_and_tokens_can_be_expired(issuer: DevIssuer) -> None:
    """For trying out what is refused."""
    token = issuer.mint("reader", lifetime=-60, tenant="globex")

    with pytest.raises(InvalidClaims) as refusal:
        verify(issuer, token)

    assert refusal.value.code == "expired"
    assert verify(issuer, token, at=999_900)["tenant"] == "globex"


def test_discovery_names_the_issuer_and_its_endpoints(issuer: DevIssuer) -> None:
    """OpenID Connect Discovery section 3."""
    document = json.loads(ask(issuer, "GET", "/.well-known/openid-configuration").body)

    assert (document["issuer"], document["jwks_uri"], document["token_endpoint"]) == (
        URL,
        f"{URL}/jwks",
        f"{URL}/token",
    )


@pytest.mark.parametrize("authenticate", [{"basic": "reader:dev"}, {"client_id": "reader", "client_secret": "dev"}])
def test_the_token_endpoint_gives_a_token_for_client_credentials(
    issuer: DevIssuer, authenticate: dict[str, str]
) -> None:
    """RFC 6749 section 4.4, by either way of authenticating."""
    reply = ask(issuer, "POST", "/token", grant_type="client_credentials", scope="a", **authenticate)

    body = json.loads(reply.body)
    assert (reply.status, body["token_type"], body["expires_in"]) == (200, "Bearer", 600)
    assert verify(issuer, body["access_token"])["scope"] == "a"


@pytest.mark.parametrize(
    ("asked", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "basic": "reader:wrong"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "basic": "nobody:dev"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "basic": "reader:dev", "scope": "a z"}, 400, "invalid_scope"),
    ],
)
def test_the_token_endpoint_refuses_as_rfc_6749_says(
    issuer: DevIssuer, asked: dict[str, str], status: int, error: str
) -> None:
    """Section 5.2."""
    reply = ask(issuer, "POST", "/token", **asked)

    assert (reply.status, json.loads(reply.body)["error"]) == (status, error)


def test_broken_basic_credentials_are_no_credentials(issuer: DevIssuer) -> None:
    """Not base64: refused, not crashed."""
    request = HttpRequest("POST", "/token", "", (("Authorization", "Basic ÿ"),), b"grant_type=client_credentials")

    assert issuer.respond(request).status == 401


def test_rotation_keeps_the_key_before_and_drops_the_one_before_that(issuer: DevIssuer) -> None:
    """Tokens outlive one rotation, not two."""
    old = issuer.mint("reader")

    kid = json.loads(ask(issuer, "POST", "/rotate").body)["kid"]
    after_one = verify(issuer, old)
    issuer.rotate()

    assert after_one["sub"] == "reader"
    assert kid.startswith("dev-")
    with pytest.raises(KeyProblem):
        verify(issuer, old)


def test_mint_is_there_for_curl(issuer: DevIssuer) -> None:
    """A token as plain text; a life of its own on request; nothing for strangers."""
    plain, expired, unknown = (
        ask(issuer, "GET", "/mint/reader"),
        ask(issuer, "GET", "/mint/reader", query="lifetime=-60"),
        ask(issuer, "GET", "/mint/nobody"),
    )

    assert verify(issuer, plain.body.decode())["sub"] == "reader"
    assert verify(issuer, expired.body.decode(), at=999_900)["exp"] == 999_940
    assert unknown.status == 404
