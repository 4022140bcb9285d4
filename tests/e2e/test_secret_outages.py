"""Parameters and partners while AWS's stand-in, a real process, is killed and started again: what is in hand serves on."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from authkit import Authorizer, CloudFrontSecret, Principal, Route, SigV4, Unavailable, reads, secrets
from authkit import secrets_manager_partners as partners_of
from authkit.gateway.answer import Unauthorized
from authkit.sigv4 import Credentials
from authkit.testing import rest_request
from authkit.testing.iam import SERVICE, signed_rest_request
from tests.e2e.store_servers import REGION, Moto, why_no_moto
from tests.stores.stand_ins import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.external, pytest.mark.skipif(bool(why_no_moto()), reason=why_no_moto() or "it is there")]

OLD, NEW = "one-0123456789-abcdef", "two-0123456789-abcdef"
BOUND = 600  # seconds that what is in hand may serve


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Moto]:
    """A server of moto's, and what clients of one's own look for in the environment of a function."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with Moto() as running:
        assert isinstance(running, Moto)
        yield running


def own(server: Moto, clock: Clock) -> dict[str, Any]:
    """Return what a source on this server takes."""
    return {"max_stale": BOUND, "region": REGION, "endpoint": server.url, **clock.settings}


class Asked:
    """A handler, and the code that each of its decisions had."""

    def __init__(self, **slots: Any) -> None:
        self.codes: list[str] = []
        routes = [Route("GET", "/orders/{id}")]
        self._handler = Authorizer(routes=routes, observe=lambda record: self.codes.append(record.code), **slots)

    def __call__(self, event: dict[str, Any]) -> str:
        """Return what a gateway is told: Allow or Deny, or the name of what is raised."""
        try:
            return str(self._handler(event)["policyDocument"]["Statement"][0]["Effect"])
        except (Unauthorized, Unavailable) as fault:
            return type(fault).__name__


@reads("header.authorization")
def somebody(request: object) -> Principal:
    """Take everybody."""
    return Principal("somebody")


def edge(value: str) -> dict[str, Any]:
    """Return the event of a request that an edge sent with this secret."""
    return rest_request("GET", "/orders/1", token="t", headers={"x-origin-verify": value})


def put_parameter(server: Moto, value: str) -> None:
    server.client("ssm").put_parameter(Name="/edge", Value=value, Type="SecureString", Overwrite=True)


def test_a_parameter_survives_an_outage(server: Moto) -> None:
    """The last good value serves for its bound, is no yes for another, and then nothing is decided; the new one is found."""
    clock = Clock(time.time())
    put_parameter(server, OLD)
    ask = Asked(authenticate=somebody, guards=[CloudFrontSecret(secrets.ssm("/edge", **own(server, clock)))])
    before = [ask(edge(OLD)), ask(edge(NEW))]

    server.kill()
    clock.now += 400
    bridged = [ask(edge(OLD)), ask(edge(NEW))]
    clock.now += BOUND
    out = [ask(edge(OLD)), ask(edge(NEW))]
    cold = Asked(authenticate=somebody, guards=[CloudFrontSecret(secrets.ssm("/edge", **own(server, clock)))])

    assert (before, bridged, out) == (["Allow", "Deny"], ["Allow", "Unavailable"], ["Unavailable"] * 2)
    assert cold(edge(OLD)) == "Unavailable"
    assert {*ask.codes, *cold.codes} == {"", "origin_secret_mismatch", "secret_timeout"}

    server.start()
    put_parameter(server, NEW)
    clock.now += 60
    assert [ask(edge(NEW)), ask(edge(OLD)), cold(edge(NEW))] == ["Allow", "Deny", "Allow"]


def put_partners(server: Moto, secret: str) -> None:
    document = {"partners": {"AKIDEXAMPLE": {"client": {"id": "acme"}, "secrets": [secret]}}}
    server.client("secretsmanager").create_secret(Name="partners", SecretString=json.dumps(document))


def signed(secret: str, clock: Clock, key_id: str = "AKIDEXAMPLE") -> dict[str, Any]:
    """Return the event of a request that a partner signed just now."""
    credentials = Credentials(access_key_id=key_id, secret_access_key=secret)
    return signed_rest_request("GET", "/orders/1", credentials=credentials, region=REGION, at=clock.wall())


def partnered(server: Moto, clock: Clock) -> Asked:
    """Return a handler for partners whose keys are in Secrets Manager."""
    store = partners_of("partners", **own(server, clock))
    return Asked(authenticate=SigV4(partners=store, regions=[REGION], services=[SERVICE], clock=clock.wall))


def test_partners_survive_an_outage(server: Moto) -> None:
    """Their keys serve for their bound; whether another key is good is not decided; new keys are found, old ones gone."""
    clock = Clock(time.time())
    put_partners(server, OLD)
    ask = partnered(server, clock)
    before = [ask(signed(OLD, clock)), ask(signed(NEW, clock)), ask(signed(OLD, clock, "STRANGER"))]

    server.kill()
    clock.now += 400
    bridged = [ask(signed(OLD, clock)), ask(signed(NEW, clock)), ask(signed(OLD, clock, "STRANGER"))]
    clock.now += BOUND
    out = [ask(signed(OLD, clock)), ask(signed(NEW, clock))]
    cold = partnered(server, clock)

    assert before == ["Allow", "Unauthorized", "Unauthorized"]
    assert bridged == ["Allow", "Unavailable", "Unavailable"]
    assert (out, cold(signed(OLD, clock))) == (["Unavailable"] * 2, "Unavailable")
    assert {*ask.codes, *cold.codes} == {"", "signature_mismatch", "key_not_found", "signing_keys_timeout"}

    server.start()
    put_partners(server, NEW)
    clock.now += 60
    after = [ask(signed(NEW, clock)), ask(signed(OLD, clock)), cold(signed(NEW, clock))]
    assert after == ["Allow", "Unauthorized", "Allow"]
