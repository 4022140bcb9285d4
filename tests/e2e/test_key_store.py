"""DynamoDBKeys on real servers: its contract, what two environments share by it, and an outage."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from authkit import JWTBearer, Unavailable
from authkit.keys.answer import Response
from authkit.stores.key_store_dynamodb import LARGEST_BODY, DynamoDBKeys
from tests.e2e.store_servers import AWS, REGION, MiniStack, Moto, why_no_ministack, why_no_moto
from tests.keys import store_contract
from tests.keys.store_contract import ENTRY, NAME
from tests.support.tokens import AUDIENCE, ISSUER, good_claims, jwks, signer

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.external

_SERVERS: dict[str, tuple[Any, str]] = {
    "moto": (Moto, why_no_moto()),
    "ministack": (MiniStack, why_no_ministack()),
}
_CONTRACT = {name: rule for name, rule in vars(store_contract).items() if name.startswith("test_")}
URL = "https://keys.example.com/jwks"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the store's own client looks for in the environment of a function."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="module", params=_SERVERS)
def cloud(request: pytest.FixtureRequest) -> Iterator[AWS]:
    """AWS, as somebody stands in for it, with a table."""
    make, missing = _SERVERS[request.param]
    if missing:
        pytest.skip(missing)
    with make() as running:
        running.table("shared")
        yield running


@pytest.mark.parametrize("rule", _CONTRACT.values(), ids=_CONTRACT)
def test_it_keeps_the_contract_of_a_key_store(rule: Any, cloud: AWS) -> None:
    """With a patient client: stand-ins are slower than AWS."""
    rule(DynamoDBKeys("shared", prefix=f"{rule.__name__}#", client=cloud.client("dynamodb")))


def test_the_largest_document_fits(cloud: AWS) -> None:
    """AWS counts names and values; the stand-ins do too."""
    store = DynamoDBKeys("shared", prefix="largest#", client=cloud.client("dynamodb"))
    largest = ENTRY._replace(body=b"x" * LARGEST_BODY)

    store.put(NAME, largest)

    assert store.get(NAME) == largest


def test_a_second_environment_verifies_without_asking_the_issuer(cloud: AWS) -> None:
    """Whole bearers, as functions have them."""
    asked: list[str] = []

    def fetch(url: str, **_: Any) -> Response:
        asked.append(url)
        return Response(200, {}, json.dumps(jwks(signer())).encode())

    now = time.time()
    token = signer().token(good_claims(iat=now - 10, nbf=now - 10, exp=now + 600))
    for _ in range(2):
        store = DynamoDBKeys("shared", prefix="two#", client=cloud.client("dynamodb"))
        bearer = JWTBearer(
            issuer=ISSUER, audience=AUDIENCE, algorithms=["ES256"], jwks=URL, fetch=fetch, store=store
        )  # fmt: skip
        assert bearer.verify(token)["sub"] == "alice"

    assert asked == [URL]


def test_a_table_that_is_down_or_missing_is_an_outage_soon() -> None:
    """With the store's own client, which tries once and for a fraction of a second."""
    if why_no_moto():
        pytest.skip(why_no_moto())
    with Moto() as server:
        own = {"region": REGION, "endpoint": server.url}  # type: ignore[attr-defined]
        with pytest.raises(Unavailable, match=r"key_store_(not_found|timeout)"):
            DynamoDBKeys("none", **own).get(NAME)
        store = DynamoDBKeys("shared", **own)
        server.kill()
        began = time.monotonic()

        with pytest.raises(Unavailable, match="key_store_timeout"):
            store.get(NAME)
        with pytest.raises(Unavailable, match="key_store_timeout"):
            store.put(NAME, ENTRY)

        assert time.monotonic() - began < 5
