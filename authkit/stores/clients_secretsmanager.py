"""SecretsManagerClients: a client store as one JSON document in Secrets Manager."""

import os
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from ..errors import ConfigError, Unavailable
from ..keys.clocks import Clocks, Moment
from ..keys.flight import Flight
from . import aws
from .clients import KIND, Damaged, Issued
from .clients_document import ClientDocument

LARGEST = 65_536  # bytes of a secret ("AWS Secrets Manager quotas"): some 150 keys
LONGEST_KEPT = 3600.0
_CURRENT, _NEXT = "AWSCURRENT", "AUTHKITNEXT"
_LOST = frozenset({"InvalidParameterException", "InvalidRequestException"})


class _Fetched(NamedTuple):
    document: ClientDocument
    version: str
    since: Moment


class SecretsManagerClients:
    """Keys in the JSON of one secret, which whoever makes it begins with ``{}``.

    A function needs ``secretsmanager:GetSecretValue``; whoever runs ``authkit keys`` needs ``PutSecretValue`` and
    ``UpdateSecretVersionStage`` besides. A change becomes AWSCURRENT only if nothing else has become it meanwhile.

    Args:
        secret_id: the secret's name or ARN.
        seconds: how long the document may be kept before it is fetched again. What `APIKey` keeps comes on top.
        client: a low-level client of Secrets Manager; None: one is made, with short time-outs.
        region, endpoint: as boto3 takes them, if none is handed in.
        patience: seconds to wait for another's fetch; longer than the client's time-outs.
        clock, monotonic: the time in seconds since the epoch, and a clock that nobody can set.

    Raises:
        ConfigError: names every fault.
    """

    def __init__(
        self,
        secret_id: str,
        *,
        seconds: float = 30.0,
        client: Any = None,
        region: str | None = None,
        endpoint: str | None = None,
        patience: float = 10.0,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        faults = [] if isinstance(secret_id, str) and secret_id else ["secret_id must be a name or an ARN"]
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds <= LONGEST_KEPT:
            faults.append(f"seconds must be 0 to {LONGEST_KEPT:g}")
        if faults:
            raise ConfigError.of("SecretsManagerClients", faults)
        self._secret_id = secret_id
        self.seconds = seconds
        self._patience = patience
        self._clocks = Clocks(monotonic, clock)
        self._client = aws.client("secretsmanager", client=client, region=region, endpoint=endpoint)
        self._flight = Flight()
        self._fetched: _Fetched | None = None

    def find(self, digest: str) -> Issued | None:
        """Return the key of this digest, if there is one.

        Raises:
            Unavailable: the document cannot be had, or is none.
        """
        known = self._kept()
        if known is None:
            with self._flight.entered(self._patience) as inside:
                if not inside:
                    raise Unavailable(f"{KIND}_timeout", detail=f"{self._what()}: somebody else's fetch takes too long")
                known = self._kept() or self._fetch()
        return known.document.find(digest)

    def listed(self, damaged: Damaged | None = None) -> list[Issued]:
        """Return all keys; see `ClientStore.listed`.

        Raises:
            Unavailable: the document cannot be had, or is none.
        """
        return self._fetch().document.listed(damaged)

    def replace(self, old: Issued | None, new: Issued | None) -> bool:
        """Put one key in the place of another; see `ClientStore.replace`.

        Raises:
            Unavailable: it may have been done, or not; or ``api_keys_full``.
        """
        known = self._fetch()
        document = known.document.replaced(old, new)
        if document is None:
            return False
        raw = document.raw()
        if len(raw) > LARGEST:
            detail = f"{self._what()}: a secret has {LARGEST} bytes at most; remove keys that have ended, or move"
            raise Unavailable(f"{KIND}_full", detail=detail)
        self._fetched = None
        version = os.urandom(16).hex()  # of 32 to 64 characters
        try:
            self._client.put_secret_value(
                SecretId=self._secret_id,
                ClientRequestToken=version,
                SecretString=raw.decode(),
                VersionStages=[_NEXT],
            )
            # Refused unless AWSCURRENT is still at the version that the change began with.
            self._client.update_secret_version_stage(
                SecretId=self._secret_id,
                VersionStage=_CURRENT,
                MoveToVersionId=version,
                RemoveFromVersionId=known.version,
            )
        except Exception as error:  # noqa: BLE001 - whatever the client raises when it is down
            if aws.error_code(error) in _LOST:
                return False
            raise aws.outage(error, self._what(), kind=KIND) from None
        return True

    def _kept(self) -> _Fetched | None:
        known = self._fetched
        return known if known is not None and known.since.within(self.seconds, self._clocks.now()) else None

    def _fetch(self) -> _Fetched:
        now = self._clocks.now()  # before the answer: it may be that old when it comes
        try:
            answer = self._client.get_secret_value(SecretId=self._secret_id, VersionStage=_CURRENT)
            raw, version = answer.get("SecretString"), str(answer["VersionId"])
        except Exception as error:  # noqa: BLE001 - whatever the client raises when it is down
            raise aws.outage(error, self._what(), kind=KIND) from None
        if not isinstance(raw, str):
            raise Unavailable(f"{KIND}_invalid", detail=f"{self._what()}: its value is no text")
        document = ClientDocument.parse(raw.encode("utf-8", "surrogatepass"), self._what())
        self._fetched = _Fetched(document, version, now)
        return self._fetched

    def _what(self) -> str:
        return f"secret {self._secret_id}"

    def __repr__(self) -> str:
        return f"SecretsManagerClients({self._secret_id!r}, seconds={self.seconds:g})"
