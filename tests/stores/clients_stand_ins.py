"""Clients of DynamoDB, Secrets Manager and Redis that live in memory, count what they are asked, and fail when told to."""

# ruff: noqa: N803 - AWS names the arguments so

from __future__ import annotations

import json
import threading
from typing import Any


class AWSError(Exception):
    """What a client raises when AWS says no."""

    def __init__(self, code: str) -> None:
        super().__init__("s3cret words of AWS")
        self.response = {"Error": {"Code": code, "Message": "s3cret words of AWS"}}


class _StandIn:
    def __init__(self) -> None:
        self.calls: list[str] = []
        self.failure: Exception | None = None
        self.after: Exception | None = None
        """Raised once, after a change was made: its answer was lost."""
        self.lock = threading.Lock()

    def called(self, name: str) -> None:
        self.calls.append(name)
        if self.failure is not None:
            raise self.failure

    def changed(self) -> None:
        lost, self.after = self.after, None
        if lost is not None:
            raise lost


class DynamoDB(_StandIn):
    """One table; pages of two items."""

    def __init__(self) -> None:
        super().__init__()
        self.items: dict[str, dict[str, Any]] = {}

    def get_item(self, *, TableName: str, Key: Any, ConsistentRead: bool) -> dict[str, Any]:
        self.called("get_item")
        assert ConsistentRead
        found = self.items.get(Key["digest"]["S"])
        return {"Item": found} if found else {}

    def scan(self, *, TableName: str, ConsistentRead: bool, ExclusiveStartKey: Any = None) -> dict[str, Any]:
        self.called("scan")
        names = sorted(self.items)
        begin = names.index(ExclusiveStartKey["digest"]["S"]) + 1 if ExclusiveStartKey else 0
        page = names[begin : begin + 2]
        more = {"LastEvaluatedKey": {"digest": {"S": page[-1]}}} if begin + 2 < len(names) else {}
        return {"Items": [self.items[name] for name in page], **more}

    def put_item(self, *, TableName: str, Item: Any, **condition: Any) -> dict[str, Any]:
        self.called("put_item")
        with self.lock:
            self._demand(Item["digest"]["S"], condition)
            self.items[Item["digest"]["S"]] = Item
        self.changed()
        return {}

    def delete_item(self, *, TableName: str, Key: Any, **condition: Any) -> dict[str, Any]:
        self.called("delete_item")
        with self.lock:
            self._demand(Key["digest"]["S"], condition)
            del self.items[Key["digest"]["S"]]
        self.changed()
        return {}

    def _demand(self, name: str, condition: dict[str, Any]) -> None:
        known = self.items.get(name)
        if condition["ConditionExpression"] == "attribute_not_exists(digest)":
            fits = known is None
        else:
            fits = known is not None and known["version"] == condition["ExpressionAttributeValues"][":old"]
        if not fits:
            raise AWSError("ConditionalCheckFailedException")


class SecretsManager(_StandIn):
    """One secret, its versions and their stages."""

    def __init__(self, value: Any = "{}") -> None:
        super().__init__()
        self.versions: dict[str, Any] = {"v0": value}
        self.stages = {"AWSCURRENT": "v0"}

    def get_secret_value(self, *, SecretId: str, VersionStage: str) -> dict[str, Any]:
        self.called("get_secret_value")
        version = self.stages[VersionStage]
        value = self.versions[version]
        return {"VersionId": version, ("SecretString" if isinstance(value, str) else "SecretBinary"): value}

    def put_secret_value(
        self, *, SecretId: str, ClientRequestToken: str, SecretString: str, VersionStages: Any
    ) -> None:
        self.called("put_secret_value")
        with self.lock:
            self.versions[ClientRequestToken] = SecretString
            for stage in VersionStages:
                self.stages[stage] = ClientRequestToken

    def update_secret_version_stage(
        self, *, SecretId: str, VersionStage: str, MoveToVersionId: str, RemoveFromVersionId: str
    ) -> None:
        self.called("update_secret_version_stage")
        with self.lock:
            if self.stages[VersionStage] != RemoveFromVersionId:
                raise AWSError("InvalidParameterException")
            self.stages[VersionStage] = MoveToVersionId
        self.changed()

    @property
    def current(self) -> Any:
        """The value of AWSCURRENT."""
        return self.versions[self.stages["AWSCURRENT"]]


class Redis(_StandIn):
    """One hash, and the one script that is run on it."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[bytes, bytes] = {}

    def execute_command(self) -> None:
        raise NotImplementedError

    def hget(self, name: str, field: str) -> bytes | None:
        self.called("hget")
        return self.fields.get(field.encode())

    def hgetall(self, name: str) -> dict[bytes, bytes]:
        self.called("hgetall")
        return dict(self.fields)

    def eval(self, script: str, keys: int, name: str, field: str, version: int, text: str) -> int:
        self.called("eval")
        assert (script.count("KEYS[1]"), keys) == (3, 1)
        with self.lock:
            known = self.fields.get(field.encode())
            if (json.loads(known)["version"] if known else 0) != version:
                return 0
            if text:
                self.fields[field.encode()] = text.encode()
            else:
                del self.fields[field.encode()]
        self.changed()
        return 1
