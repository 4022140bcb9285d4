"""The stores on real servers: their contracts, races, outages and recoveries; and a rotation in a real Secrets Manager's stand-in."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from authkit import Unavailable
from authkit.guards.rotation import RotationRefused
from authkit.stores import aws, secrets
from authkit.stores.replay_dynamodb import DynamoDBReplay
from authkit.stores.replay_redis import RedisReplay
from authkit.stores.revocation import Revocations
from authkit.stores.revocation_dynamodb import DynamoDBRevocations
from authkit.stores.revocation_redis import RedisRevocations
from tests.e2e.store_servers import (
    AWS,
    REGION,
    MiniStack,
    Moto,
    Redis,
    why_no_ministack,
    why_no_moto,
    why_no_redis,
)
from tests.guards.rotation_world import World
from tests.guards.test_rotation_under_load import FIRST, rotated
from tests.stores.contracts import REPLAY, REVOCATION, named
from tests.stores.stand_ins import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.external

_SERVERS: dict[str, tuple[Any, str]] = {
    "moto": (Moto, why_no_moto()),
    "ministack": (MiniStack, why_no_ministack()),
}


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the stores' own clients look for in the environment of a function."""
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
        running.table("marks")
        yield running


@pytest.fixture(scope="module")
def cache() -> Iterator[Redis]:
    """A Redis server."""
    if why_no_redis():
        pytest.skip(why_no_redis())
    with Redis() as running:
        yield running  # type: ignore[misc]


@pytest.mark.parametrize("rule", **named(REPLAY))
def test_dynamodb_keeps_the_contract_of_a_replay_store(rule: Any, cloud: AWS) -> None:
    """With clients of its own; 64 threads racing one key give one winner."""
    store = DynamoDBReplay("marks", prefix=f"{rule.__name__}#", client=cloud.client("dynamodb"))

    rule(store, time.time())


@pytest.mark.parametrize("rule", **named(REPLAY))
def test_redis_keeps_the_contract_of_a_replay_store(rule: Any, cache: Redis) -> None:
    """64 threads racing one key give one winner."""
    rule(RedisReplay(cache.url, prefix=f"{rule.__name__}:"), time.time())


@pytest.mark.parametrize("rule", **named(REVOCATION))
def test_dynamodb_keeps_the_contract_of_a_revocation_store(rule: Any, cloud: AWS) -> None:
    """Conditional writes."""
    rule(DynamoDBRevocations("marks", prefix=f"{rule.__name__}#", client=cloud.client("dynamodb")), time.time())


@pytest.mark.parametrize("rule", **named(REVOCATION))
def test_redis_keeps_the_contract_of_a_revocation_store(rule: Any, cache: Redis) -> None:
    """Transactions."""
    rule(RedisRevocations(cache.url, prefix=f"{rule.__name__}:"), time.time())


def test_what_is_in_redis_ends() -> None:
    """With a time to live of its own, on marks and on revocations."""
    if why_no_redis():
        pytest.skip(why_no_redis())
    from authkit.stores.redis import connection

    with Redis() as server:
        now = time.time()
        RedisReplay(server.url).consume("holder", "1", until=now + 60)  # type: ignore[attr-defined]
        store = RedisRevocations(server.url)  # type: ignore[attr-defined]
        store.add("sub#1", now, now + 600)
        store.add("sub#1", now + 1, now + 5)

        client = connection(server.url)  # type: ignore[attr-defined]
        left = {key.decode(): client.ttl(key) for key in client.keys("*")}
        client.close()

    assert 350 <= left["authkit:replay:1"] <= 361
    assert 590 <= left["authkit:revoked:sub#1"] <= 600


def down(call: Any) -> str:
    with pytest.raises(Unavailable) as found:
        call()
    return found.value.code


def test_dynamodb_down_is_an_outage_and_it_recovers() -> None:
    """Killed and started again: neither a yes nor a no in between, and known answers serve within their bound."""
    if why_no_moto():
        pytest.skip(why_no_moto())
    clock = Clock(time.time())
    with Moto() as server:
        server.table("marks")  # type: ignore[attr-defined]
        own = {"region": REGION, "endpoint": server.url}  # type: ignore[attr-defined]
        replay = DynamoDBReplay("marks", **own)
        store = DynamoDBRevocations("marks", **own)
        strict, lenient = Revocations(store, **clock.settings), Revocations(store, max_stale=600, **clock.settings)
        claims = {"iss": "x", "sub": "alice", "jti": "1", "iat": clock.wall() - 10}
        assert (replay.consume("h", "1", until=clock.wall()), strict(claims), lenient(claims)) == (True, False, False)
        assert down(lambda: DynamoDBReplay("none", **own).consume("h", "1", until=0.0)) == "replay_store_not_found"

        server.kill()
        clock.now += 60
        began = time.monotonic()
        codes = {down(lambda: replay.consume("h", "2", until=clock.wall())), down(lambda: strict(claims))}
        assert codes <= {"replay_store_timeout", "revocation_timeout"}
        assert lenient(claims) is False
        assert time.monotonic() - began < 15

        server.start()
        server.table("marks")  # type: ignore[attr-defined]
        clock.now += 10
        strict.revoke(issuer="x", sub="alice", before=clock.wall())
        assert replay.consume("h", "2", until=clock.wall()) is True
        assert (strict(claims), lenient(claims)) == (True, True)


def test_redis_down_is_an_outage_and_it_recovers() -> None:
    """Killed and started again; the connections it had are dead, and that is not felt."""
    if why_no_redis():
        pytest.skip(why_no_redis())
    clock = Clock(time.time())
    with Redis() as server:
        replay = RedisReplay(server.url)  # type: ignore[attr-defined]
        revoked = Revocations(RedisRevocations(server.url), **clock.settings)  # type: ignore[attr-defined]
        claims = {"iss": "x", "sub": "alice", "jti": "1", "iat": clock.wall() - 10}
        assert (replay.consume("h", "1", until=clock.wall()), revoked(claims)) == (True, False)

        server.kill()
        clock.now += 60
        assert down(lambda: replay.consume("h", "2", until=clock.wall())) == "replay_store_timeout"
        assert down(lambda: revoked(claims)) == "revocation_timeout"

        server.start()
        clock.now += 10
        revoked.revoke(issuer="x", sub="alice", before=clock.wall())
        assert replay.consume("h", "2", until=clock.wall()) is True
        assert revoked(claims) is True


def test_redis_with_another_password_is_denied() -> None:
    """By its own code, and the URL is not told."""
    if why_no_redis():
        pytest.skip(why_no_redis())

    with Redis() as server:
        replay = RedisReplay(f"redis://nobody:hush@127.0.0.1:{server.port}/0")
        with pytest.raises(Unavailable) as found:
            replay.consume("h", "1", until=0.0)

    assert found.value.code == "replay_store_denied"
    assert "hush" not in str(found.value)


def test_a_secrets_versions_are_read_where_they_are(cloud: AWS) -> None:
    """By a client of its own: missing labels, members, bytes, and a secret that is not there."""
    manager = cloud.client("secretsmanager")
    manager.create_secret(Name="plain", SecretString="one-0123456789")
    manager.create_secret(Name="json", SecretString=json.dumps({"edge": "two-0123456789"}))
    manager.create_secret(Name="bytes", SecretBinary=b"\x00\xff")
    own: dict[str, Any] = {"region": REGION, "endpoint": cloud.url}

    assert secrets.manager("plain", **own).current() == (b"one-0123456789",)
    assert secrets.manager("json", "edge", **own).current() == (b"two-0123456789",)
    assert secrets.manager("bytes", **own).current() == (b"\x00\xff",)
    assert down(secrets.manager("none", **own).current) == "secret_not_found"
    manager.put_secret_value(SecretId="plain", SecretString="three-0123456789")
    manager.put_secret_value(SecretId="plain", SecretString="four-0123456789", VersionStages=["AWSPENDING"])
    values = secrets.manager("plain", **own).current()
    assert values == (b"four-0123456789", b"three-0123456789", b"one-0123456789")


def test_a_parameter_is_read_where_it_is(cloud: AWS) -> None:
    """Decrypted."""
    manager = cloud.client("ssm")
    manager.put_parameter(Name="/edge", Value="one-0123456789", Type="SecureString")
    manager.put_parameter(Name="/open", Value="one-0123456789", Type="String")
    own: dict[str, Any] = {"region": REGION, "endpoint": cloud.url}

    assert secrets.ssm("/edge", **own).current() == (b"one-0123456789",)
    assert secrets.ssm("/edge", (1,), **own).current() == (b"one-0123456789",)
    assert down(secrets.ssm("/none", **own).current) == "secret_not_found"
    assert down(secrets.ssm("/open", **own).current) == "secret_unusable"


def test_secrets_survive_an_outage() -> None:
    """Killed and started again: the last good values serve, and then the new ones do."""
    if why_no_moto():
        pytest.skip(why_no_moto())
    clock = Clock(time.time())
    with Moto() as server:
        server.client("secretsmanager").create_secret(Name="edge", SecretString="one-0123456789")  # type: ignore[attr-defined]
        own = {"region": REGION, "endpoint": server.url}  # type: ignore[attr-defined]
        source = secrets.manager("edge", max_stale=600, **own, **clock.settings)
        assert source.current() == (b"one-0123456789",)

        server.kill()
        clock.now += 300
        assert source.current() == (b"one-0123456789",)
        assert down(source.after_mismatch) == "secret_timeout"
        assert down(secrets.manager("edge", **own, **clock.settings).current) == "secret_timeout"

        server.start()
        server.client("secretsmanager").create_secret(Name="edge", SecretString="two-0123456789")  # type: ignore[attr-defined]
        clock.now += 60
        assert source.current() == (b"two-0123456789",)


@pytest.mark.parametrize("cloud", ["moto"], indirect=True)  # whose RotateSecret needs no function
def test_a_rotation_in_secrets_manager_loses_nothing_and_admits_nothing(cloud: AWS) -> None:
    """As in tests/guards, with AWS's labels where they are kept; moto's own RotateSecret begins it."""
    manager = cloud.client("secretsmanager")
    manager.create_secret(Name="rotated", SecretString=FIRST)
    clock = Clock(time.time())
    own = aws.client("secretsmanager", region=REGION, endpoint=cloud.url)

    with World(clock, own, "rotated", FIRST).running() as world:
        world.load("before", 2)
        with pytest.raises(RotationRefused):  # nobody has asked for one
            world.rotate("1" * 32)
        manager.rotate_secret(
            SecretId="rotated", ClientRequestToken="1" * 32, RotationRules={"AutomaticallyAfterDays": 30}
        )
        rotated(world, "1" * 32, until=1800, each=2)

    drawn = world.drawn()
    assert sum(row.lost + row.admitted for row in world.rows) == 0, drawn
    assert sum(row.good + row.bad for row in world.rows) > 2000
    stages = manager.describe_secret(SecretId="rotated")["VersionIdsToStages"]
    assert "AWSCURRENT" in stages["1" * 32]
    assert sorted(stage for each in stages.values() for stage in each if stage == "AWSPREVIOUS") == ["AWSPREVIOUS"]
