"""Stand-ins for AWS and Redis: as much of their clients as the stores use, in memory, which can be told to fail."""
# ruff: noqa: N803 - the arguments have the names that AWS gave them

from __future__ import annotations

from threading import RLock
from typing import Any


class Clock:
    """Two clocks that are moved by hand: together, or the wall clock alone."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now
        self.skew = 0.0

    def wall(self) -> float:
        return self.now + self.skew

    def monotonic(self) -> float:
        return self.now - 1000

    @property
    def settings(self) -> dict[str, Any]:
        """Both clocks, and no randomness, as constructors take them."""
        return {"clock": self.wall, "monotonic": self.monotonic, "jitter": lambda: 0.0}


class AWSError(Exception):
    """An error as botocore raises it; its text holds what must not be told."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(f"{code}: hush-hush")
        self.response = {"Error": {"Code": code, "Message": "hush-hush"}, **more}


class ReadTimeoutError(Exception):
    """Named as botocore's."""


class Failing:
    """Counts calls, and fails with what it is told."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.fails: Exception | None = None
        self.lock = RLock()

    def called(self, call: str, **arguments: Any) -> None:
        self.calls.append((call, arguments))
        if self.fails is not None:
            raise self.fails


class SecretsManagerStandIn(Failing):
    """One secret: versions, the labels they have, and the rules by which labels move."""

    def __init__(self, clock: Clock, value: str | bytes | None = None, *, name: str = "edge") -> None:
        super().__init__()
        self.clock = clock
        self.name = name
        self.enabled = True
        self.versions: dict[str, tuple[str | bytes | None, float]] = {}
        self.labels: dict[str, str] = {}
        self.changed = 0.0
        if value is not None:
            self.add("v0", value, "AWSCURRENT")

    def add(self, version: str, value: str | bytes | None, label: str) -> None:
        """Add a version as PutSecretValue does; with no value, as RotateSecret does."""
        self.versions[version] = (value, self.clock.wall())
        self.label(version, label)

    def label(self, version: str, label: str) -> None:
        """Move a label; the version that AWSCURRENT leaves becomes AWSPREVIOUS."""
        self.changed = self.clock.wall()
        if label == "AWSCURRENT" and label in self.labels:
            self.labels["AWSPREVIOUS"] = self.labels[label]
        self.labels[label] = version

    def describe_secret(self, SecretId: str) -> dict[str, Any]:
        with self.lock:
            self.called("describe_secret")
            stages: dict[str, list[str]] = {}
            for label, version in self.labels.items():
                stages.setdefault(version, []).append(label)
            return {
                "RotationEnabled": self.enabled,
                "VersionIdsToStages": stages,
                "LastChangedDate": self.changed,
            }

    def get_secret_value(self, SecretId: str, VersionStage: str, VersionId: str | None = None) -> dict[str, Any]:
        with self.lock:
            self.called("get_secret_value", stage=VersionStage)
            version = self.labels.get(VersionStage)
            value, created = self.versions.get(version or "", (None, 0.0))
            if SecretId != self.name or value is None or (VersionId is not None and VersionId != version):
                raise AWSError("ResourceNotFoundException")
            kind = "SecretString" if isinstance(value, str) else "SecretBinary"
            return {"VersionId": version, kind: value, "CreatedDate": created}

    def put_secret_value(
        self, SecretId: str, ClientRequestToken: str, SecretString: str, VersionStages: list[str], **more: Any
    ) -> None:
        with self.lock:
            self.called("put_secret_value", **more)
            known = self.versions.get(ClientRequestToken, (None, 0.0))[0]
            if known is not None and known != SecretString:
                raise AWSError("ResourceExistsException")
            self.add(ClientRequestToken, SecretString, VersionStages[0])

    def update_secret_version_stage(
        self, SecretId: str, VersionStage: str, MoveToVersionId: str, RemoveFromVersionId: str, **more: Any
    ) -> None:
        with self.lock:
            self.called("update_secret_version_stage", **more)
            if self.labels[VersionStage] != RemoveFromVersionId:
                raise AWSError("InvalidParameterException")
            self.label(MoveToVersionId, VersionStage)


class ParametersStandIn(Failing):
    """Parameters by their names, with versions by labels."""

    def __init__(self, **parameters: Any) -> None:
        super().__init__()
        self.parameters: dict[str, str] = dict(parameters)
        self.type = "SecureString"

    def get_parameter(self, Name: str, WithDecryption: bool) -> dict[str, Any]:
        self.called("get_parameter", name=Name)
        assert WithDecryption is True
        if Name not in self.parameters:
            raise AWSError("ParameterVersionNotFound" if ":" in Name else "ParameterNotFound")
        return {"Parameter": {"Name": Name, "Type": self.type, "Value": self.parameters[Name]}}


class DynamoDBStandIn(Failing):
    """One table with the partition key ``pk``."""

    def __init__(self) -> None:
        super().__init__()
        self.items: dict[str, dict[str, Any]] = {}
        self.throttles = False
        self.loses_answers = False
        """Whether the answer of a write gets lost, so that the client writes again."""

    def put_item(self, TableName: str, Item: dict[str, Any], ConditionExpression: str, **more: Any) -> dict[str, Any]:
        with self.lock:
            self.called("put_item")
            key = Item["pk"]["S"]
            if self.loses_answers:
                self.items.setdefault(key, Item)
            old = self.items.get(key)
            values = more.get("ExpressionAttributeValues")
            fits = old is None if values is None else old == {**(old or {}), **_named(values)}
            if not fits:
                raise AWSError("ConditionalCheckFailedException", Item=old)
            self.items[key] = Item
            return {}

    def get_item(self, TableName: str, Key: dict[str, Any], ConsistentRead: bool) -> dict[str, Any]:
        with self.lock:
            self.called("get_item")
            assert ConsistentRead is True
            item = self.items.get(Key["pk"]["S"])
            return {} if item is None else {"Item": item}

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            self.called("batch_get_item")
            ((table, wanted),) = RequestItems.items()
            assert wanted["ConsistentRead"] is True
            if self.throttles:
                return {"Responses": {table: []}, "UnprocessedKeys": RequestItems}
            keys = [key["pk"]["S"] for key in wanted["Keys"]]
            return {"Responses": {table: [self.items[key] for key in keys if key in self.items]}, "UnprocessedKeys": {}}


def _named(values: dict[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(":"): value for name, value in values.items()}


class RedisStandIn(Failing):
    """Texts and sorted sets, each with the seconds it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, Any] = {}
        self.seconds: dict[str, int] = {}
        self.loses_answers = False

    def execute_command(self, *_: Any) -> None:
        """Every client of Redis has one."""

    def set(self, name: str, value: str, *, nx: bool, ex: int) -> bool | None:
        with self.lock:
            self.called("set", ex=ex)
            assert nx
            if self.loses_answers:
                self.values.setdefault(name, value)
            if name in self.values:
                return None
            self.values[name], self.seconds[name] = value, ex
            return True

    def get(self, name: str) -> bytes | None:
        self.called("get")
        value = self.values.get(name)
        return None if value is None else value.encode()

    def pipeline(self, *, transaction: bool) -> RedisPipeline:
        return RedisPipeline(self)

    def transaction(self, write: Any, key: str) -> list[Any]:
        with self.lock:
            self.called("transaction")
            write(RedisPipeline(self))
            return []


class RedisPipeline:
    """What a pipeline does, at once."""

    def __init__(self, redis: RedisStandIn) -> None:
        self._redis = redis
        self._scores: list[float | None] = []

    def zscore(self, name: str, member: str) -> None:
        self._scores.append(self._redis.values.get(name))

    def execute(self) -> list[float | None]:
        self._redis.called("execute")
        return self._scores

    def ttl(self, name: str) -> int:
        return self._redis.seconds.get(name, -2)

    def multi(self) -> None:
        """From here on it is one step."""

    def zadd(self, name: str, members: dict[str, float], *, gt: bool) -> None:
        assert gt
        (score,) = members.values()
        self._redis.values[name] = max(score, self._redis.values.get(name, score))

    def expire(self, name: str, seconds: int) -> None:
        self._redis.seconds[name] = seconds
