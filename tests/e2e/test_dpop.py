"""Bound tokens of an issuer nobody here wrote: npm's oidc-provider binds them to the key of a proof (RFC 9449)."""

from __future__ import annotations

import time
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from authkit import Authorizer, DPoP, Route
from authkit.gateway.answer import Unauthorized
from tests.e2e.issuer import API, Issuer, bearer, why_missing
from tests.support.tokens import Signer, b64, new_signer

if TYPE_CHECKING:
    from authkit.observe.record import Record

pytestmark = [pytest.mark.external, pytest.mark.skipif(bool(why_missing()), reason=why_missing())]

URL = "https://abc.execute-api.eu-west-1.amazonaws.com/prod/orders/7"
ARN = "arn:aws:execute-api:eu-west-1:111122223333:abc/prod/GET/orders/7"


def proof(key: Signer, method: str, url: str, token: str | None = None, **changes: Any) -> str:
    """Return a proof as a client makes it."""
    claims = {
        "htm": method,
        "htu": url,
        "iat": int(time.time()),
        "jti": b64(sha256(repr(changes).encode()).digest()[:9]),
    }
    if token is not None:
        claims["ath"] = b64(sha256(token.encode()).digest())
    public = {name: value for name, value in key.jwk.items() if name in ("kty", "crv", "x", "y")}
    return jwt.encode({**claims, **changes}, key.private, key.alg, headers={"typ": "dpop+jwt", "jwk": public})


def event(token: str, *proofs: str, scheme: str = "DPoP") -> dict[str, Any]:
    """Return a REST API's event with a token and its proof."""
    headers = {"Authorization": [f"{scheme} {token}"], "DPoP": list(proofs)}
    return {
        "type": "REQUEST",
        "methodArn": ARN,
        "httpMethod": "GET",
        "headers": {name: values[-1] for name, values in headers.items() if values},
        "multiValueHeaders": {name: values for name, values in headers.items() if values},
        "requestContext": {
            "httpMethod": "GET", "domainName": "abc.execute-api.eu-west-1.amazonaws.com", "path": "/prod/orders/7",
        },
    }  # fmt: skip


@pytest.fixture
def holder() -> Signer:
    """The client's own key."""
    return new_signer("ES256")


@pytest.fixture
def token(issuer: Issuer, holder: Signer) -> str:
    """A token bound to that key."""
    return issuer.token(proof=proof(holder, "POST", f"{issuer.url}/token"))


def handler(issuer: Issuer, told: list[Record]) -> Authorizer:
    authenticate = bearer(issuer, proofs=[DPoP()], principal="client_id", leeway=5)
    return Authorizer(authenticate=authenticate, routes=[Route("GET", "/orders/{id}")], observe=told.append)


def test_a_bound_token_with_its_proof_is_taken_once(issuer: Issuer, holder: Signer, token: str) -> None:
    """And the same proof a second time is a replay."""
    told: list[Record] = []
    guarded = handler(issuer, told)
    request = event(token, proof(holder, "GET", URL, token))

    assert guarded(request)["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    with pytest.raises(Unauthorized):
        guarded(request)

    assert [record.code for record in told] == ["", "proof_replayed"]
    assert not guarded.cacheable
    assert guarded.identity_sources == ("header.authorization", "header.dpop")


def test_the_issuer_says_which_key_it_is_bound_to(issuer: Issuer, token: str) -> None:
    """So that a bearer is not enough."""
    claims = jwt.decode(token, options={"verify_signature": False})

    assert set(claims["cnf"]) == {"jkt"}
    assert claims["aud"] == API


@pytest.mark.parametrize(
    ("scheme", "changes", "code"),
    [
        ("Bearer", {}, "proof_missing"),
        ("DPoP", {"htm": "POST"}, "proof_invalid"),
        ("DPoP", {"htu": URL.replace("/7", "/8")}, "proof_invalid"),
        ("DPoP", {"ath": "x"}, "proof_invalid"),
        ("DPoP", {"iat": 1}, "proof_invalid"),
    ],
)
def test_a_proof_for_something_else_is_refused(
    issuer: Issuer, holder: Signer, token: str, scheme: str, changes: dict[str, Any], code: str
) -> None:
    """Another scheme, method, URL, token or time."""
    told: list[Record] = []

    with pytest.raises(Unauthorized):
        handler(issuer, told)(event(token, proof(holder, "GET", URL, token, **changes), scheme=scheme))

    assert [record.code for record in told] == [code]


def test_another_key_proves_nothing(issuer: Issuer, token: str) -> None:
    """Whoever stole the token has no proof of its key."""
    told: list[Record] = []

    with pytest.raises(Unauthorized):
        handler(issuer, told)(event(token, proof(new_signer("ES256"), "GET", URL, token)))

    assert [record.code for record in told] == ["proof_invalid"]
