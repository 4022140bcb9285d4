"""DynamoDBClients: a client store in a table, one item a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ConfigError
from . import aws
from .clients import KIND, Damaged, Issued, RecordInvalid, all_read, digest_of_change, of_text, to_text


class DynamoDBClients:
    """Keys in a DynamoDB table whose partition key is ``digest``, a text, and that has no sort key.

    An item has ``digest``, ``record`` (a text of JSON) and ``version`` (a number). A function needs
    ``dynamodb:GetItem`` and nothing else; whoever runs ``authkit keys`` needs ``PutItem``, ``DeleteItem`` and ``Scan``
    besides. Reads are strongly consistent: what was revoked before is revoked.

    Args:
        table: its name, or its ARN.
        client: a low-level client of DynamoDB; None: one is made, with short time-outs.
        region, endpoint: as boto3 takes them, if none is handed in.

    Raises:
        ConfigError: the table has no name, or no client can be made.
    """

    def __init__(
        self, table: str, *, client: Any = None, region: str | None = None, endpoint: str | None = None
    ) -> None:
        if not isinstance(table, str) or not table:
            raise ConfigError("DynamoDBClients: table must be a name")
        self._table = table
        self._client = aws.client("dynamodb", client=client, region=region, endpoint=endpoint)

    def find(self, digest: str) -> Issued | None:
        """Return the key of this digest, if there is one.

        Raises:
            Unavailable: it cannot be had.
        """
        found = self._called("get_item", Key={"digest": {"S": digest}}, ConsistentRead=True).get("Item")
        return _issued(found) if found else None

    def listed(self, damaged: Damaged | None = None) -> list[Issued]:
        """Return all keys, see `ClientStore.listed`; reads the whole table.

        Raises:
            Unavailable: they cannot be had.
        """
        found: list[Issued] = []
        begin: dict[str, Any] = {}
        while True:
            page = self._called("scan", ConsistentRead=True, **begin)
            found += all_read(lambda _, item: _issued(item), enumerate(page.get("Items", [])), damaged)
            if not page.get("LastEvaluatedKey"):
                return found
            begin = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def replace(self, old: Issued | None, new: Issued | None) -> bool:
        """Put one key in the place of another; see `ClientStore.replace`.

        Raises:
            Unavailable: it may have been done, or not.
        """
        digest = digest_of_change(old, new)
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(digest)"}
        if old is not None:
            condition = {
                "ConditionExpression": "#version = :old",
                "ExpressionAttributeNames": {"#version": "version"},
                "ExpressionAttributeValues": {":old": {"N": str(old.version)}},
            }
        try:
            if new is None:
                answer = self._client.delete_item(TableName=self._table, Key={"digest": {"S": digest}}, **condition)
            else:
                item = aws.to_item({"digest": digest, "record": to_text(new), "version": new.version})
                answer = self._client.put_item(TableName=self._table, Item=item, **condition)
        except Exception as error:  # noqa: BLE001 - whatever the client raises when it is down
            if aws.error_code(error) == "ConditionalCheckFailedException":
                return False
            raise aws.outage(error, self._what(), kind=KIND) from None
        aws.demand_answered(answer, self._what(), kind=KIND)
        return True

    def _called(self, operation: str, **arguments: Any) -> Mapping[str, Any]:
        try:
            answer: Mapping[str, Any] = getattr(self._client, operation)(TableName=self._table, **arguments)
        except Exception as error:  # noqa: BLE001 - whatever the client raises when it is down
            raise aws.outage(error, self._what(), kind=KIND) from None
        return answer

    def _what(self) -> str:
        return f"DynamoDB table {self._table}"

    def __repr__(self) -> str:
        return f"DynamoDBClients({self._table!r})"


def _issued(item: Mapping[str, Any]) -> Issued:
    values = aws.from_item(item)
    issued = of_text(str(values.get("digest")), values.get("record"))
    if values.get("version") != issued.version:
        raise RecordInvalid(detail=f"the item of the digest {issued.digest[:12]}…: two versions in one")
    return issued
