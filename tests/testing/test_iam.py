"""Signed requests for tests: an API with IAM authorization on loopback, and events."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from authkit import sigv4
from authkit.credentials.client import Client
from authkit.credentials.sigv4 import SigV4
from authkit.gateway.request import parse
from authkit.policy.route import Route
from authkit.policy.routes import Routes
from authkit.sigv4.clients import RequestsAuth
from authkit.stores.signing_keys import Partner
from authkit.testing.iam import CREDENTIALS, SERVICE, IamGateway, signed_http_v2, signed_rest_request

WHERE: dict[str, Any] = {"region": "eu-west-1", "service": "execute-api"}


@pytest.mark.parametrize("kind", ["rest-request", "http-v2"])
def test_the_gateway_lets_a_signed_request_in_and_no_other(kind: Any) -> None:
    """It verifies for real, over the request as it came."""
    with IamGateway(kind=kind) as gateway:
        good = requests.post(
            f"{gateway.url}/orders/1?a=1", json={"n": 1}, auth=RequestsAuth(CREDENTIALS, **WHERE), timeout=5
        )
        bare = requests.get(f"{gateway.url}/", timeout=5)

    assert (good.status_code, bare.status_code) == (200, 403)
    assert bare.json() == {"message": "Forbidden" if kind == "http-v2" else "Missing Authentication Token"}
    assert CREDENTIALS.access_key_id in str(good.json()["requestContext"])
    assert [call.reply.status for call in gateway.calls] == [200, 403]


def test_callers_routes_region_and_clock_can_be_given() -> None:
    """For a client that is tried against more than the usual."""
    session = sigv4.Credentials(access_key_id="ASIA", secret_access_key="s", session_token="t")
    clock = lambda: 1_795_254_000.0
    auth = RequestsAuth(session, region="us-east-1", service="execute-api", clock=clock)

    with IamGateway(session, routes=Routes([Route("GET", "/a")]), region="us-east-1", clock=clock) as gateway:
        statuses = [requests.get(f"{gateway.url}{path}", auth=auth, timeout=5).status_code for path in ("/a", "/b")]
        late = requests.get(
            f"{gateway.url}/a",
            auth=RequestsAuth(session, region="us-east-1", service="execute-api", clock=lambda: 0),
            timeout=5,
        )

    assert statuses == [200, 403]
    assert late.json()["message"].startswith("Signature expired: 19700101T000000Z is now earlier than ")


@pytest.mark.parametrize("mechanism", ["header", "query"])
@pytest.mark.parametrize("signed", [signed_rest_request, signed_http_v2])
@pytest.mark.parametrize("domain", [None, "api.example.com"])
def test_events_are_of_requests_that_verify(signed: Any, mechanism: Any, domain: str | None) -> None:
    """With either mechanism, on either domain, as they come now."""
    slot = SigV4(
        partners=Partner.of(CREDENTIALS.access_key_id, Client("acme"), secrets=[CREDENTIALS.secret_access_key]),
        regions=["eu-west-1"],
        services=[SERVICE],
        mechanisms=["header", "query"],
    )
    event = signed(
        "POST", "/a", query={"q": ["b c", "+"]}, headers={"X-A": ["1", "2"]}, mechanism=mechanism, domain=domain
    )

    assert slot(parse(event)).id == "acme"
