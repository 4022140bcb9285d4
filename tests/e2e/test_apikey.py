"""API keys from the command to the backend: through the emulator, over loopback, metered by a usage plan."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from authkit import Authorizer, JWTBearer, Route, Routes
from authkit.cli import main
from authkit.credentials.apikey import APIKey
from authkit.credentials.apikey_text import new_key
from authkit.credentials.metered import metered
from authkit.local.call import Call
from authkit.local.emulator import running_emulator
from authkit.local.events import Api
from authkit.local.plans import Quota, UsagePlan
from authkit.local.settings import Settings
from authkit.stores.clients import ClientStore
from authkit.stores.clients_file import FileClients
from authkit.testing.issuer import AUDIENCE, StubIssuer
from tests.credentials.apikeys.keys import PEPPER, Clock, entropy
from tests.stores.clients_servers import Moto, why_no_moto
from tests.support.authorizers import Told

PLAN = "usage-key-of-the-orders-plan-0"
OTHER = "usage-key-of-some-other-plan-0"
ROUTES = Routes([
    Route("GET", "/orders/{id}", scopes={"orders:read"}),
    Route("POST", "/orders", scopes={"orders:write"}),
])  # fmt: skip
ADDRESS = "context.identity.sourceIp"
METERED = (UsagePlan((PLAN,)),)


class Seen(NamedTuple):
    """What a caller was answered."""

    status: int
    body: dict[str, Any]


class Running(NamedTuple):
    """An emulator to call."""

    url: str
    calls: list[Call]
    told: Told

    def get(self, path: str = "/orders/1", method: str = "GET", **headers: str) -> Seen:
        """Send one request over a connection of its own."""
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
        try:
            connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            reply = connection.getresponse()
            return Seen(reply.status, json.loads(reply.read()))
        finally:
            connection.close()


@contextmanager
def emulator(authenticate: Any, **settings: Any) -> Iterator[Running]:
    """Run an API whose authorizer this is."""
    told = Told()
    calls: list[Call] = []
    handler = Authorizer(authenticate=authenticate, routes=ROUTES, observe=told)
    chosen = Settings(**{"sources": handler.identity_sources, "ttl": 0, **settings})
    with running_emulator(handler, ROUTES, chosen, tell=calls.append, port=0) as server:
        yield Running(server.url, calls, told)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store in a file, and a pepper in a variable."""
    monkeypatch.setenv("PEPPER", PEPPER.decode())
    monkeypatch.setenv("USAGE_KEY", PLAN)
    monkeypatch.setenv("OTHER_KEY", OTHER)
    return f"file:{tmp_path / 'keys.json'}"


@pytest.fixture
def keys(capsys: pytest.CaptureFixture[str]) -> Any:
    """What runs ``authkit keys`` and returns what it prints."""

    def run(*arguments: str) -> str:
        assert main(["keys", *arguments]) == 0
        return capsys.readouterr().out.strip()

    return run


def made(keys: Any, place: str, *more: str) -> str:
    arguments = ("--client", "acme", "--scope", "orders:read", "--usage-key-env", "USAGE_KEY", *more)
    return str(keys("create", place, *arguments, "--pepper-env", "PEPPER"))


def test_a_good_key_passes_and_is_metered(keys: Any, place: str) -> None:
    """The backend sees the client and the plan's key; neither key is in the record."""
    text = made(keys, place, "--context", "tenant=t1")

    with emulator(APIKey(store=place, pepper=PEPPER), plans=METERED) as api:
        good = api.get(X_Api_Key=text)
        other_route = api.get("/orders", "POST", X_Api_Key=text)

    seen = good.body["requestContext"]
    assert (good.status, other_route.status) == (200, 403)
    assert seen["authorizer"]["principalId"] == "acme"
    assert seen["identity"]["apiKey"] == PLAN
    assert ("usage plan", True) in [(step.place, step.good) for step in api.calls[0].steps]
    for secret in (text, PLAN, PEPPER.decode()):
        assert secret not in repr(api.told.records)


@pytest.mark.parametrize(("kind", "stage", "status"), [("rest-request", "dev", 401), ("http-v2", "$default", 403)])
def test_a_wrong_key_is_refused_as_its_kind_of_api_has_it(
    keys: Any, place: str, kind: str, stage: str, status: int
) -> None:
    """None, a typo, a made-up one, and one that was taken back: 401; on an HTTP API 403, but 401 where there is none."""
    text, gone = made(keys, place), made(keys, place)
    keys("revoke", place, gone.split("_")[2])
    foreign = new_key("ak_live", b"a pepper of somebody else's, 32 b.", entropy).text

    with emulator(APIKey(store=place, pepper=PEPPER), kind=kind, api=Api(stage=stage)) as api:
        good = api.get(x_api_key=text)
        found = [api.get(x_api_key=each) for each in (text[:-1] + "_", foreign, gone, text + text)]
        missing = api.get()

    assert good.status == 200
    assert [each.status for each in found] == [status] * 4
    assert missing.status == 401
    assert [record.code for record in api.told.records[1:]] == [
        "api_key_malformed", "api_key_unknown", "revoked", "api_key_malformed",
    ]  # fmt: skip


def test_a_key_is_taken_back_and_rotated_while_the_api_runs(keys: Any, place: str) -> None:
    """Taken back, it passes until what is known of it ends; rotated, both pass until the overlap is over."""
    clock = Clock()
    text = made(keys, place)
    credential = APIKey(store=place, pepper=PEPPER, clock=clock, monotonic=clock, cache_seconds=60)

    with emulator(credential) as api:
        assert api.get(X_Api_Key=text).status == 200
        keys("revoke", place, text.split("_")[2])
        clock.now += 59
        before = api.get(X_Api_Key=text).status
        clock.now += 1
        after = api.get(X_Api_Key=text).status

    assert (before, after) == (200, 401)


def test_a_rotated_key_passes_beside_its_successor(keys: Any, place: str) -> None:
    """And not after the overlap."""
    old = made(keys, place)
    new = keys("rotate", place, old.split("_")[2], "--overlap", "1d", "--pepper-env", "PEPPER")
    replaced = next(each for each in FileClients(place[5:]).listed() if each.successor)
    clock = Clock()
    clock.now = (replaced.client.not_after or 0) - 1

    with emulator(APIKey(store=place, pepper=PEPPER, clock=clock, monotonic=clock)) as api:
        within = [api.get(X_Api_Key=each).status for each in (old, new)]
        clock.now += 1
        beyond = [api.get(X_Api_Key=each).status for each in (old, new)]

    assert (within, beyond) == ([200, 200], [401, 200])


@pytest.mark.parametrize(("address", "status"), [("203.0.113.7", 200), ("198.51.100.7", 403)])
def test_a_bound_key_is_good_in_its_networks(keys: Any, place: str, address: str, status: int) -> None:
    """And the gateway keeps an answer for the address it was given for."""
    text = made(keys, place, "--network", "203.0.113.0/24")
    credential = APIKey(store=place, pepper=PEPPER, networks=True)

    with emulator(credential, source_ip=address, ttl=300) as api:
        found = [api.get(X_Api_Key=text).status for _ in range(2)]

    assert found == [status, status]
    assert credential.reads == ("header.x-api-key", ADDRESS)
    assert [call.asked is not None for call in api.calls] == [True, False]


def test_a_usage_key_of_no_plan_is_refused_by_the_gateway(keys: Any, place: str) -> None:
    """Of another plan, or none at all (contract section 9)."""
    other = made(keys, place).strip()
    stranger = keys(
        "create",
        place,
        "--client",
        "b",
        "--scope",
        "orders:read",
        "--usage-key-env",
        "OTHER_KEY",
        "--pepper-env",
        "PEPPER",
    )
    unmetered = keys("create", place, "--client", "c", "--scope", "orders:read", "--pepper-env", "PEPPER")

    with emulator(APIKey(store=place, pepper=PEPPER), plans=METERED) as api:
        found = [api.get(X_Api_Key=each).status for each in (other, stranger, unmetered)]

    assert found == [200, 403, 403]
    assert OTHER not in repr(api.calls[1].steps)


def test_a_plans_quota_is_the_clients(keys: Any, place: str) -> None:
    """Whichever of its keys it calls with, and nobody else's."""
    first = made(keys, place)
    second = keys("rotate", place, first.split("_")[2], "--overlap", "1d", "--pepper-env", "PEPPER")
    other = keys(
        "create",
        place,
        "--client",
        "b",
        "--scope",
        "orders:read",
        "--usage-key-env",
        "OTHER_KEY",
        "--pepper-env",
        "PEPPER",
    )
    plans = (UsagePlan((PLAN, OTHER), quota=Quota(2, "DAY")),)

    with emulator(APIKey(store=place, pepper=PEPPER), plans=plans) as api:
        found = [api.get(X_Api_Key=each).status for each in (first, second, first, second, other)]

    assert found == [200, 200, 429, 429, 200]


def test_callers_with_tokens_are_metered_without_seeing_a_key() -> None:
    """Each client of the issuer under its own; one that is unknown is refused."""
    issuer = StubIssuer()
    bearer = JWTBearer(issuer=issuer.url, audience=AUDIENCE, jwks=issuer.jwks)
    credential = metered(bearer, by="client_id", keys={"web": PLAN})

    with emulator(credential, plans=METERED) as api:
        tokens = [issuer.token(scope="orders:read", client_id=each) for each in ("web", "stranger")]
        known, unknown = (api.get(Authorization=f"Bearer {token}") for token in tokens)

    assert (known.status, unknown.status) == (200, 403)
    assert known.body["requestContext"]["identity"]["apiKey"] == PLAN
    assert api.told.records[1].code == "usage_key_missing"
    assert PLAN not in repr(api.told.records)


def test_an_outage_is_a_500_and_over_when_it_is_over(keys: Any, place: str, tmp_path: Path) -> None:
    """A known key passes meanwhile."""
    clock = Clock()
    known, other = made(keys, place), made(keys, place)
    credential = APIKey(store=place, pepper=PEPPER, clock=clock, monotonic=clock, jitter=lambda: 0.0)
    file = tmp_path / "keys.json"

    with emulator(credential) as api:
        first = api.get(X_Api_Key=known).status
        file.rename(tmp_path / "away")
        clock.now += 61
        during = [api.get(X_Api_Key=each).status for each in (known, other)]
        (tmp_path / "away").rename(file)
        clock.now += 2
        after = [api.get(X_Api_Key=each).status for each in (known, other)]

    assert (first, during, after) == (200, [200, 500], [200, 200])


@pytest.mark.external
@pytest.mark.skipif(bool(why_no_moto()), reason=why_no_moto() or "all is here")
@pytest.mark.parametrize("kind", ["dynamodb", "secretsmanager"])
def test_from_the_command_to_aws_to_the_backend(keys: Any, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pepper in Secrets Manager; clients made by their places alone."""
    from authkit.stores import secrets
    from authkit.stores.clients_place import clients_at

    with Moto() as server:
        for name, value in {
            "AWS_ENDPOINT_URL": server.url, "AWS_DEFAULT_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x", "AWS_EC2_METADATA_DISABLED": "true", "USAGE_KEY": PLAN,
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        place = f"dynamodb:{server.table()}" if kind == "dynamodb" else f"secretsmanager:{server.secret()}"
        pepper = server.secret(json.dumps({"pepper": PEPPER.decode()}))
        where = ("--pepper-secret", f"{pepper}#pepper")
        text = keys(
            "create", place, "--client", "acme", "--scope", "orders:read", "--usage-key-env", "USAGE_KEY", *where
        )
        new = keys("rotate", place, text.split("_")[2], "--overlap", "0", *where)
        store: ClientStore = clients_at(place)
        source = secrets.manager(pepper, "pepper", previous_for=86_400)

        with emulator(APIKey(store=store, pepper=source), plans=METERED) as api:
            found = [api.get(X_Api_Key=each).status for each in (text, new)]
        keys("revoke", place, new.split("_")[2])
        with emulator(APIKey(store=clients_at(place), pepper=source)) as api:
            revoked = api.get(X_Api_Key=new).status

    assert (found, revoked) == ([401, 200], 401)
