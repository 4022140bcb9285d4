"""CloudFrontRotation: the Lambda function that rotates the secret between a distribution and its origin.

Secrets Manager calls it once for each of four steps. When a step fails, it runs all of them again, with the same token,
so each step may be repeated and none waits: where something has to take its time, it fails with `NotYet`.

What is valid when, if authorizers keep values for ``kept_seconds``:

====================  ====================  ======================  ==========================================
after                 the distribution      authorizers accept      because
====================  ====================  ======================  ==========================================
createSecret          sends old             old, some new too       new is AWSPENDING, seen once values are renewed
setSecret, waiting    sends old             old and new             it waits until all have renewed theirs
setSecret, done       edges send either     old and new             the change takes minutes to reach every edge
testSecret            sends new             old and new             the distribution says that it is deployed
finishSecret          sends new             new; old for a while    old is AWSPREVIOUS, which `secrets.manager` takes
                                                                    for ``previous_for`` after new was made
====================  ====================  ======================  ==========================================

So at no moment does an edge send what is not accepted yet, or not any more. Where a distribution takes longer than
``previous_for``, old ends with finishSecret, when no edge sends it any more.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..errors import BadEvent, ConfigError, Unavailable
from ..stores import aws
from ..stores.secrets import KEPT_SECONDS
from ..stores.secretsmanager import CURRENT, PENDING
from .cloudfront import LEAST, CloudFrontSecret
from .distribution import Distribution, NotYet, RotationRefused
from .rotated import Rotated, Version

__all__ = ["CloudFrontRotation", "NotYet", "RotationRefused"]

MARGIN = 10.0  # seconds by which the clocks of Secrets Manager and of all functions may differ
BYTES = 32  # of randomness in a new value
TIMEOUT = 5.0  # seconds for the origin to answer

Fetch = Callable[[str, Mapping[str, str]], int]
"""Sends a GET with these headers and returns the status, or raises where there is none."""


class CloudFrontRotation:
    """Rotate the secret header of a distribution. It is the Lambda handler itself.

    >>> handler = CloudFrontRotation(distribution="E123EXAMPLE", url="https://abc.execute-api.eu-west-1.amazonaws.com/health")

    The function's role needs ``secretsmanager:DescribeSecret``, ``GetSecretValue``, ``PutSecretValue`` and
    ``UpdateSecretVersionStage`` on the secret, and ``cloudfront:GetDistribution``, ``GetDistributionConfig`` and
    ``UpdateDistribution`` on the distribution.

    Args:
        distribution: the distribution's id; or several.
        url: an address of the origin itself that its authorizer guards: it is asked with the pending, the current and a
            wrong value, and must admit the first two and refuse the third.
        headers: what else goes with these requests, as a credential. Without one, a REST API whose authorizer also has
            the header Authorization as an identity source does not even ask it.
        admitted: tells by its status whether such a request got past the guard: by default 401, and all below 400.
        header: the secret header's name.
        origins: the ids of the origins that get it; none: those that have it already.
        field: the member of the secret that is meant, where that is a JSON object.
        kept_seconds: how long authorizers keep values: ``seconds`` of their `secrets.manager`.
        region, secretsmanager, cloudfront: for the low-level clients, or clients of one's own.
        fetch: asks the origin; by default through requests, without redirects.
        clock: the time in seconds since the epoch.
        new: makes a new value.

    Raises:
        ConfigError: names every fault.
    """

    def __init__(
        self,
        *,
        distribution: str | Collection[str],
        url: str,
        headers: Mapping[str, str] = {},
        admitted: Callable[[int], bool] = lambda status: status < 400 or status == 401,
        header: str = "x-origin-verify",
        origins: Collection[str] = (),
        field: str | None = None,
        kept_seconds: float = KEPT_SECONDS,
        region: str | None = None,
        secretsmanager: Any = None,
        cloudfront: Any = None,
        fetch: Fetch | None = None,
        clock: Callable[[], float] = time.time,
        new: Callable[[], str] = lambda: secrets.token_urlsafe(BYTES),
    ) -> None:
        ids = (distribution,) if isinstance(distribution, str) else tuple(distribution)
        faults = (
            [] if ids and all(isinstance(each, str) and each for each in ids) else ["distribution is an id, or several"]
        )
        if not _is_safe(url):
            faults.append("url is an https address of the origin, without a user in it")
        if isinstance(origins, str):
            faults.append("origins is a list of ids")
        if not isinstance(kept_seconds, (int, float)) or not 0 < kept_seconds <= 86_400:
            faults.append("kept_seconds is a number of seconds, above 0")
        if faults:
            raise ConfigError.of("CloudFrontRotation", faults)
        CloudFrontSecret(new(), header, least=LEAST)  # what it makes, and the header, have to be to the guard's liking
        client = aws.client("cloudfront", region=region, client=cloudfront)
        self._distributions = [Distribution(each, header=header, origins=origins, client=client) for each in ids]
        self._secrets = aws.client("secretsmanager", region=region, client=secretsmanager)
        self._url, self._headers, self._header = url, dict(headers), header
        self._admitted = admitted
        self._field = field
        self._kept_seconds = kept_seconds
        self._fetch = fetch or _requesting()
        self._clock = clock
        self._new = new

    def __call__(self, event: Mapping[str, Any], context: object = None) -> None:  # noqa: ARG002 - Lambda's
        """Do one step.

        Raises:
            NotYet: it has to wait for authorizers or edges.
            RotationRefused: the secret, the distribution or the origin is not as it must be.
            Unavailable: AWS or the origin cannot be asked.
            BadEvent: Secrets Manager sends no such event.
        """
        step, rotated = self._understood(event)
        if rotated.stages and CURRENT in rotated.stages:
            return  # a step that comes again after the last
        if PENDING not in rotated.stages:
            raise RotationRefused("rotation_not_staged", detail=f"the version to rotate to is not {PENDING}")
        step(rotated)

    def _understood(self, event: Mapping[str, Any]) -> tuple[Callable[[Rotated], None], Rotated]:
        steps = {
            "createSecret": self._create,
            "setSecret": self._set,
            "testSecret": self._test,
            "finishSecret": self._finish,
        }
        told = event if isinstance(event, Mapping) else {}
        name, secret, token = (told.get(key) for key in ("Step", "SecretId", "ClientRequestToken"))
        step = steps.get(name) if isinstance(name, str) else None
        if step is None or not isinstance(secret, str) or not isinstance(token, str):
            raise BadEvent(
                "no event of Secrets Manager: Step, SecretId and ClientRequestToken are not what they must be"
            )
        return step, Rotated(self._secrets, secret, token, field=self._field, rotation_token=told.get("RotationToken"))

    def _create(self, rotated: Rotated) -> None:
        """Make the pending value, unless an earlier run has."""
        if rotated.pending() is None:
            rotated.put(self._new())

    def _set(self, rotated: Rotated) -> None:
        """Have the distribution send the pending value, once every authorizer accepts it."""
        pending = self._demand_pending(rotated)
        since = max(pending.created, rotated.changed)
        left = since + self._kept_seconds + MARGIN - self._clock()
        if left > 0:
            raise NotYet(
                detail=f"authorizers may not know the pending value for another {left:.0f} s", retry_after=left
            )
        if not self._admits(pending.text):
            detail = "the origin refuses the pending value: is its secret this one, and AWSPENDING among its stages?"
            raise NotYet("rotation_not_accepted", detail=detail)
        for distribution in self._distributions:
            distribution.send(pending.text)

    def _test(self, rotated: Rotated) -> None:
        """See that every edge sends the pending value, and what the origin makes of that, of the current and of a wrong one."""
        pending = self._demand_pending(rotated)
        self._demand_sent(pending)
        for stage, text in ((PENDING, pending.text), (CURRENT, rotated.current().text)):
            if not self._admits(text):
                raise NotYet("rotation_not_accepted", detail=f"the origin refuses the value that is {stage}")
        if self._admits(self._new()):
            detail = "the origin admits a wrong value: does its authorizer guard this address, and see the header?"
            raise RotationRefused("rotation_not_guarded", detail=detail)

    def _finish(self, rotated: Rotated) -> None:
        """Make the pending version the current one: no edge sends the old value any more."""
        self._demand_sent(self._demand_pending(rotated))
        rotated.promote()

    def _demand_sent(self, pending: Version) -> None:
        for distribution in self._distributions:
            distribution.demand_sent(pending.text)

    def _demand_pending(self, rotated: Rotated) -> Version:
        pending = rotated.pending()
        if pending is None:
            raise NotYet(detail="there is no pending value yet; createSecret makes it")
        try:
            CloudFrontSecret(pending.text, self._header)
        except ConfigError as fault:
            raise RotationRefused("rotation_weak", detail=f"the value that is {PENDING}: {fault}") from None
        return pending

    def _admits(self, value: str) -> bool:
        try:
            status = self._fetch(self._url, {**self._headers, self._header: value})
        except Exception as error:  # noqa: BLE001 - whatever the transport raises, there was no answer
            detail = f"the origin could not be asked ({type(error).__name__})"
            raise Unavailable("rotation_origin_unavailable", detail=detail) from None
        if status >= 500 or status == 429:
            raise Unavailable("rotation_origin_unavailable", detail=f"the origin answered {status}")
        return self._admitted(status)

    def __repr__(self) -> str:
        return f"CloudFrontRotation({', '.join(map(str, self._distributions))}, header={self._header!r})"


def _is_safe(url: object) -> bool:
    """The secret goes there. What stands before an @ is a user, however much it looks like this machine."""
    try:
        parts = urlsplit(url) if isinstance(url, str) and url.isascii() and url.isprintable() else None
    except ValueError:
        return False
    if parts is None or "@" in parts.netloc or "\\" in parts.netloc or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "127.0.0.1")


def _requesting() -> Fetch:
    # Here and not above: a fifth of a second, which whoever hands in another transport shall not pay.
    import requests

    session = requests.Session()
    session.trust_env = False  # no credentials from a .netrc, and no proxy that would see the secret

    def fetch(url: str, headers: Mapping[str, str]) -> int:
        with session.get(url, headers=dict(headers), timeout=TIMEOUT, allow_redirects=False, stream=True) as reply:
            return reply.status_code

    return fetch
