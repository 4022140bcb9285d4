"""SigV4: partners who sign their requests with keys that we gave them (sigv4.md 3e)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import (
    AuthkitError,
    BadEvent,
    ConfigError,
    Forbidden,
    NoCredential,
    Unauthenticated,
    Unavailable,
)
from ..principal import Principal
from ..sigv4.keys import Keys
from ..sigv4.presented import is_presented
from ..sigv4.verification import Verified, verify
from ..stores.signing_keys import Partner, lookup_of
from .client import Client
from .sigv4_payload import PAYLOAD, declared_payload, payload_matches
from .sigv4_settings import base_of, partners_of, policy_of
from .sigv4_wire import EscapedPaths, Sent, headers_of, parameter_names, sent_by

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..gateway.request import Request
    from ..stores.replay import ReplayStore
    from ..stores.signing_keys import PartnerStore
    from .sigv4_settings import Rules

__all__ = ["PAYLOAD", "SigV4", "declared_payload", "payload_matches"]

ACCESS_KEY_ID = "access_key_id"
"""The claim by which a principal tells with which of its keys it signed."""

_READS = {"header": "header.authorization", "query": "querystring.X-Amz-Signature"}
_MAY_BE_ROTATED = frozenset({"key_not_found", "signature_mismatch"})


class SigV4:
    """Authenticate a request by its signature, in its headers or in its query, made with a key that we gave out.

    Keys that AWS gave out cannot be verified by anybody but AWS: use the gateway's own IAM authorization for those.

    >>> SigV4(partners=secrets_manager_partners("orders/partners"), regions=["eu-west-1"], services=["acme-orders"])

    A signature vouches for one request, so answers are not cacheable: the gateway's TTL must be 0. An authorizer sees no
    body: what was signed for it is the claim ``payload_sha256``, `declared_payload` hands it on, and the handler asks
    `payload_matches`. Whoever signs a body declares its hash in ``x-amz-content-sha256``. Where nobody compares, as behind
    an integration that is no function, take ``payloads=["empty"]``, and methods without a body.

    It is for REST, HTTP and WebSocket APIs. What of a request their events do not tell is not guessed: behind an HTTP API
    a path with escapes is refused, and with payload 1.0 a query whose repeated parameters are hidden.

    Args:
        partners: a `PartnerStore`, or partners by themselves.
        regions, services: where signatures must be made for: names of our own, as ``"acme-orders"``.
        replay: where signatures are remembered, so that each is good once. Two that are the same within a second are one.
        public_url: the URL under which callers reach the root of the stage, if it is not the gateway's own, as
            ``"https://api.example.com/v1"`` of a CloudFront distribution.
        escaped_paths: of a path whose escapes are lost, ``"refuse"`` it; or ``"reencode"`` it as most clients would, and
            accept that a path was meant that reads the same when it is decoded.
        clock: gives the time in seconds since the epoch.
        keys: what was derived from secrets before; by default a bounded memory of its own.
        rules: more of what `authkit.sigv4.Policy` takes. ``payloads`` are ``"declared"`` and ``"empty"`` by default.

    Raises:
        ConfigError: names every fault.
    """

    per_request = True

    def __init__(
        self,
        *,
        partners: PartnerStore | Partner | Sequence[Partner],
        regions: Sequence[str],
        services: Sequence[str],
        replay: ReplayStore | None = None,
        public_url: str | None = None,
        escaped_paths: EscapedPaths = "refuse",
        clock: Callable[[], float] = time.time,
        keys: Keys | None = None,
        **rules: Unpack[Rules],
    ) -> None:
        faults: list[str] = []
        policy = policy_of(faults, regions, services, rules)
        self._base = base_of(faults, public_url)
        self._partners = partners_of(faults, partners)
        if escaped_paths not in ("refuse", "reencode"):
            faults.append("escaped_paths must be refuse or reencode")
        if replay is not None and (isinstance(replay, type) or not callable(getattr(replay, "consume", None))):
            faults.append("replay has no consume()")
        if not callable(clock) or isinstance(clock, type):
            faults.append("clock cannot be called, or is a class")
        if policy is None or faults:
            raise ConfigError.of("SigV4", faults)
        self._policy = policy
        self._replay = None if replay is None else _Answering(replay)
        self._escaped: EscapedPaths = escaped_paths
        self._clock = clock
        self._keys = Keys.of() if keys is None else keys
        self.reads: tuple[str, ...] = tuple(_READS[each] for each in sorted(policy.mechanisms))

    def __call__(self, request: Request) -> Principal:
        """Return the principal of a request.

        Raises:
            NoCredential: it has no signature of this kind.
            Unauthenticated: with a code of `authkit.sigv4`; or ``wire_form_lost``, ``revoked``, ``not_yet_valid`` or
                ``expired``.
            Forbidden: its client may not call from this address.
            Unavailable: nobody can tell.
            BadEvent: an event of this kind does not tell enough of any request.
        """
        self._demand_kind(request)
        headers = headers_of(request)
        if not is_presented(f"/?{parameter_names(request)}", headers):
            raise NoCredential(claim=", ".join(self.reads), detail="there is no AWS4 signature")
        sent = sent_by(request, headers, self._base, self._escaped)
        verified, partner = self._proven(sent)
        _demand_no_body(sent, verified)
        self._demand_in_time(partner.client)
        if partner.client.networks:
            _demand_near(partner.client, request)
        return _principal(partner.client, verified)

    def prefetch(self) -> bool:
        """Have the keys ready before the first request, if they are fetched, and tell whether they are."""
        fetching = getattr(self._partners, "prefetch", None)
        return bool(fetching()) if callable(fetching) else True

    def _demand_kind(self, request: Request) -> None:
        if request.kind == "rest-token":
            raise BadEvent(
                "a TOKEN event tells neither path nor headers of the request; attach the function as REQUEST"
            )
        if request.kind == "appsync":
            raise BadEvent("an AppSync event has no body, and every request there is its body; use IAM authorization")

    def _proven(self, sent: Sent) -> tuple[Verified, Partner]:
        """Verify; and once more where no key fits and the store, asked anew, knows others."""
        try:
            return self._verified(sent)
        except Unauthenticated as refusal:
            if refusal.code not in _MAY_BE_ROTATED or not _asked(self._partners.renewed):
                raise
        return self._verified(sent)

    def _verified(self, sent: Sent) -> tuple[Verified, Partner]:
        met: list[Partner] = []
        lookup = lookup_of(self._partners, met.append, self._clock)
        verified = verify(
            method=sent.method,
            url=sent.url,
            headers=sent.headers,
            host=sent.host,
            policy=self._policy,
            lookup=lambda access_key_id, scope: _asked(lambda: lookup(access_key_id, scope)),
            replay=self._replay,
            clock=self._clock,
            keys=self._keys,
        )
        return verified, met[0]

    def _demand_in_time(self, client: Client) -> None:
        code = ""
        now = self._clock()
        if client.disabled:
            code = "revoked"
        elif client.not_before is not None and now < client.not_before:
            code = "not_yet_valid"
        elif client.not_after is not None and now >= client.not_after:
            code = "expired"
        if code:
            raise Unauthenticated(code, claim="Credential", detail="the access key's client")

    def __repr__(self) -> str:
        return f"SigV4(partners={self._partners!r}, policy={self._policy!r})"


class _Answering:
    """A replay store whose failures and odd answers are outages: a signature may have been used."""

    __slots__ = ("_store",)

    def __init__(self, store: ReplayStore) -> None:
        self._store = store

    def consume(self, holder: str, mark: str, *, until: float) -> bool:
        try:
            new = self._store.consume(holder, mark, until=until)
        except AuthkitError:
            raise
        except Exception as error:  # noqa: BLE001 - of a foreign store
            raise Unavailable("replay_store_unavailable", detail=f"{type(error).__name__} in replay") from None
        if type(new) is not bool:
            raise Unavailable("replay_store_unavailable", detail="replay answered neither true nor false")
        return new


def _asked(ask: Callable[[], Any]) -> Any:
    """Ask the store; whatever else it raises is an outage, and its words could hold a secret."""
    try:
        return ask()
    except AuthkitError:
        raise
    except Exception as error:  # noqa: BLE001 - of a foreign store
        raise Unavailable("signing_keys_unavailable", detail=f"{type(error).__name__} in partners") from None


def _principal(client: Client, verified: Verified) -> Principal:
    claims = {**client.context, ACCESS_KEY_ID: verified.access_key_id}
    claims.pop(PAYLOAD, None)  # of the context, it would say what nobody signed
    if verified.payload != "unsigned":
        claims[PAYLOAD] = verified.payload_hash
    ends = [verified.ends_at] if client.not_after is None else [verified.ends_at, client.not_after]
    return Principal(
        client.id, scopes=client.scopes, claims=claims, usage_key=client.usage_key, expires_at=float(min(ends))
    )


def _demand_no_body(sent: Sent, verified: Verified) -> None:
    """Refuse a body where an empty one was signed, as far as the headers tell; the handler's comparison tells for sure."""
    if verified.payload != "empty":
        return
    for name, value in sent.headers:
        lower = name.lower()
        if (lower == "content-length" and value.strip() not in ("", "0")) or lower == "transfer-encoding":
            detail = "a body whose hash was not declared in x-amz-content-sha256"
            raise Unauthenticated("payload_unavailable", claim="X-Amz-Content-Sha256", detail=detail)


def _demand_near(client: Client, request: Request) -> None:
    from ..guards.networks import Ranges, address_of, packer  # most clients have no networks

    address = packer()(address_of(request))
    if not address or not Ranges(client.networks).hold(address):
        raise Forbidden("source_network", claim="context.identity.sourceIp", detail="not from this address")
