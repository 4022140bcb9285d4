"""DynamoDBKeys: the contract of stores, and what is particular to a table."""
# ruff: noqa: N803 - the arguments have the names that AWS gave them

from __future__ import annotations

import json
from typing import Any

import pytest

from authkit.errors import ConfigError, Unavailable
from authkit.keys.timing import Timing
from authkit.stores.key_store_dynamodb import KEEP, LARGEST_BODY, DynamoDBKeys
from tests.keys.provider import DOWN, World, code_of
from tests.keys.store_contract import *  # noqa: F403 - the contract's tests run here
from tests.keys.store_contract import ENTRY, NAME
from tests.stores.stand_ins import AWSError, Failing, ReadTimeoutError
from tests.support.tokens import jwks, signer

LARGEST_ITEM = 400 * 1024


class Table(Failing):
    """A table whose partition key is ``pk``, as much of its client as the store uses."""

    def __init__(self) -> None:
        super().__init__()
        self.items: dict[str, dict[str, Any]] = {}

    def get_item(self, TableName: str, Key: dict[str, Any], ConsistentRead: bool) -> dict[str, Any]:
        self.called("get_item", table=TableName, consistent=ConsistentRead)
        item = self.items.get(Key["pk"]["S"])
        return {} if item is None else {"Item": item}

    def put_item(self, TableName: str, Item: dict[str, Any]) -> dict[str, Any]:
        self.called("put_item", table=TableName)
        size = sum(
            len(name) + len(value if isinstance(value, bytes) else str(value).encode())
            for name, attribute in Item.items()
            for value in attribute.values()
        )
        if size > LARGEST_ITEM:
            raise AWSError("ValidationException")
        assert len(Item["pk"]["S"].encode()) <= 2048
        self.items[Item["pk"]["S"]] = Item
        return {}


@pytest.fixture
def table() -> Table:
    """An empty table."""
    return Table()


@pytest.fixture
def store(table: Table) -> DynamoDBKeys:
    """A store in it."""
    return DynamoDBKeys("shared", client=table)


def test_an_item_says_what_it_is_and_when_it_ends(store: DynamoDBKeys, table: Table) -> None:
    """Its key is a hash under the prefix; time to live is a whole number of seconds."""
    store.put(NAME, ENTRY)

    ((key, item),) = table.items.items()
    assert key.startswith("keys#")
    assert len(key) == len("keys#") + 64
    assert item == {
        "pk": {"S": key},
        "expires": {"N": str(1_700_000_001 + int(KEEP))},
        "body": {"B": ENTRY.body},
        "issuer": {"S": ENTRY.issuer},
        "url": {"S": ENTRY.url},
        "stored_at": {"N": "1700000000.25"},
        "etag": {"S": '"v1"'},
        "lifetime": {"N": "900.0"},
    }


def test_an_entry_serves_for_as_long_as_a_set_does() -> None:
    """The default is that of `Timing`."""
    assert Timing().max_stale == KEEP


def test_attributes_may_have_other_names() -> None:
    """Where the table serves others too."""

    class Named(Table):
        def put_item(self, TableName: str, Item: dict[str, Any]) -> dict[str, Any]:
            return super().put_item(TableName, {"pk": Item["id"], "ends": Item["ttl"]})

    table = Named()
    DynamoDBKeys("shared", key="id", expires="ttl", prefix="", keep=60, client=table).put(NAME, ENTRY)

    ((key, item),) = table.items.items()
    assert len(key) == 64
    assert item["ends"] == {"N": "1700000061"}


def test_reads_are_consistent(store: DynamoDBKeys, table: Table) -> None:
    """A set that was replaced is not brought back."""
    store.get(NAME)

    assert table.calls == [("get_item", {"table": "shared", "consistent": True})]


def test_the_largest_document_fits_and_a_larger_one_is_not_sent(store: DynamoDBKeys, table: Table) -> None:
    """An item has 400 KiB, its names included."""
    largest = ENTRY._replace(body=b"x" * LARGEST_BODY, issuer="https://" + "i" * 2000, url="https://" + "u" * 2000)
    store.put(NAME, largest)
    assert store.get(NAME) == largest

    with pytest.raises(Unavailable, match="key_store_too_large"):
        store.put(NAME, ENTRY._replace(body=b"x" * (LARGEST_BODY + 1)))

    assert store.get(NAME) == largest
    assert [call for call, _ in table.calls].count("put_item") == 1


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (AWSError("AccessDeniedException"), "key_store_denied"),
        (AWSError("ResourceNotFoundException"), "key_store_not_found"),
        (AWSError("ThrottlingException"), "key_store_throttled"),
        (ReadTimeoutError("hush-hush"), "key_store_timeout"),
        (AWSError("InternalServerError"), "key_store_unavailable"),
        (RuntimeError("hush-hush"), "key_store_unavailable"),
    ],
)
def test_an_outage_is_told_by_its_code(store: DynamoDBKeys, table: Table, failure: Exception, code: str) -> None:
    """Of reads and of writes, without a word of AWS's own."""
    table.fails = failure

    for call in (lambda: store.get(NAME), lambda: store.put(NAME, ENTRY)):
        with pytest.raises(Unavailable) as fault:
            call()
        assert fault.value.code == code
        assert "hush" not in f"{fault.value!r} {fault.value} {fault.value.detail}"
        assert fault.value.__cause__ is None


def test_a_client_that_has_not_run_yet_is_an_outage() -> None:
    """One for asyncio returns a promise, and raises nothing."""

    class Promising:
        def get_item(self, **_: Any) -> object:
            return object()

        put_item = get_item

    store = DynamoDBKeys("shared", client=Promising())

    for call in (lambda: store.get(NAME), lambda: store.put(NAME, ENTRY)):
        with pytest.raises(Unavailable, match="key_store_unavailable"):
            call()


@pytest.mark.parametrize("lacks", ["body", "issuer", "url", "stored_at", "lifetime"])
def test_an_item_of_others_is_no_entry(store: DynamoDBKeys, table: Table, lacks: str) -> None:
    """What lacks an attribute, or has it in a kind that is none of ours."""
    store.put(NAME, ENTRY)
    (item,) = table.items.values()

    for other in ({"NULL": True}, {"N": "many"}, None):
        item[lacks] = other
        with pytest.raises(ValueError, match="not an entry"):
            store.get(NAME)
    del item[lacks]
    with pytest.raises(ValueError, match="not an entry"):
        store.get(NAME)


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "table": ({"table": ""}, "table must be a name"),
    "key": ({"key": 5}, "key must be a name"),
    "expires": ({"expires": None}, "expires must be a name"),
    "one-attribute": ({"key": "a", "expires": "a"}, "two attributes"),
    "an-attribute-of-ours": ({"key": "issuer"}, "none of body, issuer"),
    "prefix": ({"prefix": None}, "prefix must be a text"),
    **{f"keep-{keep}": ({"keep": keep}, "keep must be") for keep in (0, -1, float("inf"), float("nan"), True, "60")},
}


@pytest.mark.parametrize(("changes", "words"), FAULTS.values(), ids=FAULTS)
def test_wrong_settings_are_configuration_errors(changes: dict[str, Any], words: str) -> None:
    """When it is made."""
    with pytest.raises(ConfigError, match=r"^DynamoDBKeys: ") as fault:
        DynamoDBKeys(**{"table": "shared", "client": Table(), **changes})

    assert words in str(fault.value)


def test_its_repr_names_the_table(store: DynamoDBKeys) -> None:
    """And nothing of what is in it."""
    assert repr(store) == "DynamoDBKeys('shared')"


# With what asks it -------------------------------------------------------------------------------------------------


def test_one_environment_serves_what_another_has_fetched(store: DynamoDBKeys) -> None:
    """Section 6.2: the herd of cold starts asks the issuer once."""
    first, second = World(store=store), World(store=store)

    assert first.keys.find("k1", "ES256")
    assert second.keys.find("k1", "ES256")

    assert (first.keys.fetches, second.keys.fetches) == (1, 0)
    assert second.keys.state().origin == "store"


def test_a_table_out_of_reach_costs_no_more_than_a_fetch(store: DynamoDBKeys, table: Table) -> None:
    """It is told, and nobody is refused for it."""
    table.fails = AWSError("InternalServerError")
    world = World(store=store)

    assert world.keys.find("k1", "ES256")

    assert world.keys.fetches == 1
    assert [event.code for event in world.heard("store_failed")] == ["store_unreadable", "store_unwritable"]


def test_what_comes_out_is_inspected_like_a_fetched_set(store: DynamoDBKeys, table: Table) -> None:
    """G10: a forged item vouches for nobody: other types, another issuer, the future, no keys."""
    World(store=store).keys.find("k1", "ES256")
    (item,) = table.items.values()
    evil = json.dumps(jwks(signer("ES256", "evil"))).encode()
    forgeries = [
        {"body": {"B": evil}, "issuer": {"S": "https://evil.example/"}},
        {"body": {"B": evil}, "url": {"S": "https://evil.example/"}},
        {"body": {"B": evil}, "stored_at": {"N": "9999999999"}},
        {"body": {"S": evil.decode()}},
        {"body": {"B": b"[" * 300_000}},
        {"body": {"B": evil}, "lifetime": {"BOOL": True}},
    ]

    for forgery in forgeries:
        table.items = {key: {**item, **forgery} for key in table.items}
        world = World(store=store)
        assert code_of(world.keys, "evil") == "key_not_found"
        assert [event.name for event in world.heard("store_failed")] == ["store_failed"]


def test_what_is_too_old_is_not_served_while_the_issuer_is_down(store: DynamoDBKeys) -> None:
    """G5: whatever is still in the table, for time to live may take days."""
    World(store=store).keys.find("k1", "ES256")
    late = World(store=store)
    late.provider.answer = DOWN
    late.passes(KEEP + 1)

    assert code_of(late.keys, "k1") == "fetch_timeout"
