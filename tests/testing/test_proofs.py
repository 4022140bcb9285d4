"""Tokens that are bound to a key or a certificate, and what proves them."""

from __future__ import annotations

from typing import Any

import pytest

from authkit import BindingProblem, CertificateBound, DPoP, JWTBearer
from authkit.gateway.request import parse
from authkit.testing import Clock, StubIssuer, client_certificate, rest_request

URL = "https://stubapi001.execute-api.eu-west-1.amazonaws.com/prod/orders/1"


@pytest.fixture
def clock() -> Clock:
    return Clock(1_700_000_000)


@pytest.fixture
def issuer(clock: Clock) -> StubIssuer:
    return StubIssuer(clock=clock)


def bearer(issuer: StubIssuer, clock: Clock, *proofs: Any) -> JWTBearer:
    """Return what takes bound tokens with these proofs."""
    return JWTBearer(issuer=issuer.url, audience=issuer.audience, jwks=issuer.jwks, proofs=proofs, clock=clock)


def test_a_proof_for_the_request_is_taken_once(issuer: StubIssuer, clock: Clock) -> None:
    """And then it is used up."""
    token = issuer.bound_token(sub="bob")
    event = rest_request("GET", "/orders/1", token=token, dpop=issuer.dpop(token, "GET", URL + "?a=b#c"))
    verifier = bearer(issuer, clock, DPoP(clock=clock))

    assert verifier(parse(event)).id == "bob"
    with pytest.raises(BindingProblem) as refusal:
        verifier(parse(event))
    assert refusal.value.code == "proof_replayed"


@pytest.mark.parametrize(
    ("method", "url", "changes"),
    [("POST", URL, {}), ("GET", URL + "1", {}), ("GET", URL, {"jti": ...}), ("GET", URL, {"iat": 0})],
    ids=["another method", "another URL", "no name", "an old one"],
)
def test_a_proof_for_something_else_is_refused(
    issuer: StubIssuer, clock: Clock, method: str, url: str, changes: dict[str, Any]
) -> None:
    """Every wrong proof can be had."""
    token = issuer.bound_token()
    event = rest_request("GET", "/orders/1", token=token, dpop=issuer.dpop(token, method, url, **changes))

    with pytest.raises(BindingProblem) as refusal:
        bearer(issuer, clock, DPoP(clock=clock))(parse(event))

    assert refusal.value.code == "proof_invalid"


def test_a_token_is_good_with_the_certificate_it_is_bound_to(issuer: StubIssuer, clock: Clock) -> None:
    """And with no other."""
    ours, theirs = client_certificate("ours", at=clock()), client_certificate("theirs", at=clock())
    token = issuer.bound_token(certificate=ours, sub="bob")
    verifier = bearer(issuer, clock, CertificateBound())

    with_ours = rest_request("GET", "/orders/1", token=token, client_certificate=ours)
    with_theirs = rest_request("GET", "/orders/1", token=token, client_certificate=theirs)

    assert verifier(parse(with_ours)).id == "bob"
    with pytest.raises(BindingProblem) as refusal:
        verifier(parse(with_theirs))
    assert refusal.value.code == "certificate_mismatch"


def test_the_gateway_tells_of_a_certificate_in_words(clock: Clock) -> None:
    """Contract section 11: the day is padded with a blank, the serial number is in pairs of digits."""
    certificate = client_certificate("sensor-17", at=1_700_000_000 - 11 * 86400)

    told = rest_request("GET", "/", client_certificate=certificate)["requestContext"]["identity"]["clientCert"]

    assert (told["clientCertPem"], told["subjectDN"], told["issuerDN"]) == (certificate, "CN=sensor-17", "CN=sensor-17")
    assert told["validity"] == {"notBefore": "Nov  3 22:13:20 2023 GMT", "notAfter": "Nov  2 22:13:20 2025 GMT"}
    assert all(len(pair) == 2 for pair in told["serialNumber"].split(":"))


def test_what_is_no_certificate_is_said(clock: Clock) -> None:
    """A mapping can hold anything: that is how to test for it."""
    with pytest.raises(ValueError, match="PEM"):
        rest_request("GET", "/", client_certificate="no certificate")

    event = rest_request("GET", "/", client_certificate={"clientCertPem": "odd"})

    assert event["requestContext"]["identity"]["clientCert"] == {"clientCertPem": "odd"}
