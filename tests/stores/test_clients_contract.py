"""What every client store must do: one suite, run on each of them, in memory and on real servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from authkit.credentials.client import Client
from authkit.stores.clients import ClientStore, Issued, MemoryClients
from authkit.stores.clients_dynamodb import DynamoDBClients
from authkit.stores.clients_file import FileClients
from authkit.stores.clients_redis import RedisClients
from authkit.stores.clients_secretsmanager import SecretsManagerClients
from tests.stores.clients_servers import Moto, RedisServer, why_no_moto, why_no_redis
from tests.stores.clients_stand_ins import DynamoDB, Redis, SecretsManager

FULL = Client(
    "acme ünïcode \U0001f600",
    scopes={"orders:read", "orders:write"},
    usage_key="a-usage-plan-key-of-30-characters",
    context={"tenant": "t1", "tier": 3, "beta": False, "none": None, "groups": ["a", {"b": 1.5}], "quote": '"\\\n'},
    networks=["203.0.113.0/24", "2001:db8::/32"],
    not_before=1,
    not_after=2_000_000_000.5,
    disabled=True,
)


def external(name: str, why: str) -> Any:
    return pytest.param(name, marks=[pytest.mark.external, pytest.mark.skipif(bool(why), reason=why or "all is here")])


@pytest.fixture(scope="module")
def servers() -> Iterator[Callable[[type], Any]]:
    """Each server, started when the first store needs it."""
    running: dict[type, Any] = {}

    def get(kind: type) -> Any:
        if kind not in running:
            running[kind] = kind()
        return running[kind]

    yield get
    for each in running.values():
        each.__exit__()


STORES = [
    "memory", "file", "DynamoDB stand-in", "Redis stand-in", "Secrets Manager stand-in",
    external("DynamoDB by moto", why_no_moto()), external("Secrets Manager by moto", why_no_moto()),
    external("Redis", why_no_redis()), external("Redis, decoding", why_no_redis()),
]  # fmt: skip
# moto looks at versions and moves them in two steps, so that two may win there.
CONTESTED = [each for each in STORES if "Secrets Manager by moto" not in getattr(each, "values", (each,))]
contested = pytest.mark.parametrize("store", CONTESTED, indirect=True)


@pytest.fixture(params=STORES)
def store(request: Any, tmp_path: Path, servers: Callable[[type], Any]) -> ClientStore:
    """An empty store of each kind."""
    makers: dict[str, Callable[[], ClientStore]] = {
        "memory": MemoryClients,
        "file": lambda: FileClients(tmp_path / "keys.json"),
        "DynamoDB stand-in": lambda: DynamoDBClients("keys", client=DynamoDB()),
        "Redis stand-in": lambda: RedisClients(Redis()),
        "Secrets Manager stand-in": lambda: SecretsManagerClients("keys", client=SecretsManager()),
        "DynamoDB by moto": lambda: DynamoDBClients(servers(Moto).table(), client=servers(Moto).client("dynamodb")),
        "Secrets Manager by moto": lambda: SecretsManagerClients(
            servers(Moto).secret(), client=servers(Moto).client("secretsmanager")
        ),
        "Redis": lambda: RedisClients(servers(RedisServer).client(), name=str(tmp_path)),
        "Redis, decoding": lambda: RedisClients(servers(RedisServer).client(decode_responses=True), name=str(tmp_path)),
    }
    made = makers[request.param]()
    first = issued("0")
    assert made.replace(None, first)  # a file is made by its first key
    assert made.replace(first, None)
    return made


def issued(digit: str, client: Client | None = None, **more: Any) -> Issued:
    """Return a key whose digest is this digit, 64 times."""
    return Issued(digit * 64, f"key{digit}", client or Client("acme"), "ak_live", 1_700_000_000, **more)


def changed(known: Issued, **more: Any) -> Issued:
    return known._replace(version=known.version + 1, **more)


def test_a_key_that_was_never_put_is_not_there(store: ClientStore) -> None:
    """None, and no exception; the list is empty."""
    assert store.find("a" * 64) is None
    assert store.listed() == []


def test_a_key_comes_back_as_it_was_put(store: ClientStore) -> None:
    """With all its client has."""
    key = issued("a", FULL)

    assert store.replace(None, key) is True
    found = store.find("a" * 64)

    assert found == key
    assert found is not None
    assert found.client.usage_key == FULL.usage_key
    assert store.listed() == [key]


def test_keys_are_told_apart(store: ClientStore) -> None:
    """By their digests."""
    keys = [issued(digit, Client(f"c{digit}")) for digit in "abcdef"]
    for key in keys:
        assert store.replace(None, key)

    assert [store.find(key.digest) for key in keys] == keys
    assert {each.digest: each for each in store.listed()} == {key.digest: key for key in keys}
    assert store.find("0" * 64) is None


def test_a_key_is_replaced_by_who_knows_it_as_it_is(store: ClientStore) -> None:
    """And by nobody else: a change that was not seen is not undone."""
    first = issued("a")
    second = changed(first, client=Client("acme", disabled=True))
    store.replace(None, first)

    assert store.replace(None, first) is False
    assert store.replace(first, second) is True
    assert store.replace(first, changed(first)) is False
    assert store.replace(first, None) is False
    assert store.find(first.digest) == second


def test_a_key_that_is_not_there_is_not_replaced(store: ClientStore) -> None:
    """Nor removed."""
    gone = issued("a")

    assert store.replace(gone, changed(gone)) is False
    assert store.replace(gone, None) is False
    assert store.find(gone.digest) is None


def test_a_key_is_removed(store: ClientStore) -> None:
    """Without a trace, and without touching others."""
    key, other = issued("a"), issued("b")
    for each in (key, other):
        store.replace(None, each)

    assert store.replace(key, None) is True

    assert store.find(key.digest) is None
    assert store.listed() == [other]
    assert store.replace(None, key) is True


@contested
def test_of_many_who_change_a_key_at_once_one_does(store: ClientStore) -> None:
    """The others are told that they have not."""
    threads = 16
    first = issued("a")
    store.replace(None, first)
    start = Barrier(threads)

    def change(number: int) -> bool:
        start.wait(10)
        return store.replace(first, changed(first, client=Client(f"c{number}")))

    with ThreadPoolExecutor(threads) as pool:
        done = list(pool.map(change, range(threads)))

    found = store.find(first.digest)
    assert sum(done) == 1
    assert found is not None
    assert found.client.id == f"c{done.index(True)}"


@contested
def test_of_many_who_put_a_key_at_once_one_does(store: ClientStore) -> None:
    """Where there was none."""
    threads = 16
    start = Barrier(threads)

    def put(number: int) -> bool:
        start.wait(10)
        return store.replace(None, issued("a", Client(f"c{number}")))

    with ThreadPoolExecutor(threads) as pool:
        done = list(pool.map(put, range(threads)))

    assert sum(done) == 1
    assert [each.client.id for each in store.listed()] == [f"c{done.index(True)}"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (None, None),
        (issued("a"), issued("b", version=2)),
        (issued("a"), issued("a")),
        (issued("a"), issued("a", version=3)),
    ],
)
def test_what_is_no_change_of_one_key_is_a_mistake(store: ClientStore, old: Any, new: Any) -> None:
    """Of who wrote the program."""
    with pytest.raises(ValueError, match="a change is about one key"):
        store.replace(old, new)


def test_a_store_shows_no_secret(store: ClientStore) -> None:
    """By its repr."""
    store.replace(None, issued("a", FULL))
    store.find("a" * 64)

    assert "usage-plan" not in repr(store)
    assert "a" * 64 not in repr(store)
