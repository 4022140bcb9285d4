"""Client stores that are down, or hold something else: an outage, with a word of what to do and none of what they hold."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authkit.credentials.client import Client
from authkit.errors import ConfigError, Refused, Unavailable
from authkit.stores.clients import Issued, MemoryClients, RecordInvalid, of_members, of_text, to_text
from authkit.stores.clients_document import ClientDocument
from authkit.stores.clients_dynamodb import DynamoDBClients
from authkit.stores.clients_issue import revoke, rotate
from authkit.stores.clients_place import clients_at
from authkit.stores.clients_redis import RedisClients
from authkit.stores.clients_secretsmanager import LARGEST, SecretsManagerClients
from tests.credentials.apikeys.keys import NOW, PEPPER, Clock, credential, entropy, given, request
from tests.stores.clients_servers import Moto, RedisServer, why_no_moto, why_no_redis
from tests.stores.clients_stand_ins import AWSError, DynamoDB, Redis, SecretsManager

DIGEST = "a" * 64
KEY = Issued(DIGEST, "keya", Client("acme"))


def stores() -> list[tuple[Any, Any]]:
    """Return each store with the client it calls."""
    dynamodb, redis, manager = DynamoDB(), Redis(), SecretsManager()
    return [
        (DynamoDBClients("keys", client=dynamodb), dynamodb),
        (RedisClients(redis), redis),
        (SecretsManagerClients("keys", client=manager), manager),
    ]


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize(
    "failure", [AWSError("ThrottlingException"), ConnectionError("s3cret"), OSError("s3cret"), RuntimeError("s3cret")]
)
def test_a_client_that_fails_is_an_outage(which: int, failure: Exception) -> None:
    """Of any operation, whatever it raises; nothing of its words is passed on."""
    store, client = stores()[which]
    client.failure = failure

    for ask in (lambda: store.find(DIGEST), store.listed, lambda: store.replace(None, KEY)):
        with pytest.raises(Unavailable, match=r"api_keys_\w+: \S+") as caught:
            ask()
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("AccessDeniedException", "api_keys_denied"),
        ("ResourceNotFoundException", "api_keys_not_found"),
        ("ProvisionedThroughputExceededException", "api_keys_throttled"),
        ("InternalServerError", "api_keys_unavailable"),
    ],
)
def test_what_aws_says_is_told_apart(code: str, expected: str) -> None:
    """So that the log says what to do."""
    for which in (0, 2):
        store, client = stores()[which]
        client.failure = AWSError(code)

        with pytest.raises(Unavailable, match=expected):
            store.find(DIGEST)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_change_whose_answer_is_lost_is_found_to_be_made(which: int) -> None:
    """A client that tries again by itself sees its own first try, and the rotation is whole all the same."""
    store, _ = stores()[which]
    made = given(store)
    replace = store.replace

    def tried_twice(old: Any, new: Any) -> bool:
        replace(old, new)
        return bool(replace(old, new))

    store.replace = tried_twice
    new, old = rotate(store, made.issued.id, pepper=PEPPER, overlap=60, now=NOW, entropy=entropy)

    key = credential(store)
    assert [key(request(text)).id for text in (new.text, made.text)] == ["acme", "acme"]
    assert (old.successor, old.client.not_after) == (new.issued.id, NOW + 60)


BAD_TEXTS = [
    b"", b"[]", b"null", b"no json", b"\xff", b'{"id":"a"}', b'{"id":"a","client":[]}', b'{"id":"a","client":{}}',
    b'{"id":"a","client":{"id":"x","admin":true}}', b'{"id":"a","client":{"id":"x"},"more":1}',
    b'{"id":"","client":{"id":"x"}}', b'{"id":7,"client":{"id":"x"}}', b'{"id":"a","client":{"id":"x"},"version":0}',
    b'{"id":"a","client":{"id":"x"},"created_at":1e300}', b'{"id":"a","client":{"id":"x"},"created_at":-1}',
    b'{"id":"a","client":{"id":"x"},"version":true}', b'{"id":"a","client":{"id":"x"},"created_at":"now"}',
    b'{"id":"a","client":{"id":"x"},"successor":7}', b'{"id":"a","client":{"id":"x"},"digest":"b"}',
    b'{"id":"a","client":{"id":"x","usage_key":"s3cret"}}', b'{"id":"a","id":"b","client":{"id":"x"}}',
]  # fmt: skip


@pytest.mark.parametrize("text", BAD_TEXTS)
def test_a_record_of_something_else_is_no_key(text: bytes) -> None:
    """In any store; it is named by its digest's beginning, and not shown."""
    redis, dynamodb = Redis(), DynamoDB()
    redis.fields[DIGEST.encode()] = text
    dynamodb.items[DIGEST] = {
        "digest": {"S": DIGEST}, "record": {"S": text.decode("latin-1")}, "version": {"N": "1"},
    }  # fmt: skip
    document = SecretsManager(json.dumps({"keys": {DIGEST: text.decode("latin-1")}}))

    for store in (
        RedisClients(redis),
        DynamoDBClients("t", client=dynamodb),
        SecretsManagerClients("s", client=document),
    ):
        for ask in (lambda store=store: store.find(DIGEST), store.listed):
            with pytest.raises(RecordInvalid, match=r"api_key_record_invalid: .*aaaaaaaaaaaa…") as caught:
                ask()
            assert "s3cret" not in str(caught.value)


def test_a_change_that_a_client_of_redis_did_not_wait_for_is_not_reported() -> None:
    """A pipeline, or a client for asyncio, answers with something that is true, and nothing was taken back."""

    class Pipeline(Redis):
        def eval(self, *_: Any) -> Any:
            return self

    with pytest.raises(Unavailable, match="api_keys_unavailable: the client answered with Pipeline"):
        RedisClients(Pipeline()).replace(None, KEY)


def test_a_field_of_redis_that_is_no_text_is_no_key() -> None:
    """Listing says so, and raises nothing of its own."""
    redis = Redis()
    redis.fields[b"\xff"] = b"{}"

    with pytest.raises(RecordInvalid):
        RedisClients(redis).listed()


def test_an_item_that_contradicts_itself_is_no_key() -> None:
    """Its version is what changes are judged by."""
    dynamodb = DynamoDB()
    store = DynamoDBClients("keys", client=dynamodb)
    store.replace(None, KEY)
    dynamodb.items[DIGEST]["version"] = {"N": "7"}

    with pytest.raises(RecordInvalid, match="two versions"):
        store.find(DIGEST)
    dynamodb.items[DIGEST] = {"digest": {"S": DIGEST}}
    with pytest.raises(RecordInvalid, match="no text"):
        store.find(DIGEST)


@pytest.mark.parametrize("digest", ["", "a" * 63, "A" * 64, "g" * 64, None, 7, "a" * 65])
def test_what_is_under_another_name_is_no_key(digest: Any) -> None:
    """A digest is 64 hexadecimal digits."""
    with pytest.raises(RecordInvalid):
        of_members(digest, {"id": "a", "client": {"id": "x"}})


def test_a_record_may_be_written_by_hand() -> None:
    """Only id and client are needed."""
    found = of_text(DIGEST, '{"id": "a", "client": {"id": "x"}}')

    assert found == Issued(DIGEST, "a", Client("x"))
    assert of_text(DIGEST, to_text(found).encode()) == found


@pytest.mark.parametrize("raw", [b"", b"[]", b"x", b'{"keys": []}', b'{"key": {}}', b'{"keys": {}, "more": 1}'])
def test_a_document_of_something_else_is_an_outage(raw: bytes) -> None:
    """Not a store without keys."""
    with pytest.raises(Unavailable, match="api_keys_invalid: secret s"):
        ClientDocument.parse(raw, "secret s")


def test_one_bad_record_of_a_document_spoils_no_other() -> None:
    """Each is read when it is asked for."""
    document = ClientDocument.parse(json.dumps({"keys": {"b" * 64: 7, DIGEST: json.loads(to_text(KEY))}}).encode(), "s")

    assert document.find(DIGEST) == KEY
    assert repr(document) == "ClientDocument(2)"
    with pytest.raises(RecordInvalid):
        document.find("b" * 64)


def test_a_secret_is_fetched_once_in_its_seconds() -> None:
    """However many keys are looked up."""
    clock, manager = Clock(), SecretsManager()
    store = SecretsManagerClients("keys", client=manager, seconds=30, clock=clock, monotonic=clock)

    for passed in (0, 10, 19):
        clock.now += passed
        store.find(DIGEST)
    assert manager.calls.count("get_secret_value") == 1
    clock.now += 1
    store.find(DIGEST)
    assert manager.calls.count("get_secret_value") == 2


def test_a_secret_that_is_no_text_is_an_outage() -> None:
    """A binary one."""
    with pytest.raises(Unavailable, match="api_keys_invalid"):
        SecretsManagerClients("keys", client=SecretsManager(b"{}")).find(DIGEST)


def test_a_secret_that_is_full_takes_no_more_keys() -> None:
    """And stays as it was."""
    manager = SecretsManager()
    store = SecretsManagerClients("keys", client=manager)
    client = Client("acme", context={"text": "x" * 8000})
    for number in range(8):
        store.replace(None, Issued(f"{number:064x}", f"k{number}", client))

    with pytest.raises(Unavailable, match="api_keys_full"):
        store.replace(None, Issued(DIGEST, "more", client))

    assert len(manager.current) <= LARGEST
    assert len(store.listed()) == 8


def test_a_change_that_another_overtook_is_not_made() -> None:
    """Between fetching the document and moving AWSCURRENT."""
    manager = SecretsManager()
    mine, theirs = SecretsManagerClients("keys", client=manager), SecretsManagerClients("keys", client=manager)
    put = manager.put_secret_value

    def overtaken(**arguments: Any) -> None:
        manager.put_secret_value = put  # type: ignore[method-assign]
        assert theirs.replace(None, KEY._replace(digest="b" * 64))
        put(**arguments)

    manager.put_secret_value = overtaken  # type: ignore[method-assign,assignment]

    assert mine.replace(None, KEY) is False
    assert [each.digest for each in mine.listed()] == ["b" * 64]


def test_who_waits_too_long_for_anothers_fetch_is_told_so() -> None:
    """Never forever."""
    store = SecretsManagerClients("keys", client=SecretsManager(), patience=0.01)

    with store._flight.entered(), pytest.raises(Unavailable, match="api_keys_timeout"):
        store.find(DIGEST)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: DynamoDBClients("", client=DynamoDB()), "table must be a name"),
        (lambda: RedisClients(Redis(), name=""), "name must be"),
        (lambda: RedisClients("redis://198.51.100.1/"), "not encrypted"),
        (lambda: SecretsManagerClients("", seconds=-1, client=SecretsManager()), "secret_id must be .*; seconds must be"),
        (lambda: MemoryClients({"x": Client("a"), "y": Client("a")}), "64 hexadecimal digits"),
        (lambda: MemoryClients({DIGEST: KEY._replace(digest="b" * 64)}), "what was Issued under this digest"),
        (lambda: MemoryClients(7), "given by its digest"),  # type: ignore[arg-type]
        *[
            (lambda place=place: clients_at(place), "a client store is at")
            for place in ("", "keys.json", "file:", "s3:bucket", "://", None)
        ],
    ],
)  # fmt: skip
def test_what_cannot_be_is_named_while_constructing(make: Any, words: str) -> None:
    """At the start, not at the first request."""
    with pytest.raises(ConfigError, match=words):
        make()


def test_a_place_names_each_kind_of_store() -> None:
    """Nothing is asked yet."""
    pytest.importorskip("redis")

    assert repr(clients_at("file:keys.json")) == "FileClients('keys.json')"
    assert repr(clients_at("redis://127.0.0.1:1/0")) == "RedisClients(name='authkit:api-keys')"


def test_a_place_on_aws_needs_a_region(monkeypatch: pytest.MonkeyPatch) -> None:
    """As any client of it."""
    pytest.importorskip("boto3")
    for name, value in (("AWS_DEFAULT_REGION", "eu-west-1"), ("AWS_EC2_METADATA_DISABLED", "true")):
        monkeypatch.setenv(name, value)

    dynamodb, manager = clients_at("dynamodb:keys"), clients_at("secretsmanager:keys")

    assert (repr(dynamodb), repr(manager)) == ("DynamoDBClients('keys')", "SecretsManagerClients('keys', seconds=30)")
    for each in (dynamodb, manager):
        each._client.close()  # type: ignore[attr-defined]


@pytest.mark.external
@pytest.mark.skipif(bool(why_no_redis()), reason=why_no_redis() or "all is here")
def test_redis_goes_away_and_comes_back() -> None:
    """A known key passes meanwhile, an unknown one is an outage, and all is well after it."""
    clock = Clock()
    with RedisServer() as server:
        store = RedisClients(server.client())
        known, other = given(store), given(store, Client("b"))
        kept = store.listed()
        key = credential(store, clock, cache_seconds=60, max_stale=600)
        key(request(known.text))

        server.end()
        clock.now += 120
        during = key(request(known.text)).id
        with pytest.raises(Unavailable, match="api_keys_timeout"):
            key(request(other.text))
        clock.now += 480
        with pytest.raises(Unavailable):
            key(request(known.text))

        server.start()
        for each in kept:
            store.replace(None, each)
        clock.now += 30
        assert [during, key(request(known.text)).id, key(request(other.text)).id] == ["acme", "acme", "b"]


@pytest.mark.external
@pytest.mark.skipif(bool(why_no_redis()), reason=why_no_redis() or "all is here")
def test_a_record_by_hand_can_be_taken_back() -> None:
    """One without a version is good, and so it must be possible to end it."""
    with RedisServer() as server:
        client = server.client()
        client.hset("authkit:api-keys", DIGEST, b'{"id":"byhand","client":{"id":"x"}}')
        store = RedisClients(client)

        assert revoke(store, "byhand").client.disabled

        found = store.find(DIGEST)
        assert found is not None
        assert (found.client.disabled, found.version) == (True, 2)


@pytest.mark.external
@pytest.mark.skipif(bool(why_no_moto()), reason=why_no_moto() or "all is here")
@pytest.mark.parametrize("kind", ["dynamodb", "secretsmanager"])
def test_aws_goes_away(kind: str) -> None:
    """A known key passes until the bound, an unknown one is an outage, and a table that is not there is said to be so."""
    clock = Clock()
    with Moto() as server:
        client = server.client(kind)
        store: Any = (
            DynamoDBClients(server.table(), client=client)
            if kind == "dynamodb"
            else SecretsManagerClients(server.secret(), client=client, clock=clock, monotonic=clock)
        )
        known, other = given(store), given(store, Client("b"))
        key = credential(store, clock, cache_seconds=60, max_stale=600)
        key(request(known.text))
        missing: Any = (DynamoDBClients if kind == "dynamodb" else SecretsManagerClients)("nowhere", client=client)
        with pytest.raises(Unavailable, match="api_keys_not_found"):
            missing.find(DIGEST)

        server.end()
        clock.now += 120

        assert key(request(known.text)).id == "acme"
        with pytest.raises(Unavailable, match="api_keys_"):
            key(request(other.text))
        clock.now += 480
        with pytest.raises(Unavailable):
            key(request(known.text))


def test_a_refusal_is_never_made_of_an_outage() -> None:
    """Nor the other way round: a store that answers says who is unknown."""
    store, client = stores()[0]
    made = given(store)
    key = credential(store)
    client.failure = AWSError("ThrottlingException")
    with pytest.raises(Unavailable):
        key(request(made.text))
    client.failure = None
    store.replace(made.issued, None)

    with pytest.raises(Refused, match="api_key_unknown"):
        credential(store)(request(made.text))
