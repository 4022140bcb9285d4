"""The contracts of replay and revocation stores, on every implementation. Real servers come in tests/e2e/test_stores.py."""

from __future__ import annotations

from typing import Any

import pytest

from authkit import ConfigError, Unavailable
from authkit.credentials.client import Client
from authkit.stores.clients import Issued
from authkit.stores.clients_dynamodb import DynamoDBClients
from authkit.stores.replay import MemoryReplay
from authkit.stores.replay_dynamodb import DynamoDBReplay
from authkit.stores.replay_redis import RedisReplay
from authkit.stores.revocation_dynamodb import DynamoDBRevocations
from authkit.stores.revocation_memory import MemoryRevocations
from authkit.stores.revocation_redis import RedisRevocations
from tests.stores.contracts import REPLAY, REVOCATION, named
from tests.stores.stand_ins import AWSError, Clock, DynamoDBStandIn, ReadTimeoutError, RedisStandIn

CLOCK = Clock()


class RedisError(Exception):
    """Whatever Redis raises: its text is not to be told."""


def redis_error(name: str) -> Exception:
    return type(name, (RedisError,), {})("hush-hush")


REPLAYS = {
    "memory": lambda: MemoryReplay(clock=CLOCK.wall, monotonic=CLOCK.monotonic),
    "dynamodb": lambda: DynamoDBReplay("marks", client=DynamoDBStandIn()),
    "redis": lambda: RedisReplay(RedisStandIn(), clock=CLOCK.wall),
}
REVOCATIONS = {
    "memory": lambda: MemoryRevocations(clock=CLOCK.wall),
    "dynamodb": lambda: DynamoDBRevocations("revocations", client=DynamoDBStandIn()),
    "redis": lambda: RedisRevocations(RedisStandIn(), clock=CLOCK.wall),
}


@pytest.mark.parametrize("made", REPLAYS.values(), ids=REPLAYS)
@pytest.mark.parametrize("rule", **named(REPLAY))
def test_replay_stores_keep_their_contract(rule: Any, made: Any) -> None:
    """Each rule on each store."""
    rule(made(), CLOCK.wall())


@pytest.mark.parametrize("made", REVOCATIONS.values(), ids=REVOCATIONS)
@pytest.mark.parametrize("rule", **named(REVOCATION))
def test_revocation_stores_keep_their_contract(rule: Any, made: Any) -> None:
    """Each rule on each store."""
    rule(made(), CLOCK.wall())


@pytest.mark.parametrize(
    ("made", "client"), [(DynamoDBReplay, DynamoDBStandIn()), (RedisReplay, RedisStandIn())], ids=["dynamodb", "redis"]
)
def test_a_write_whose_answer_was_lost_is_ones_own(made: Any, client: Any) -> None:
    """The client writes again and is told that the mark is there: it was we, so it is not a replay."""
    store = made("marks", client=client) if made is DynamoDBReplay else made(client, clock=CLOCK.wall)
    client.loses_answers = True

    assert store.consume("holder", "1", until=CLOCK.wall() + 60) is True
    assert store.consume("holder", "1", until=CLOCK.wall() + 60) is False


def test_marks_are_kept_beyond_their_end() -> None:
    """Other functions' clocks may be slow: by as much as leeway may be."""
    table, redis = DynamoDBStandIn(), RedisStandIn()
    until = CLOCK.wall() + 60.5

    DynamoDBReplay("marks", client=table).consume("holder", "1", until=until)
    RedisReplay(redis, clock=CLOCK.wall).consume("holder", "1", until=until)

    assert table.items["replay#1"]["expires"] == {"N": str(int(CLOCK.wall()) + 361)}
    assert redis.calls == [("set", {"ex": 361})]


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        (AWSError("ProvisionedThroughputExceededException"), "throttled"),
        (AWSError("AccessDeniedException"), "denied"),
        (AWSError("ResourceNotFoundException"), "not_found"),
        (AWSError("InternalServerError"), "unavailable"),
        (AWSError("<b>odd</b>"), "unavailable"),
        (ReadTimeoutError("hush-hush"), "timeout"),
        (ValueError("hush-hush"), "unavailable"),
    ],
    ids=lambda each: str(getattr(each, "response", each))[:40],
)
def test_dynamodb_out_of_reach_is_an_outage(error: Exception, ending: str) -> None:
    """Never a yes and never a no; it names the table and the error, and nothing of its text."""
    table = DynamoDBStandIn()
    replay, revoked = DynamoDBReplay("marks", client=table), DynamoDBRevocations("marks", client=table)
    table.fails = error

    for call, kind in (
        (lambda: replay.consume("holder", "1", until=0.0), "replay_store"),
        (lambda: revoked.find(("jti#1",)), "revocation"),
        (lambda: revoked.add("jti#1", 1.0, 2.0), "revocation"),
    ):
        with pytest.raises(Unavailable) as found:
            call()  # type: ignore[no-untyped-call]
        assert found.value.code == f"{kind}_{ending}"
        assert "DynamoDB table marks" in found.value.detail
        assert "hush" not in str(found.value)
        assert "<b>" not in str(found.value)


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("TimeoutError", "timeout"),
        ("ConnectionError", "timeout"),
        ("AuthenticationError", "denied"),
        ("NoPermissionError", "denied"),
        ("OutOfMemoryError", "full"),
        ("ResponseError", "unavailable"),
    ],
)
def test_redis_out_of_reach_is_an_outage(name: str, ending: str) -> None:
    """Never a yes and never a no."""
    server = RedisStandIn()
    replay, revoked = RedisReplay(server, clock=CLOCK.wall), RedisRevocations(server, clock=CLOCK.wall)
    server.fails = redis_error(name)

    for call, kind in (
        (lambda: replay.consume("holder", "1", until=0.0), "replay_store"),
        (lambda: revoked.find(("jti#1",)), "revocation"),
        (lambda: revoked.add("jti#1", 1.0, 2.0), "revocation"),
    ):
        with pytest.raises(Unavailable) as found:
            call()  # type: ignore[no-untyped-call]
        assert found.value.code == f"{kind}_{ending}"
        assert "hush" not in str(found.value)


def test_what_dynamodb_did_not_read_is_not_absent() -> None:
    """A throttled batch answers well, with less in it."""
    table = DynamoDBStandIn()
    table.throttles = True

    with pytest.raises(Unavailable, match="revocation_throttled"):
        DynamoDBRevocations("marks", client=table).find(("jti#1",))


@pytest.mark.parametrize("told", ["marks", "arn:aws:dynamodb:eu-west-1:123456789012:table/marks"])
def test_what_was_taken_back_is_found_by_whichever_name_the_answer_calls_the_table(told: str) -> None:
    """Of a table that is given by its ARN the answer may tell the name, and all that was revoked would pass."""
    item = {"pk": {"S": "revoked#jti#1"}, "before": {"S": "forever"}}

    class Client:
        def __init__(self, answer: dict[str, Any]) -> None:
            self.answer = answer

        def batch_get_item(self, **_: object) -> dict[str, Any]:
            return self.answer

    client = Client({"Responses": {told: [item]}})
    for table in ("marks", "arn:aws:dynamodb:eu-west-1:123456789012:table/marks"):
        assert DynamoDBRevocations(table, client=client).find(("jti#1",)) == {"jti#1": float("inf")}

    client.answer = {}
    with pytest.raises(Unavailable, match="does not say"):
        DynamoDBRevocations("marks", client=client).find(("jti#1",))


def test_a_client_of_redis_that_does_not_wait_for_it_lets_no_replay_pass() -> None:
    """What a pipeline or a client for asyncio returns is true, and was never asked of Redis."""

    class Pipeline:
        def execute_command(self) -> None:
            raise NotImplementedError

        def set(self, *_: object, **__: object) -> Any:
            return self

        def transaction(self, *_: object) -> Any:
            return self

    with pytest.raises(Unavailable, match="replay_store_unavailable: the client answered with Pipeline"):
        RedisReplay(Pipeline()).consume("holder", "1", until=1.0)
    with pytest.raises(Unavailable, match="revocation_unavailable: the client answered with Pipeline"):
        RedisRevocations(Pipeline(), clock=CLOCK.wall).add("jti#1", 1.0, 2.0)


def test_a_client_of_dynamodb_that_does_not_wait_for_it_lets_no_replay_pass() -> None:
    """One for asyncio returns what has not run yet: no mark was written, and no revocation."""

    class Later:
        def get_item(self, **_: object) -> dict[str, Any]:
            return {}

        def put_item(self, **_: object) -> Any:
            return iter(())

    with pytest.raises(Unavailable, match=r"replay_store_unavailable: .*waits for AWS"):
        DynamoDBReplay("marks", client=Later()).consume("holder", "1", until=1.0)
    with pytest.raises(Unavailable, match=r"revocation_unavailable: .*waits for AWS"):
        DynamoDBRevocations("marks", client=Later()).add("jti#1", 1.0, 2.0)
    with pytest.raises(Unavailable, match=r"api_keys_unavailable: .*waits for AWS"):
        DynamoDBClients("keys", client=Later()).replace(None, Issued("a" * 64, "key", Client("acme")))


@pytest.mark.parametrize("done", [True, b"OK", "OK"])
def test_a_client_of_redis_may_say_done_in_its_own_words(done: Any) -> None:
    """As one whose answers are not made into booleans."""

    class Raw:
        def execute_command(self) -> None:
            raise NotImplementedError

        def set(self, *_: object, **__: object) -> Any:
            return done

    assert RedisReplay(Raw()).consume("holder", "1", until=1.0) is True


def test_what_redis_keeps_for_good_is_not_given_an_end() -> None:
    """Somebody has made it so by hand, and a later revocation must not have it forgotten."""
    redis = RedisStandIn()
    store = RedisRevocations(redis, clock=CLOCK.wall)
    store.add("jti#1", 1.0, CLOCK.wall() + 60)
    redis.seconds["authkit:revoked:jti#1"] = -1

    store.add("jti#1", 2.0, CLOCK.wall() + 60)

    assert redis.seconds["authkit:revoked:jti#1"] == -1


def test_a_name_that_others_write_all_the_time_is_an_outage() -> None:
    """It is not known to be in the table, and says so."""
    table = DynamoDBStandIn()
    table.fails = AWSError("ConditionalCheckFailedException")

    with pytest.raises(Unavailable, match="all the time"):
        DynamoDBRevocations("marks", client=table).add("jti#1", 1.0, 2.0)


def test_an_entry_without_a_moment_takes_all_back() -> None:
    """Whoever writes to the table by hand may forget it."""
    table = DynamoDBStandIn()
    table.items["revoked#jti#1"] = {"pk": {"S": "revoked#jti#1"}}

    assert DynamoDBRevocations("marks", client=table).find(("jti#1",)) == {"jti#1": float("inf")}


def test_ends_only_move_away() -> None:
    """A later revocation with an earlier end does not shorten the one before."""
    table, server = DynamoDBStandIn(), RedisStandIn()
    now = CLOCK.wall()
    for store in (DynamoDBRevocations("marks", client=table), RedisRevocations(server, clock=CLOCK.wall)):
        store.add("sub#1", now, now + 600)
        store.add("sub#1", now + 1, now + 5)

    assert table.items["revoked#sub#1"]["expires"] == {"N": str(int(now) + 600)}
    assert server.seconds == {"authkit:revoked:sub#1": 600}


def test_memory_forgets_only_what_has_ended() -> None:
    """What is full and has nothing to forget is an outage."""
    clock = Clock()
    store = MemoryRevocations(most=2, clock=clock.wall)
    for number in range(2):
        store.add(f"jti#{number}", 1.0, clock.wall() + 10 * number)

    clock.now += 5
    store.add("jti#2", 1.0, clock.wall() + 60)

    assert set(store.find(("jti#0", "jti#1", "jti#2"))) == {"jti#1", "jti#2"}
    with pytest.raises(Unavailable, match="revocation_full"):
        store.add("jti#3", 1.0, clock.wall() + 60)
    assert repr(store) == "MemoryRevocations(2 names)"


@pytest.mark.parametrize(
    "build",
    [
        lambda: DynamoDBReplay("", client=DynamoDBStandIn()),
        lambda: DynamoDBReplay("marks", key="pk", expires="pk", client=DynamoDBStandIn()),
        lambda: DynamoDBRevocations("", client=DynamoDBStandIn()),
        lambda: DynamoDBRevocations("marks", key="pk", expires="pk", client=DynamoDBStandIn()),
        lambda: MemoryRevocations(most=0),
        lambda: RedisReplay(object()),
    ],
)
def test_wrong_settings_are_said_while_constructing(build: Any) -> None:
    """With all faults in one message."""
    with pytest.raises(ConfigError):
        build()


def test_stores_name_themselves_without_what_they_hold() -> None:
    """For logs."""
    assert repr(DynamoDBReplay("marks", client=DynamoDBStandIn())) == "DynamoDBReplay('marks')"
    assert repr(DynamoDBRevocations("marks", client=DynamoDBStandIn())) == "DynamoDBRevocations('marks')"
    assert repr(RedisReplay(RedisStandIn())) == "RedisReplay(prefix='authkit:replay:')"
    assert repr(RedisRevocations(RedisStandIn())) == "RedisRevocations(prefix='authkit:revoked:')"
