"""Replay in a DynamoDB table, which all environments of a function share."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any

from ..errors import ConfigError
from . import aws

MARGIN = 300.0  # seconds that a mark is kept beyond its end: clocks may differ by as much as leeway may be


class DynamoDBReplay:
    """A replay store in a table: one conditional write, and of all who make it at once only one succeeds.

    The table's partition key is a text; time to live is switched on for the attribute that says when an item ends. It
    takes DynamoDB up to days to drop one, and until then its mark stays used. The role needs ``dynamodb:PutItem``.

    Args:
        table: the table's name or ARN.
        key, expires: the names of its partition key, and of the attribute for its time to live.
        prefix: what its keys begin with here, where the table serves others too.
        region, endpoint, client: as `authkit.stores.aws.client` takes them.
        random: gives so many random bytes.

    Raises:
        ConfigError: names every fault.
    """

    def __init__(
        self,
        table: str,
        *,
        key: str = "pk",
        expires: str = "expires",
        prefix: str = "replay#",
        region: str | None = None,
        endpoint: str | None = None,
        client: Any = None,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        faults = aws.table_faults(table, key=key, expires=expires)
        if faults:
            raise ConfigError.of("DynamoDBReplay", faults)
        self._client = aws.client("dynamodb", region=region, endpoint=endpoint, client=client)
        self._table, self._key, self._expires, self._prefix = table, key, expires, prefix
        self._random = random

    def consume(self, holder: str, mark: str, *, until: float) -> bool:  # noqa: ARG002 - a table has room for all
        """Remember a mark, and tell whether it is new; see `ReplayStore.consume`.

        Raises:
            Unavailable: ``replay_store_…``: the table cannot be written to, so nobody can tell.
        """
        own = self._random(16)
        item = {self._key: f"{self._prefix}{mark}", self._expires: math.ceil(until + MARGIN), "consumer": own}
        try:
            answer = self._client.put_item(
                TableName=self._table,
                Item=aws.to_item(item),
                ConditionExpression="attribute_not_exists(#key)",
                ExpressionAttributeNames={"#key": self._key},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except Exception as error:  # noqa: BLE001 - whatever a client raises, it did not say that the mark is new
            if aws.error_code(error) != "ConditionalCheckFailedException":
                raise aws.outage(error, str(self), kind="replay_store") from None
            # Our own write, if its answer was lost and the client has tried again.
            return aws.from_item(getattr(error, "response", {}).get("Item") or {}).get("consumer") == own
        aws.demand_answered(answer, str(self), kind="replay_store")
        return True

    def __str__(self) -> str:
        return f"DynamoDB table {self._table}"

    def __repr__(self) -> str:
        return f"DynamoDBReplay({self._table!r})"
