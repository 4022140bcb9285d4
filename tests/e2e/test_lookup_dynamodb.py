"""Enrichment from DynamoDB as moto stands in for it: a server process of its own, which goes away and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from authkit import Authorizer, Route
from authkit.credentials.known import known
from authkit.enrich.dynamodb import dynamodb
from authkit.enrich.lookup import Lookup
from tests.local.gateways import gateway, sent
from tests.stores.clients_servers import Moto, why_no_moto
from tests.support.tokens import bearer, signer

pytestmark = [pytest.mark.external, pytest.mark.skipif(bool(why_no_moto()), reason=why_no_moto())]

TABLE = "members"


@pytest.fixture(scope="module")
def moto() -> Iterator[Moto]:
    with Moto() as server:
        yield server


@pytest.fixture
def client(moto: Moto) -> Iterator[Any]:
    """A client, with one member in the table."""
    made = moto.client("dynamodb")
    made.create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    made.put_item(
        TableName=TABLE, Item={"id": {"S": "alice"}, "team": {"S": "1"}, "seats": {"N": "5"}, "ends": {"N": "2000"}}
    )
    yield made
    made.delete_table(TableName=TABLE)


def attached(client: Any, now: list[float], **settings: Any) -> Any:
    """Return a gateway whose routes are bound to what the table says."""
    clock = lambda: now[0]
    found = dynamodb(TABLE, key="id", expires="ends", client=client, clock=clock)
    team = Lookup(
        found, by="sub", give={"team": str, "seats": int}, clock=clock, monotonic=clock, jitter=lambda: 0, **settings
    )
    handler = Authorizer(
        authenticate=known(bearer(), team),
        routes=[Route("GET", "/orders/{id}", bind={"id": "team"})],
        observe=lambda _: None,
    )
    return gateway(handler, sources=(), ttl=0)


def status(api: Any, path: str = "/orders/1") -> int:
    return int(api.respond(sent(path, ("Authorization", f"Bearer {signer().token()}"))).status)


def test_an_item_decides_on_routes(client: Any) -> None:
    """Over the wire; nobody's item is a refusal, and so is one whose time is over."""
    now = [1000.0]
    api = attached(client, now, seconds=10)

    assert [status(api), status(api, "/orders/2")] == [200, 403]
    now[0] = 2000.0
    assert status(api) == 403


def test_an_outage_is_bridged_within_its_bound_and_recovers(client: Any) -> None:
    """The table is gone: the last answer serves, then none does; it is back, and all is well."""
    now = [1000.0]
    api = attached(client, now, seconds=10, stale=60)
    assert status(api) == 200
    elsewhere = client.describe_table(TableName=TABLE)["Table"]
    client.delete_table(TableName=TABLE)

    now[0] += 60
    bridged = status(api)
    now[0] += 60
    out = status(api)
    client.create_table(
        TableName=TABLE,
        AttributeDefinitions=elsewhere["AttributeDefinitions"],
        KeySchema=elsewhere["KeySchema"],
        BillingMode="PAY_PER_REQUEST",
    )
    client.put_item(TableName=TABLE, Item={"id": {"S": "alice"}, "team": {"S": "1"}, "seats": {"N": "5"}})
    now[0] += 60

    assert [bridged, out, status(api)] == [200, 500, 200]
