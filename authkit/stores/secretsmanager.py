"""Secrets Manager: the values of one secret, by their staging labels."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import Unavailable
from ..keys.clocks import Clocks
from . import aws
from .kept import Value

CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"
STAGES = (CURRENT, PENDING, PREVIOUS)

LONGEST = 5.0  # seconds after which no further label is asked for: who waits is given an outage instead
BRIEFLY = 0.3

_CAUSE = "does the function's role allow secretsmanager:GetSecretValue on it, and kms:Decrypt on its key?"
_NOWHERE = "is its name right, is it in this Region and account, and has it a value?"


class Clients(NamedTuple):
    """A low-level client, and the one for attempts that must be brief."""

    full: Any
    brief: Any


class Version(NamedTuple):
    """One version of a secret. Its repr does not show it."""

    id: str
    stage: str
    value: bytes
    created: float | None

    def __repr__(self) -> str:
        return f"Version(id={self.id!r}, stage={self.stage!r})"


class SecretsManager:
    """Fetches the versions of a secret that have one of some labels; see `authkit.secrets.manager`.

    A version moves from AWSPENDING to AWSCURRENT to AWSPREVIOUS. They are asked for in this very order, so that none is
    missed that moves meanwhile.

    Args:
        secret_id: its name or ARN.
        field: the member, where it is a JSON object.
        stages: the labels whose values count; AWSCURRENT is one of them. Any other may be missing.
        previous_for: seconds for which AWSPREVIOUS counts after the newer of AWSCURRENT and itself was made.
        clients: the low-level clients.
        clocks: both clocks.
    """

    def __init__(
        self,
        secret_id: str,
        *,
        field: str | None,
        stages: Sequence[str],
        previous_for: float,
        clients: Clients,
        clocks: Clocks,
    ) -> None:
        self._id = secret_id
        self._field = field
        others = [stage for stage in stages if stage not in STAGES]
        self._stages = [*(stage for stage in (PENDING, CURRENT, PREVIOUS) if stage in stages), *others]
        self._previous_for = previous_for
        self._clients = clients
        self._clocks = clocks
        self._first_seen: tuple[str, float] = ("", 0.0)  # the current version, and when it was seen first

    def __call__(self, brief: bool) -> tuple[Value, ...]:
        """Return the values, each with its end: AWSPENDING first, as the newest.

        Raises:
            Unavailable: AWSCURRENT cannot be had or used, or another label cannot be asked for.
        """
        begun = self._clocks.monotonic()
        found: dict[str, Version] = {}
        for stage in self._stages:
            if self._clocks.monotonic() - begun > (BRIEFLY if brief else LONGEST):
                detail = f"{self}: the answers take too long; is the service slow, or far away?"
                raise Unavailable("secret_timeout", detail=detail)
            version = self._version(self._clients.brief if brief else self._clients.full, stage)
            if version is not None:
                found[stage] = version
        if CURRENT not in found:
            raise Unavailable("secret_not_found", detail=f"{self}: no version is {CURRENT}; {_NOWHERE}")
        return self._valued(found)

    def _valued(self, found: Mapping[str, Version]) -> tuple[Value, ...]:
        """AWSPREVIOUS ends; whatever else a version is called, it does not."""
        end = self._end_of_previous(found[CURRENT], found.get(PREVIOUS))
        lasting = {each.id for stage, each in found.items() if stage != PREVIOUS}
        values: dict[str, Value] = {}
        for stage in self._stages:
            version = found.get(stage)
            if version is not None and version.id not in values:
                values[version.id] = Value(version.value) if version.id in lasting else Value(version.value, end)
        now = self._clocks.wall()
        return tuple(each for each in values.values() if each.value and now < each.until)

    def _end_of_previous(self, current: Version, previous: Version | None) -> float:
        """After a roll-back the previous one is the newer, and is still sent for a while."""
        made = [each.created for each in (current, previous) if each is not None and each.created is not None]
        if not made:  # then the best that is known is since when we have seen it
            if self._first_seen[0] != current.id:
                self._first_seen = current.id, self._clocks.wall()
            made = [self._first_seen[1]]
        return max(made) + self._previous_for

    def _version(self, client: Any, stage: str) -> Version | None:
        try:
            answer = client.get_secret_value(SecretId=self._id, VersionStage=stage)
        except Exception as error:  # noqa: BLE001 - whatever a client raises, the secret cannot be had
            if stage != CURRENT and aws.error_code(error) == "ResourceNotFoundException":
                return None
            raise self._failure(error) from None
        created = answer.get("CreatedDate")
        seconds = created.timestamp() if hasattr(created, "timestamp") else created
        return Version(
            str(answer.get("VersionId", stage)),
            stage,
            self._value(answer, stage),
            float(seconds) if isinstance(seconds, (int, float)) else None,
        )

    def _value(self, answer: Mapping[str, Any], stage: str) -> bytes:
        """Return the value; empty where it cannot be used, and the version is not the one that must be there."""
        try:
            return value_of(answer, self._field, f"{self}, {stage}")
        except Unavailable:
            if stage == CURRENT:
                raise
            return b""  # as of before the secret became a JSON object: it is not valid, and no reason to refuse all

    def _failure(self, error: Exception) -> Unavailable:
        if aws.error_code(error) == "InvalidRequestException":
            return Unavailable(
                "secret_not_found", detail=f"{self}: InvalidRequestException; is it marked for deletion?"
            )
        if aws.error_code(error) in ("DecryptionFailure", "KMSAccessDeniedException"):
            return Unavailable("secret_denied", detail=f"{self}: its key refuses; {_CAUSE}")
        fault = aws.outage(error, str(self), kind="secret", cause=_CAUSE)
        if fault.code == "secret_not_found":
            return Unavailable(fault.code, detail=f"{self}: {aws.error_code(error)}; {_NOWHERE}")
        return fault

    def __str__(self) -> str:
        return f"Secrets Manager secret {self._id}"


def value_of(answer: Mapping[str, Any], field: str | None, what: str) -> bytes:
    """Return the secret itself: the text or the bytes, or one member of the JSON object they are.

    Raises:
        Unavailable: ``secret_unusable``: it is empty, or a JSON object or none where the other is due.
    """
    given = answer.get("SecretString")
    if given is None:
        given = answer.get("SecretBinary")
    raw = given.encode("utf-8", "surrogatepass") if isinstance(given, str) else bytes(given or b"")
    members = _members(raw)
    if field is None:
        if members is not None:
            raise _unusable(what, "it is a JSON object; say which member with field=")
        value: object = raw
    elif members is None:
        raise _unusable(what, "it is no JSON object, so it has no members; leave field out")
    else:
        value = members.get(field)
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogatepass")
    if not isinstance(value, bytes) or not value:
        raise _unusable(what, "it is empty" if field is None else f"member {field!r} is missing, empty, or no text")
    return value


def _members(raw: bytes) -> dict[str, Any] | None:
    try:
        loaded = json.loads(raw) if raw.lstrip()[:1] == b"{" else None
    except (ValueError, RecursionError):
        return None
    return loaded if isinstance(loaded, dict) else None


def _unusable(what: str, why: str) -> Unavailable:
    return Unavailable("secret_unusable", detail=f"{what}: {why}")
