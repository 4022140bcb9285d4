"""A store that lives in a table says everything that is wrong with the table's name and attributes at once."""

from __future__ import annotations

from typing import Any

import pytest

from authkit import ConfigError, DynamoDBKeys, DynamoDBReplay, DynamoDBRevocations

STORES = (DynamoDBKeys, DynamoDBReplay, DynamoDBRevocations)


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize(
    ("given", "faults"),
    [
        ({"table": ""}, ["table must be a name"]),
        ({"table": 7, "key": None}, ["table must be a name", "key must be a name"]),
        ({"expires": ["ttl"]}, ["expires must be a name"]),
        ({"key": "ttl", "expires": "ttl"}, ["key and expires are two attributes"]),
        ({"table": "", "key": "", "expires": ""}, ["table must", "key must", "expires must", "are two attributes"]),
    ],
)
def test_every_fault_of_a_table_is_named(store: Any, given: dict[str, Any], faults: list[str]) -> None:
    """Before a client is made, and so without boto3."""
    with pytest.raises(ConfigError) as caught:
        store(**{"table": "authkit", "client": object(), **given})

    assert str(caught.value).startswith(f"{store.__name__}: ")
    assert [each for each in faults if each not in str(caught.value)] == []


@pytest.mark.parametrize("store", STORES)
def test_a_table_with_its_usual_names_is_good(store: Any) -> None:
    """Nothing is asked of it yet."""
    assert store("authkit", client=object()) is not None
