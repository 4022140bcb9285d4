"""Rotated: the secret in Secrets Manager whose rotation is under way."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..errors import Unavailable
from ..stores import aws
from ..stores.secretsmanager import CURRENT, PENDING, value_of
from .distribution import RotationRefused

_CAUSE = (
    "does the function's role allow secretsmanager:DescribeSecret, GetSecretValue, PutSecretValue and"
    " UpdateSecretVersionStage on it, and the use of its key?"
)


class Version(NamedTuple):
    """A version's value, the whole secret it is in, and when it was made. Its repr does not show it."""

    text: str
    whole: str
    created: float

    def __repr__(self) -> str:
        return f"Version(created={self.created:g})"


class Rotated:
    """A secret, and the version that its rotation makes the current one.

    Args:
        client: Secrets Manager's low-level client.
        secret: the secret's id.
        token: the version's.
        field: the member that is meant, where the secret is a JSON object.
        rotation_token: what Secrets Manager wants to see again, if it has sent one.

    Raises:
        RotationRefused: the secret is not being rotated, or not to this version.
        Unavailable: it cannot be asked about.
    """

    def __init__(
        self, client: Any, secret: str, token: str, *, field: str | None, rotation_token: object = None
    ) -> None:
        self._client, self._id, self._token, self._field = client, secret, token, field
        self._more = {"RotationToken": rotation_token} if isinstance(rotation_token, str) else {}
        told = self._asked("describe_secret")
        if not told.get("RotationEnabled"):
            raise RotationRefused("rotation_not_enabled", detail=f"{self} is not set to be rotated")
        self._versions: Mapping[str, list[str]] = told.get("VersionIdsToStages") or {}
        self.changed = _seconds(told.get("LastChangedDate"))
        """When the secret was last changed in any way."""
        self.stages = tuple(self._versions.get(token, ()))
        """The staging labels of the version to rotate to."""

    def pending(self) -> Version | None:
        """Return the version to rotate to, if it has a value yet."""
        try:
            return self._version(VersionId=self._token, VersionStage=PENDING)
        except Unavailable as fault:
            if fault.code == "rotation_not_found":
                return None
            raise

    def current(self) -> Version:
        """Return the version that is current now."""
        return self._version(VersionStage=CURRENT)

    def put(self, value: str) -> None:
        """Give the version to rotate to its value; what else is in the secret stays as it is."""
        whole = self.current().whole
        text = value if self._field is None else json.dumps({**json.loads(whole), self._field: value})
        try:
            self._client.put_secret_value(
                SecretId=self._id,
                ClientRequestToken=self._token,
                SecretString=text,
                VersionStages=[PENDING],
                **self._more,
            )
        except Exception as error:  # noqa: BLE001 - whatever a client raises
            if (
                aws.error_code(error) != "ResourceExistsException"
            ):  # which says: another run was quicker, and its stands
                raise self._failure(error) from None

    def promote(self) -> None:
        """Make the version the current one. The one that was becomes AWSPREVIOUS."""
        before = next((version for version, stages in self._versions.items() if CURRENT in stages), None)
        removed = {} if before is None else {"RemoveFromVersionId": before}
        self._asked(
            "update_secret_version_stage", VersionStage=CURRENT, MoveToVersionId=self._token, **removed, **self._more
        )

    def _version(self, **which: str) -> Version:
        answer = self._asked("get_secret_value", **which)
        try:
            text = value_of(answer, self._field, str(self)).decode()
        except UnicodeDecodeError:
            raise RotationRefused("rotation_binary", detail=f"{self} is no text, so no header can carry it") from None
        whole = answer.get("SecretString")
        return Version(text, text if whole is None else whole, _seconds(answer.get("CreatedDate")))

    def _asked(self, call: str, **arguments: Any) -> Any:
        try:
            return getattr(self._client, call)(SecretId=self._id, **arguments)
        except Exception as error:  # noqa: BLE001 - whatever a client raises, the step has to be done again
            raise self._failure(error) from None

    def _failure(self, error: Exception) -> Unavailable:
        return aws.outage(error, str(self), kind="rotation", cause=_CAUSE)

    def __str__(self) -> str:
        return f"secret {self._id}"


def _seconds(moment: Any) -> float:
    seconds = moment.timestamp() if hasattr(moment, "timestamp") else moment
    return float(seconds) if isinstance(seconds, (int, float)) else 0.0
