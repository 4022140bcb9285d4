"""A record that is no key, in a store of good ones: it is told of, and keeps nobody from the others."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from authkit.credentials.client import Client
from authkit.stores.clients import ClientStore, Issued, RecordInvalid
from authkit.stores.clients_dynamodb import DynamoDBClients
from authkit.stores.clients_file import FileClients
from authkit.stores.clients_issue import revoke
from authkit.stores.clients_redis import RedisClients
from tests.stores.clients_stand_ins import DynamoDB, Redis

KEY = Issued("a" * 64, "keya", Client("acme"))


class Corruptible(NamedTuple):
    """A store with a good key, and what damages another one behind its back."""

    store: ClientStore
    damage: Callable[[], None]


def in_a_file(tmp_path: Path) -> Corruptible:
    file = tmp_path / "keys.json"

    def damage() -> None:
        content = json.loads(file.read_text(encoding="utf-8"))
        content["keys"]["c" * 64] = {"id": 7}
        file.write_text(json.dumps(content), encoding="utf-8")

    return Corruptible(FileClients(file), damage)


def in_dynamodb(_tmp_path: Path) -> Corruptible:
    client = DynamoDB()
    item = {"digest": {"S": "c" * 64}, "record": {"S": "{"}, "version": {"N": "1"}}
    return Corruptible(DynamoDBClients("keys", client=client), lambda: client.items.update({"c" * 64: item}))


def in_redis(_tmp_path: Path) -> Corruptible:
    client = Redis()
    return Corruptible(RedisClients(client), lambda: client.fields.update({b"c" * 64: b"[]"}))


@pytest.mark.parametrize("kind", [in_a_file, in_dynamodb, in_redis])
def test_a_damaged_record_keeps_nobody_from_the_others(kind: Callable[[Path], Corruptible], tmp_path: Path) -> None:
    """Least of all from taking a leaked key back. Whether the damaged one is the key that is asked for, nobody can tell."""
    store, damage = kind(tmp_path)
    store.replace(None, KEY)
    damage()
    told: list[RecordInvalid] = []

    listed = store.listed(told.append)

    assert listed == [KEY]
    assert ["cccccccccccc" in each.detail for each in told] == [True]
    with pytest.raises(RecordInvalid):
        store.listed()
    with pytest.raises(RecordInvalid):
        revoke(store, "another")
    assert revoke(store, KEY.id).client.disabled
