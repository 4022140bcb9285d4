"""Look-ups in DynamoDB: one item by its key."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ConfigError
from ..stores import aws

_TABLE = re.compile(r"[A-Za-z0-9_.-]{3,255}|arn:[a-z0-9-]+:dynamodb:[a-z0-9-]+:[0-9]{12}:table/[A-Za-z0-9_.-]{3,255}")

_NULL = {"NULL": True}


class DynamoDBItem:
    """What `dynamodb` returns."""

    bounded = True

    def __init__(self, client: Any, table: str, key: str, more: Mapping[str, Any], reading: _Reading) -> None:
        self._client = client
        self._table = table
        self._key = key
        self._more = dict(more)
        self._reading = reading

    def __call__(self, key: str) -> dict[str, Any] | None:
        """Return the item of a key, or None where there is none, or its time is over.

        Raises:
            Unavailable: it cannot be had.
        """
        wanted = {self._key: {"S": key}, **self._more}
        consistent, expires, clock = self._reading
        try:
            answer = self._client.get_item(TableName=self._table, Key=wanted, ConsistentRead=consistent)
        except Exception as error:  # noqa: BLE001 - botocore makes its exceptions at run time
            raise aws.outage(error, f"DynamoDB table {self._table}", kind="lookup") from None
        item = answer.get("Item")
        if not item:
            return None
        found = aws.from_item(item)
        if expires is not None and item.get(expires) not in (None, _NULL) and _is_over(found.get(expires), clock()):
            return None
        return found

    def __repr__(self) -> str:
        return f"dynamodb({self._table!r}, key={self._key!r})"


_Reading = tuple[bool, "str | None", Callable[[], float]]


def dynamodb(
    table: str,
    *,
    key: str,
    sort: tuple[str, str] | None = None,
    consistent: bool = False,
    expires: str | None = None,
    client: Any = None,
    region: str | None = None,
    endpoint: str | None = None,
    clock: Callable[[], float] = time.time,
) -> DynamoDBItem:
    """Return what a `Lookup` finds with: the item of a table under the key.

    >>> Lookup(dynamodb("members", key="id"), by="sub", give={"tenant": str})

    The function's role needs ``dynamodb:GetItem`` on this table, and nothing else.

    Args:
        table: its name or ARN.
        key: the partition key's attribute, a text.
        sort: the sort key's attribute and its one value, where the table has one.
        consistent: whether to read what was written last, at twice the price.
        expires: the attribute of the table's time to live: DynamoDB deletes items up to days after it, so it is looked at.
        client: a DynamoDB client of boto3, with time-outs of its own; None: one is made, with short ones.
        region, endpoint: for the one that is made.
        clock: gives the time in seconds since the epoch.

    Raises:
        ConfigError: names every fault.
    """
    faults = [*_name_faults(table, key, sort, expires), *([] if callable(clock) else ["clock cannot be called"])]
    if faults:
        raise ConfigError.of("dynamodb", faults)
    more = {sort[0]: {"S": sort[1]}} if sort else {}
    made = aws.client("dynamodb", region=region, endpoint=endpoint, client=client)
    return DynamoDBItem(made, table, key, more, (bool(consistent), expires, clock))


def _name_faults(table: object, key: object, sort: object, expires: object) -> list[str]:
    faults = []
    if not isinstance(table, str) or not _TABLE.fullmatch(table):
        faults.append("table must be the name or the ARN of a table")
    if not isinstance(key, str) or not key:
        faults.append("key must be the name of the partition key's attribute")
    pair = sort if isinstance(sort, tuple) else ()
    if sort is not None and (len(pair) != 2 or not all(isinstance(each, str) and each for each in pair)):
        faults.append("sort must be the sort key's attribute and its value")
    if expires is not None and (not isinstance(expires, str) or not expires):
        faults.append("expires must be the name of an attribute")
    return faults


def _is_over(end: object, now: float) -> bool:
    """An end that is no number says nothing, and so the item is not used."""
    return isinstance(end, bool) or not isinstance(end, (int, float)) or not end > now
