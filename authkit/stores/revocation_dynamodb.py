"""Revocations in a DynamoDB table, which all environments of a function share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..errors import ConfigError, Unavailable
from . import aws

ATTEMPTS = 4  # at a name that others write at the same time
_FOREVER = "forever"  # DynamoDB has no number for it


class DynamoDBRevocations:
    """A store of revocations in a table, read with strong consistency.

    The table's partition key is a text; time to live is switched on for the attribute that says when an item ends. An
    authorizer's role needs ``dynamodb:BatchGetItem``; who takes tokens back, ``GetItem`` and ``PutItem``.

    Args:
        table: the table's name or ARN.
        key, expires: the names of its partition key, and of the attribute for its time to live.
        prefix: what its keys begin with here, where the table serves others too.
        region, endpoint, client: as `authkit.stores.aws.client` takes them.

    Raises:
        ConfigError: names every fault.
    """

    def __init__(
        self,
        table: str,
        *,
        key: str = "pk",
        expires: str = "expires",
        prefix: str = "revoked#",
        region: str | None = None,
        endpoint: str | None = None,
        client: Any = None,
    ) -> None:
        faults = aws.table_faults(table, key=key, expires=expires)
        if faults:
            raise ConfigError.of("DynamoDBRevocations", faults)
        self._client = aws.client("dynamodb", region=region, endpoint=endpoint, client=client)
        self._table, self._key, self._expires, self._prefix = table, key, expires, prefix

    def find(self, names: tuple[str, ...]) -> Mapping[str, float]:
        """Return the moments of those names that it has.

        Raises:
            Unavailable: ``revocation_…``: the table cannot be read, or did not answer for all.
        """
        if not names:
            return {}
        wanted = {"Keys": [self._place(name) for name in names], "ConsistentRead": True}
        try:
            answer = self._client.batch_get_item(RequestItems={self._table: wanted})
        except Exception as error:  # noqa: BLE001 - whatever a client raises, it did not say that there is none
            raise aws.outage(error, str(self), kind="revocation") from None
        if answer.get("UnprocessedKeys"):
            raise Unavailable("revocation_throttled", detail=f"{self}: not all of it was read; it needs more capacity")
        items = [aws.from_item(item) for item in self._found(answer)]
        return {str(item[self._key]).removeprefix(self._prefix): _moment(item) for item in items}

    def _found(self, answer: Mapping[str, Any]) -> Any:
        """Return the items found: one table was asked, whether the answer calls it by its name or by its ARN."""
        tables = answer.get("Responses")
        if not isinstance(tables, Mapping):
            raise Unavailable("revocation_unavailable", detail=f"{self}: the answer does not say what was found")
        return [item for items in tables.values() for item in items]

    def add(self, name: str, before: float, until: float) -> None:
        """Remember a name; see `RevocationStore.add`.

        Raises:
            Unavailable: ``revocation_…``: the table cannot be written to, or others write the same all the time.
        """
        for _ in range(ATTEMPTS):
            if self._put(name, before, until):
                return
        raise Unavailable("revocation_unavailable", detail=f"{self}: others write the same all the time")

    def _put(self, name: str, before: float, until: float) -> bool:
        """Write the later of what is there and what is new, if nobody has written in between."""
        try:
            found = self._client.get_item(TableName=self._table, Key=self._place(name), ConsistentRead=True)
            item = found.get("Item") or {}
            known = aws.from_item(item)
            if known:
                before, until = max(before, _moment(known)), max(until, known.get(self._expires, 0))
            new = {"before": _FOREVER if math.isinf(before) else before, self._expires: math.ceil(until)}
            answer = self._client.put_item(
                TableName=self._table, Item={**self._place(name), **aws.to_item(new)}, **self._unchanged(item)
            )
        except Exception as error:  # noqa: BLE001 - whatever a client raises, it did not say that it is written
            if aws.error_code(error) == "ConditionalCheckFailedException":
                return False
            raise aws.outage(error, str(self), kind="revocation") from None
        aws.demand_answered(answer, str(self), kind="revocation")
        return True

    def _unchanged(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return the condition that the item is still as it was read."""
        if not item:
            return {
                "ConditionExpression": "attribute_not_exists(#key)",
                "ExpressionAttributeNames": {"#key": self._key},
            }
        return {
            "ConditionExpression": "#before = :before AND #expires = :expires",
            "ExpressionAttributeNames": {"#before": "before", "#expires": self._expires},
            "ExpressionAttributeValues": {":before": item["before"], ":expires": item[self._expires]},
        }

    def _place(self, name: str) -> dict[str, Any]:
        return aws.to_item({self._key: f"{self._prefix}{name}"})

    def __str__(self) -> str:
        return f"DynamoDB table {self._table}"

    def __repr__(self) -> str:
        return f"DynamoDBRevocations({self._table!r})"


def _moment(item: Mapping[str, Any]) -> float:
    """Return the moment; where an item has none that can be read, it takes back all."""
    before = item.get("before")
    return float(before) if isinstance(before, (int, float)) and not isinstance(before, bool) else math.inf
