"""Verify: whose request it is. In AWS's order of faults, but the key is looked up after all that needs none."""

import time
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from ..errors import NoCredential, Unauthenticated, Unavailable
from .draft import Scope
from .errors import CannotSign
from .headers import Headers
from .judgement import (
    Body,
    Window,
    body_of,
    demand_current,
    demand_headers,
    demand_kind,
    demand_path,
    demand_scope,
    scope_of_claim,
    window_of,
)
from .keys import SHARED, Keys
from .path import normal
from .policy import Policy
from .presented import Claim, claim_of, is_presented
from .proof import Claimed, Key, Lookup
from .unverified import texts_of
from .wire import Wire, take_apart

if TYPE_CHECKING:
    from ..stores.replay import ReplayStore


class Verified(NamedTuple):
    """A request whose signature is good. A repr shows no key.

    What SigV4 leaves out, no signature vouches for: the order of parameters, also of those of one name; how many blanks
    stand together in a header, and whether its values came in one line or in several.

    Args:
        access_key_id: whose it is.
        scope: where the signature holds: algorithm, day, region (a region set, of `V4A`) and service.
        mechanism: ``"header"``, or ``"query"`` of a presigned URL.
        signed_at: the signature's date, in seconds since the epoch.
        ends_at: until when it is accepted, in seconds since the epoch.
        signed_headers: what it vouches for, in small letters and sorted. Other headers anybody may have added.
        method: as sent.
        path: the normal one, with its escapes: what to decide on, where `Policy.normal_paths` is off.
        payload: what is known of the body, a word of `Policy.payloads`.
        payload_hash: what was signed for the body; of one ``"declared"`` or ``"empty"``, what is still to be compared.
        key: the one that made the signature, of those the look-up returned.
    """

    access_key_id: str
    scope: Scope
    mechanism: str
    signed_at: int
    ends_at: float
    signed_headers: tuple[str, ...]
    method: str
    path: str
    payload: str
    payload_hash: str
    key: Key

    def __repr__(self) -> str:
        return f"Verified({self.access_key_id!r}, {str(self.scope)!r}, {self.method} {self.path!r}, {self.payload})"


def verify(
    *,
    method: str,
    url: str,
    headers: Headers,
    policy: Policy,
    lookup: Lookup,
    body: bytes | None = None,
    host: str | None = None,
    replay: "ReplayStore | None" = None,
    clock: Callable[[], float] = time.time,
    keys: Keys = SHARED,
) -> Verified:
    """Verify a request's signature, in its headers or its query (IAM user guide, "Create a signed AWS API request").

    Args:
        method: as it was sent.
        url: as it was sent: path and query; or absolute, and then of the same host as the headers tell.
        headers: as they were sent, all of them.
        policy: what the signature has to be like.
        lookup: see `Lookup`; it is asked last, and should take as long for an id that it does not know.
        body: as it was sent. None: it is not here, which is no empty one.
        host: which one the client used, where a proxy put another in its place.
        replay: where signatures are remembered, so that each is good once.
        clock: gives the time in seconds since the epoch.
        keys: what was derived from secrets before.

    Raises:
        Unauthenticated: with a code of `authkit.sigv4`; `NoCredential` where there is no signature of this kind, and
            `BadSignature` where it is another's.
        Unavailable: the look-up or the replay store cannot tell.
        ConfigError: the look-up returned what is no key of this access key id.
    """
    headers = _kept(headers)
    if not is_presented(url, headers):
        raise NoCredential(claim="authorization", detail="neither an AWS4 signature in a header nor one in the query")
    try:
        shown, text = _judged(take_apart(method, url, headers, host), body, policy, clock)
    except CannotSign as fault:
        raise Unauthenticated(fault.code, claim=fault.claim, detail=fault.detail) from None
    claim = shown.claim
    key = Claimed(shown.access_key_id, shown.scope, claim.signature, claim.token, text, keys).prove(lookup)
    if replay is not None:
        _demand_unused(replay, shown, text, clock)
    return shown.verified(key, policy)


def _kept(headers: Headers) -> Headers:
    """Return headers that can be gone through more than once. An event may have null in their place."""
    if hasattr(headers, "items"):
        return headers
    try:
        return list(headers)
    except TypeError:
        raise Unauthenticated("header_malformed", claim="headers", detail="not pairs of two texts") from None


class _Shown(NamedTuple):
    """A request whose claim is as the policy asks for; whether it is true is not known yet."""

    wire: Wire
    claim: Claim
    window: Window
    access_key_id: str
    scope: Scope
    body: Body

    def verified(self, key: Key, policy: Policy) -> Verified:
        wire, claim, window, key_id, scope, body = self
        path = wire.target.path
        return Verified(
            key_id,
            scope,
            claim.mechanism,
            window.signed_at,
            window.ends,
            claim.signed_headers,
            wire.method,
            normal(path) if policy.rules.normalize else path,
            body.status,
            body.payload_hash,
            key,
        )


def _judged(wire: Wire, body: bytes | None, policy: Policy, clock: Callable[[], float]) -> tuple[_Shown, str]:
    """Return what a request claims, where that is as the policy asks for, and the string to sign."""
    demand_path(wire, policy)
    claim = claim_of(wire)
    demand_kind(claim, policy)
    demand_headers(wire, claim, policy)
    window = window_of(claim, policy)
    demand_current(window, clock())
    key_id, scope = scope_of_claim(claim)
    demand_scope(scope, policy)
    known = body_of(wire, claim, scope.service, body, policy)
    shown = _Shown(wire, claim, window, key_id, scope, known)
    return shown, texts_of(wire, claim, scope, known.payload_hash, policy.rules, policy.token)[1]


def _demand_unused(replay: "ReplayStore", shown: _Shown, text: str, clock: Callable[[], float]) -> None:
    # By what was signed, not by the signature: of an ECDSA signature anybody can make a second one that is as good.
    mark = sha256(f"{shown.access_key_id}\n{text}".encode()).hexdigest()
    new = replay.consume(shown.access_key_id, mark, until=shown.window.ends)
    if type(new) is not bool:  # a coroutine, or a client's own answer: all of them would pass for true
        raise Unavailable("replay_store_unavailable", detail="the replay store answered neither true nor false")
    if not new:
        raise Unauthenticated("signature_replayed", claim="Signature", detail="it was used before")
    try:
        demand_current(shown.window, clock())  # a store may take its time, and have forgotten what ended meanwhile
    except CannotSign as fault:
        raise Unauthenticated(fault.code, claim=fault.claim, detail=fault.detail) from None
