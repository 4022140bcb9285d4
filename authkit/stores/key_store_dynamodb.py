"""DynamoDBKeys: a DynamoDB table in which all environments of a function share the key sets that one has fetched."""

from __future__ import annotations

import math
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from ..errors import ConfigError, Unavailable
from ..keys.store import Stored
from . import aws

KIND = "key_store"
LARGEST_BODY = 390 * 1024  # bytes: an item has 400 KiB at most, its names and all else included
KEEP = 24 * 3600.0  # seconds: the max_stale of a `Timing` that says nothing else


class DynamoDBKeys:
    """A `KeyStore` in a table, one item an entry: ``store=DynamoDBKeys("keys")``.

    The table's partition key is a text, and it has no sort key; time to live is switched on for the attribute that says
    when an item ends. The role needs ``dynamodb:GetItem`` and ``dynamodb:PutItem``. Whoever else may write to the table
    can put keys of their own into it: give it to nobody but this function.

    A request may wait for it, so a client of our own tries once, for a fraction of a second: what takes longer is not
    worth waiting for, and the issuer is asked instead. In a function with very little memory that may be too short for
    the first call; then hand in a client with time-outs of your own.

    Args:
        table: the table's name or ARN.
        key, expires: the names of its partition key, and of the attribute for its time to live.
        prefix: what its keys begin with here, where the table serves others too.
        keep: for how many seconds from the issuer's last word an entry is of use: the ``max_stale`` of ``timing=``.
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
        prefix: str = "keys#",
        keep: float = KEEP,
        region: str | None = None,
        endpoint: str | None = None,
        client: Any = None,
    ) -> None:
        faults = aws.table_faults(table, key=key, expires=expires)
        if {str(key), str(expires)} & set(Stored._fields):
            faults.append(f"key and expires are none of {', '.join(Stored._fields)}")
        if not isinstance(prefix, str):
            faults.append("prefix must be a text")
        if isinstance(keep, bool) or not isinstance(keep, (int, float)) or not 0 < keep < float("inf"):
            faults.append("keep must be seconds above 0")
        if faults:
            raise ConfigError.of("DynamoDBKeys", faults)
        self._client = aws.client("dynamodb", region=region, endpoint=endpoint, client=client, brief=True)
        self._table, self._key, self._expires = table, key, expires
        self._prefix, self._keep = prefix, keep

    def get(self, name: str) -> Stored | None:
        """Return the entry of this name, if there is one.

        Raises:
            Unavailable: ``key_store_…``: the table cannot be read.
            ValueError: the item is none of ours.
        """
        try:
            key = aws.to_item({self._key: self._place(name)})
            answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        except Exception as error:  # noqa: BLE001 - whatever a client raises when its table is out of reach
            raise aws.outage(error, str(self), kind=KIND) from None
        aws.demand_answered(answer, str(self), kind=KIND)
        item = answer.get("Item")
        return _entry(aws.from_item(item)) if isinstance(item, Mapping) else None

    def put(self, name: str, stored: Stored) -> None:
        """Keep an entry under this name, in place of the one before.

        Raises:
            Unavailable: ``key_store_…``: the table cannot be written to, or the document is larger than an item.
        """
        if len(stored.body) > LARGEST_BODY:
            detail = f"{self}: {len(stored.body)} bytes, and an item holds {LARGEST_BODY} of them"
            raise Unavailable(f"{KIND}_too_large", detail=detail)
        own = {self._key: self._place(name), self._expires: math.ceil(stored.stored_at + self._keep)}
        try:
            answer = self._client.put_item(TableName=self._table, Item=aws.to_item({**own, **stored._asdict()}))
        except Exception as error:  # noqa: BLE001 - as above
            raise aws.outage(error, str(self), kind=KIND) from None
        aws.demand_answered(answer, str(self), kind=KIND)

    def _place(self, name: str) -> str:
        """Names are of any length and of any characters; keys of tables are not."""
        return f"{self._prefix}{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()}"

    def __str__(self) -> str:
        return f"DynamoDB table {self._table}"

    def __repr__(self) -> str:
        return f"DynamoDBKeys({self._table!r})"


def _entry(found: Mapping[str, Any]) -> Stored:
    """Judge nothing but the names: what the values are worth, whoever asked finds out for every store."""
    if not set(Stored._fields) - {"etag"} <= found.keys():
        raise ValueError("not an entry of a key store: other attributes")
    members: dict[str, Any] = {name: found.get(name) for name in Stored._fields}
    return Stored(**members)
