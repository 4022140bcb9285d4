"""Look-ups in DynamoDB, with a client that was handed in; against a server of its own see tests/e2e."""

from __future__ import annotations

from typing import Any

import pytest

from authkit.enrich.dynamodb import dynamodb
from authkit.errors import ConfigError, Unavailable


class Client:
    """A client that gives what it is told, and keeps what it was asked."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []

    def get_item(self, **asked: Any) -> Any:
        self.asked.append(asked)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class ClientError(Exception):
    """As botocore's: its code is in its response, and its text may hold anything."""

    def __init__(self, code: str) -> None:
        super().__init__("secret")
        self.response = {"Error": {"Code": code, "Message": "secret"}}


ITEM = {"id": {"S": "acme"}, "plan": {"S": "pro"}, "seats": {"N": "5"}, "ttl": {"N": "1000"}, "tags": {"SS": ["a"]}}


def test_an_item_is_found_by_its_key() -> None:
    """As plain values."""
    client = Client({"Item": ITEM})

    found = dynamodb("tenants", key="id", client=client)("acme")

    assert found == {"id": "acme", "plan": "pro", "seats": 5, "ttl": 1000, "tags": ["a"]}
    assert client.asked == [{"TableName": "tenants", "Key": {"id": {"S": "acme"}}, "ConsistentRead": False}]


def test_a_sort_key_has_one_value_and_a_read_can_be_consistent() -> None:
    """Where the table has one, and where yesterday's answer will not do."""
    client = Client({})

    found = dynamodb("tenants", key="pk", sort=("sk", "PROFILE"), consistent=True, client=client)("acme")

    assert found is None
    assert client.asked[0]["Key"] == {"pk": {"S": "acme"}, "sk": {"S": "PROFILE"}}
    assert client.asked[0]["ConsistentRead"] is True


@pytest.mark.parametrize(("now", "there"), [(999.9, True), (1000, False), (5000, False)])
def test_an_item_whose_time_is_over_is_not_there(now: float, there: bool) -> None:
    """Though DynamoDB may keep it for days."""
    look_up = dynamodb("tenants", key="id", expires="ttl", client=Client({"Item": ITEM}), clock=lambda: now)

    assert (look_up("acme") is not None) is there


@pytest.mark.parametrize(
    ("end", "there"),
    [
        ({"S": "never"}, False),
        ({"BOOL": True}, False),
        ({"NULL": True}, True),
        ({"NS": ["99"]}, False),
        ({"N": "soon"}, False),
    ],
)
def test_an_end_that_is_no_number_is_over(end: Any, there: bool) -> None:
    """An item without one has none."""
    look_up = dynamodb(
        "tenants", key="id", expires="ttl", client=Client({"Item": {**ITEM, "ttl": end}}), clock=lambda: 1
    )

    assert (look_up("acme") is not None) is there


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("AccessDeniedException", "lookup_denied"), ("ResourceNotFoundException", "lookup_not_found"),
        ("ProvisionedThroughputExceededException", "lookup_throttled"), ("InternalServerError", "lookup_unavailable"),
    ],
)  # fmt: skip
def test_what_fails_is_an_outage(code: str, meaning: str) -> None:
    """With what to look at, and nothing that AWS wrote."""
    with pytest.raises(Unavailable) as caught:
        dynamodb("tenants", key="id", client=Client(ClientError(code)))("acme")

    assert caught.value.code == meaning
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "given",
    [
        {"table": ""},
        {"table": "a b"},
        {"key": ""},
        {"sort": "sk"},
        {"sort": ("sk", "")},
        {"sort": ("sk",)},
        {"expires": ""},
        {"clock": 7},
    ],
)
def test_odd_arguments_are_faults(given: dict[str, Any]) -> None:
    """At construction."""
    settings = {"table": "tenants", "key": "id", "client": Client({}), **given}

    with pytest.raises(ConfigError):
        dynamodb(settings.pop("table"), **settings)


def test_it_names_the_table() -> None:
    """For a log."""
    assert repr(dynamodb("tenants", key="id", client=Client({}))) == "dynamodb('tenants', key='id')"
