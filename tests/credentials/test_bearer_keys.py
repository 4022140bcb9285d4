"""JWTBearer and keys that come from elsewhere: rotation, outages, and no fetch that is not due."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authkit import JWTBearer, KeysUnavailable, Unauthenticated
from authkit.keys.remote import RemoteKeys
from tests.faults.server import Connection, Server, answer
from tests.keys.provider import DOWN, Provider, World
from tests.support.tokens import AUDIENCE, NOW, bearer, good_claims, jwks, signer

URL = "https://keys.example.com/jwks"


def fetching(provider: Provider, **changes: Any) -> JWTBearer:
    return bearer(jwks=URL, fetch=provider, **changes)


def code_of(verifier: JWTBearer, token: str) -> str:
    with pytest.raises((Unauthenticated, KeysUnavailable)) as fault:
        verifier.verify(token)
    return fault.value.code


DOOMED = {
    "shape": "a.b",
    "algorithm": signer().raw(signer().header(alg="HS256"), good_claims()),
    "header": signer().token(jku="https://evil.example/"),
    "payload": signer().raw(signer().header(), b"[]"),
    "issuer": signer().token(good_claims(iss="https://evil.example/")),
    "no-issuer": signer().token(good_claims(iss=...)),
    "expired": signer().token(good_claims(exp=NOW)),
    "not-yet": signer().token(good_claims(nbf=NOW + 9)),
    "audience": signer().token(good_claims(aud="other")),
    "no-kid": signer().token(kid=None),
}


@pytest.mark.parametrize("token", DOOMED.values(), ids=DOOMED)
def test_a_token_that_cannot_succeed_costs_no_fetch(token: str) -> None:
    """F9 and the order of checks: nothing in a token makes us ask anybody anything."""
    provider = Provider()

    with pytest.raises(Unauthenticated):
        fetching(provider).verify(token)

    assert provider.asked == []


def test_what_a_token_names_is_never_what_is_asked() -> None:
    """B8: one URL, from the configuration."""
    provider = Provider()
    verifier = fetching(provider)

    for kid in ("k1", "https://evil.example/jwks", "../../etc/passwd", "http://169.254.169.254/"):
        code_of(verifier, signer("ES256", "other").token(kid=kid))

    assert {url for url, _ in provider.asked} == {URL}


def test_a_rotation_is_followed() -> None:
    """New keys are accepted at once, old ones until they are gone from the set."""
    world = World()
    verifier = bearer(jwks=world.keys)
    old, new = signer("ES256", "k1").token(), signer("ES256", "k2").token()
    assert verifier.verify(old)

    world.provider.keys = [signer("ES256", "k2"), signer("ES256", "k1")]
    assert verifier.verify(new)
    assert verifier.verify(old)
    world.provider.keys = [signer("ES256", "k2")]
    world.passes(3600)

    assert verifier.verify(new)
    assert code_of(verifier, old) == "key_not_found"


def test_a_remembered_header_does_not_outlive_its_key() -> None:
    """C18: what is remembered of a token is how it is read, not that it was good."""
    world = World()
    verifier = bearer(jwks=world.keys)
    token = signer().token()
    verifier.verify(token)
    verifier.verify(token)

    world.provider.keys = [signer("ES256", "k1")._replace(jwk={**signer("ES256", "k9").jwk, "kid": "k1"})]
    world.passes(3600)

    assert code_of(verifier, token) == "bad_signature"


def test_an_outage_is_told_as_one_and_then_over() -> None:
    """It is no refusal, and the first good answer ends it."""
    world = World()
    verifier = bearer(jwks=world.keys)
    world.provider.answer = DOWN
    assert code_of(verifier, signer().token()) == "fetch_timeout"

    world.provider.answer = None
    world.passes(2)

    assert verifier.verify(signer().token())


class Issuer:
    """Discovery and keys on loopback, as the script of a server."""

    def __init__(self) -> None:
        self.base = ""
        self.document: dict[str, Any] = {}
        self.keys = [signer()]

    def __call__(self, connection: Connection) -> None:
        body = self.document if b"openid-configuration" in connection.request.split(b"\r\n")[0] else jwks(*self.keys)
        connection.send(answer("200 OK", json.dumps(body).encode(), "Connection: close"))


def served(server: Server, issuer: Issuer, /, **document: Any) -> JWTBearer:
    issuer.base = server.url.removesuffix("/jwks")
    issuer.document = {"issuer": issuer.base, "jwks_uri": server.url, **document}
    return JWTBearer(
        issuer=issuer.base, audience=AUDIENCE, algorithms=["ES256"], relax=["http-loopback"], clock=lambda: NOW
    )


def test_an_issuer_over_a_real_socket() -> None:
    """Discovery, keys, a token; then a second key, found the same way."""
    issuer = Issuer()
    with Server(issuer) as server:
        verifier = served(server, issuer)
        claims = good_claims(iss=issuer.base)

        assert verifier.verify(signer().token(claims))["sub"] == "alice"
        issuer.keys = [signer("ES256", "k2")]
        assert verifier.verify(signer("ES256", "k2").token(claims))["sub"] == "alice"

    assert [request.split()[1] for request in server.requests] == [b"/.well-known/openid-configuration", b"/jwks"] * 2


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"issuer": "https://evil.example/"}, "discovery_issuer_mismatch"),
        ({"jwks_uri": "http://idp.example.com/jwks"}, "url_forbidden"),
        ({"jwks_uri": "https://10.0.0.1/jwks"}, "url_forbidden"),
        ({"jwks_uri": "https://169.254.169.254/jwks"}, "url_forbidden"),
        ({"jwks_uri": "http://127.0.0.1:9/jwks#x"}, "url_forbidden"),
        ({"jwks_uri": None}, "url_forbidden"),
    ],
)
def test_a_discovery_that_leads_astray_is_an_outage(document: dict[str, Any], code: str) -> None:
    """F8: another issuer, in clear, inside, metadata, or nowhere."""
    issuer = Issuer()
    with Server(issuer) as server:
        verifier = served(server, issuer, **document)

        assert code_of(verifier, signer().token(good_claims(iss=issuer.base))) == code


def test_one_set_of_keys_serves_several_verifiers() -> None:
    """Two audiences of one issuer share the fetch."""
    provider = Provider()
    keys = RemoteKeys(lambda timeout: URL, provider)

    for audience in (AUDIENCE, "second"):
        assert bearer(jwks=keys, audience=audience).verify(signer().token(good_claims(aud=audience)))

    assert len(provider.asked) == 1
