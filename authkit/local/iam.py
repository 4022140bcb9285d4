"""IAM: routes with IAM authorization, verified for real, with AWS's own answers (sigv4.md 3a).

What an API with IAM authorization answers was put together from public reports of its answers. A REST API tells what
is wrong, with the canonical string where a signature is another than it should be; an HTTP API says ``Forbidden``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ..errors import ConfigError, NoCredential, Unauthenticated
from ..sigv4.canonical import V4, V4A
from ..sigv4.credentials import Credentials
from ..sigv4.draft import Scope
from ..sigv4.errors import CannotSign
from ..sigv4.keys import Keys
from ..sigv4.policy import Policy
from ..sigv4.unverified import Unverified, read_unverified
from ..sigv4.verification import Verified, verify
from . import iam_words as words
from .message import HttpRequest

SERVICE = "execute-api"
SKEW = 300
_SHAPES = frozenset(
    {
        *(
            "algorithm_unsupported",
            "authorization_malformed",
            "field_missing",
            "signed_headers_malformed",
            "signature_malformed",
        ),
        *("date_missing", "date_malformed", "header_missing", "header_unsigned", "scope_malformed"),
        *("expires_malformed", "expires_too_long", "parameter_repeated", "mechanism_ambiguous", "header_repeated"),
    }
)


class Identity(NamedTuple):
    """An IAM user or role session, and its key. A repr shows no secret.

    Args:
        credentials: what it signs with.
        arn: its ARN.
        user_id: its unique id.
    """

    credentials: Credentials
    arn: str
    user_id: str = "AIDALOCALEXAMPLE00000"

    @property
    def account(self) -> str:
        """The account it is of."""
        return self.arn.split(":")[4]

    def __repr__(self) -> str:
        return f"Identity({self.credentials.access_key_id!r}, arn={self.arn!r})"


class IamRefusal(Exception):
    """A request that IAM authorization refuses.

    Args:
        error: the value of ``x-amzn-ErrorType``.
        message: what the caller is told.
        why: a few words for the trace, without anything of the request.
    """

    def __init__(self, error: str, message: str, why: str) -> None:
        super().__init__(why)
        self.error = error
        self.message = message
        self.why = why

    @property
    def missing(self) -> bool:
        """Whether there is no signature at all."""
        return self.error == "MissingAuthenticationTokenException"


class Iam:
    """Who may call, and for where they have to sign.

    Args:
        identities: who they are, each with an access key id of its own.
        region: the API's.
        clock: gives the time in seconds since the epoch.

    Raises:
        ConfigError: names every fault.
    """

    def __init__(self, identities: Iterable[Identity], *, region: str, clock: Callable[[], float] = time.time) -> None:
        listed = list(identities)
        faults = [] if listed else ["give one identity at least"]
        faults += [fault for each in listed for fault in _identity_faults(each)]
        if not faults and len({each.credentials.access_key_id for each in listed}) < len(listed):
            faults.append("an access key id is given twice")
        if faults:
            raise ConfigError.of("Iam", dict.fromkeys(faults))
        self._known = {each.credentials.access_key_id: each for each in listed}
        self._region = region
        self._clock = clock
        self._keys = Keys.of()
        self._policy = Policy(
            regions=[region],
            services=[SERVICE],
            algorithms=[V4, V4A],
            mechanisms=["header", "query"],
            payloads=["checked", "unsigned"],
            skew=SKEW,
            normal_paths=False,  # as AWS takes them
        )

    def caller(self, request: HttpRequest) -> Identity:
        """Return who signed a request, as it came over the wire.

        Raises:
            IamRefusal: nobody who is known did, or not so.
        """
        now = self._clock()
        try:
            return self._known[self._verified(request, now).access_key_id]
        except NoCredential as absence:
            if request.header("authorization"):
                message = words.incomplete(request, absence)
                raise IamRefusal("IncompleteSignatureException", message, "another Authorization") from None
            raise IamRefusal(
                "MissingAuthenticationTokenException", "Missing Authentication Token", "no signature in it"
            ) from None
        except Unauthenticated as refusal:
            raise self._refused(request, refusal, now) from None

    def _verified(self, request: HttpRequest, now: float) -> Verified:
        return verify(
            method=request.method,
            url=_url(request),
            headers=request.headers,
            body=request.body,
            policy=self._policy,
            lookup=self._secret_of,
            clock=lambda: now,
            keys=self._keys,
        )

    def _secret_of(self, access_key_id: str, _scope: Scope) -> Credentials | None:
        found = self._known.get(access_key_id)
        return found.credentials if found else None

    def _refused(self, request: HttpRequest, refusal: Unauthenticated, now: float) -> IamRefusal:
        why = f"{refusal.code} ({refusal.claim})"
        if refusal.code in ("key_not_found", "token_mismatch"):
            return _unknown(why)
        shown = _shown(request)
        if shown is None and refusal.code in ("scope_mismatch", "signature_expired", "signature_not_yet_valid"):
            return IamRefusal("InvalidSignatureException", words.of_day(request), why)
        if shown is None or refusal.code in _SHAPES:
            return IamRefusal("IncompleteSignatureException", words.incomplete(request, refusal), why)
        return IamRefusal("InvalidSignatureException", self._said(shown, refusal, now), why)

    def _said(self, shown: Unverified, refusal: Unauthenticated, now: float) -> str:
        if refusal.code == "scope_mismatch":
            return words.of_scope(shown, self._region, SERVICE)
        if refusal.code in ("signature_expired", "signature_not_yet_valid"):
            return words.of_time(shown, now, SKEW, late=refusal.code == "signature_expired")
        return words.of_mismatch(shown)

    def __repr__(self) -> str:
        return f"Iam({len(self._known)} identities, region={self._region!r})"


def identity_of(
    access_key_id: str, secret_access_key: str = "", session_token: str | None = None, arn: str = ""
) -> Identity:
    """Return an identity; without an ARN it is a user of the account for documentation."""
    credentials = Credentials(
        access_key_id=access_key_id, secret_access_key=secret_access_key, session_token=session_token
    )
    return Identity(credentials, arn or f"arn:aws:iam::111122223333:user/{access_key_id}")


def _url(request: HttpRequest) -> str:
    return f"{request.path}?{request.query}" if request.query else request.path


def _shown(request: HttpRequest) -> Unverified | None:
    try:
        return read_unverified(method=request.method, url=_url(request), headers=request.headers, body=request.body)
    except CannotSign:
        return None


def _unknown(why: str) -> IamRefusal:
    message = "The security token included in the request is invalid."
    return IamRefusal("UnrecognizedClientException", message, why)


def _identity_faults(given: object) -> list[str]:
    if not isinstance(given, Identity) or not isinstance(given.credentials, Credentials):
        return ["an identity has Credentials and an ARN"]
    fits = isinstance(given.arn, str) and given.arn.startswith("arn:") and given.arn.count(":") >= 5
    return [] if fits else ["an identity's ARN has six parts at least"]
