"""DPoP: whoever sends a token shows to hold the key it is bound to, with a proof for this one request (RFC 9449)."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from ..errors import AuthkitError, BindingProblem, ConfigError, Unauthenticated, Unavailable
from ..keys.jwk import read_key
from ..keys.thumbprint import thumbprint
from ..stores.replay import MemoryReplay, ReplayStore
from ..tokens.algorithms import ALGORITHMS
from ..tokens.base64url import encode
from ..tokens.dpop import (
    demand_current,
    demand_hash,
    demand_jti,
    demand_request,
    invalid,
    method_of,
    public_base,
    same,
    urls_of,
)
from ..tokens.jws import Opener
from ..tokens.strictjson import parse_object

if TYPE_CHECKING:
    from ..gateway.request import Request

MOST_WINDOW = 300  # seconds
MOST_AHEAD = 60  # seconds

_SIGNATURES = (
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
    *("PS256", "PS384", "PS512", "RS256", "RS384", "RS512"),
)
_HEADER = "header.dpop"


class DPoP:
    """Prove that a token's sender holds its key: what ``proofs=`` of `JWTBearer` takes for ``cnf.jkt``.

    Every proof is for one request, so answers are not cacheable: the gateway's TTL must be 0.

    Args:
        replay: where used proofs are remembered. None: this process's memory, which does not see what another
            execution environment has taken; see `authkit.stores.replay`.
        algorithms: the ``alg`` values a proof may have, asymmetric ones only.
        window: for how many seconds from its ``iat`` a proof is good, at most 300.
        ahead: by how many seconds a client's clock may be ahead, at most 60.
        public_urls: the URLs under which callers reach the root of the stage, if they are not the gateway's own, as
            ``"https://api.example.com/v1"`` of a CloudFront distribution. A caller's URL is then one of them and the
            path of the method ARN, which is without stage and base path, and no other: the gateway's own domain no
            longer counts. A WebSocket API on a custom domain needs it, because its event tells no path.
        nonce: tells whether a proof's nonce is one that was handed out and is still good (section 9). An authorizer
            cannot hand one out; whatever does must put it into the ``DPoP-Nonce`` header of an answer.
        clock: gives the time in seconds since the epoch.

    Raises:
        ConfigError: names every fault.
    """

    member = "jkt"
    scheme = "dpop"
    reads: tuple[str, ...] = (_HEADER,)
    per_request = True

    def __init__(
        self,
        *,
        replay: ReplayStore | None = None,
        algorithms: Collection[str] = _SIGNATURES,
        window: float = 60,
        ahead: float = 10,
        public_urls: Collection[str] = (),
        nonce: Callable[[str], bool] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        bases, url_faults = _bases(public_urls)
        faults = [
            *_algorithm_faults(algorithms),
            *_seconds_faults("window", window, 1, MOST_WINDOW),
            *_seconds_faults("ahead", ahead, 0, MOST_AHEAD),
            *url_faults,
            *_slot_faults(replay, nonce, clock),
        ]
        if faults:
            raise ConfigError.of("DPoP", faults)
        self._replay = MemoryReplay(clock=clock) if replay is None else replay
        self._opener = Opener(algorithms=algorithms, types={"dpop+jwt"}, permitted={"jwk"})
        self._window = window
        self._ahead = ahead
        self._bases = bases
        self._nonce = nonce
        self._clock = clock

    def __call__(self, request: Request, token: str, confirmation: str) -> None:
        """Demand a proof for this request and token, by the key of this thumbprint (RFC 9449 section 4.3).

        Args:
            request: the request that carries the proof.
            token: the access token it came with, without its scheme.
            confirmation: the token's ``cnf.jkt``.

        Raises:
            BindingProblem: ``proof_missing``, ``proof_invalid``, ``use_dpop_nonce`` or ``proof_replayed``.
            Unavailable: whether the proof was used before, or its nonce is good, cannot be told now.
        """
        claims = self._signed_claims(_one_proof(request), confirmation)
        demand_request(claims, method_of(request), urls_of(request, self._bases))
        demand_hash(claims, token)
        issued = self._demand_current(claims)
        jti = demand_jti(claims)
        if self._nonce is not None:
            _demand_nonce(claims, self._nonce)
        # Last of all: else whoever saw a proof could use it up with a request that is refused anyway.
        self._demand_unused(confirmation, jti, until=issued + self._window + self._ahead)
        # A store may take its time, and what has ended by then it may have forgotten.
        self._demand_current(claims)

    def _signed_claims(self, proof: str, confirmation: str) -> Mapping[str, Any]:
        """Return what a proof says that the confirmed key has signed."""
        try:
            envelope = self._opener.open(proof)
            jwk = envelope.header.members.get("jwk")
            if not same(thumbprint(jwk), confirmation):
                raise invalid("jwk", "another key than the one the token is bound to")
            read_key(jwk).verify(envelope.header.alg, envelope.signature, envelope.signed)
            return parse_object(envelope.payload)
        except BindingProblem:
            raise
        except Unauthenticated as fault:
            raise invalid(fault.claim or _HEADER, f"{fault.code}: {fault.detail}") from None

    def _demand_current(self, claims: Mapping[str, Any]) -> float:
        return demand_current(claims, self._clock(), window=self._window, ahead=self._ahead)

    def _demand_unused(self, holder: str, jti: str, *, until: float) -> None:
        """Use a proof up. It is remembered for as long as it is good, and as much longer as clocks may differ."""
        mark = encode(sha256(f"{holder}.{jti}".encode()).digest())
        try:
            new = self._replay.consume(holder, mark, until=until)
        except AuthkitError:
            raise
        except Exception as error:  # noqa: BLE001 - of a foreign store; whatever it is, the proof may have been used
            raise Unavailable("replay_store_unavailable", detail=f"{type(error).__name__} in replay") from None
        if new is False:
            raise BindingProblem("proof_replayed", claim="jti", detail="the proof was used before")
        if new is not True:
            raise Unavailable("replay_store_unavailable", detail="replay answered neither true nor false")

    def __repr__(self) -> str:
        return f"DPoP(window={self._window:g}, ahead={self._ahead:g}, public_urls={self._bases!r})"


def _one_proof(request: Request) -> str:
    """RFC 9449 section 4.3, 1: not more than one DPoP header. A TOKEN event has only the one that holds the token."""
    values = () if request.token is not None else request.header("dpop")
    if len(values) > 1:
        raise invalid(_HEADER, f"{len(values)} proofs where one is due")
    if not values or not values[0]:
        raise BindingProblem("proof_missing", claim=_HEADER, detail="the token is bound to a key, and no proof came")
    return values[0]


def _demand_nonce(claims: Mapping[str, Any], good: Callable[[str], bool]) -> None:
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not nonce:
        raise BindingProblem("use_dpop_nonce", claim="nonce", detail="the proof has none")
    try:
        answer = good(nonce)
    except AuthkitError:
        raise
    except Exception as error:  # noqa: BLE001 - of a foreign callable; its message could hold the nonce
        raise Unavailable("nonce_unavailable", detail=f"{type(error).__name__} in nonce") from None
    if answer is not True:
        raise BindingProblem("use_dpop_nonce", claim="nonce", detail="not one that is good now")


def _bases(given: object) -> tuple[tuple[str, ...], list[str]]:
    if not isinstance(given, Collection) or isinstance(given, (str, bytes)):
        return (), ["public_urls must be a list of URLs"]
    bases, faults = [], []
    for index, each in enumerate(given):
        try:
            bases.append(public_base(each))
        except ValueError as fault:
            faults.append(f"public_urls[{index}]: {fault}")  # not the URL itself: it may hold a password
    return tuple(dict.fromkeys(bases)), faults


def _slot_faults(replay: object, nonce: object, clock: object) -> list[str]:
    """Say which of these do not do what they are for. A class does not: it makes what does."""
    faults = []
    if replay is not None and not callable(getattr(replay, "consume", None)):
        faults.append("replay has no consume()")
    elif isinstance(replay, type):
        faults.append(f"replay is the class {replay.__name__}, not a store that was made with it")
    for name, given in (("nonce", nonce), ("clock", clock)):
        if (name == "clock" or given is not None) and (not callable(given) or isinstance(given, type)):
            faults.append(f"{name} cannot be called, or is a class")
    return faults


def _algorithm_faults(given: object) -> list[str]:
    if not isinstance(given, Collection) or isinstance(given, (str, bytes)) or not given:
        return ["algorithms must be a list that is not empty, as ['ES256']"]
    asymmetric = [name for name, each in ALGORITHMS.items() if each.kty != "oct"]
    unknown = [each for each in given if each not in asymmetric]
    return [f"algorithms {unknown}: only asymmetric ones are taken: {', '.join(asymmetric)}"] if unknown else []


def _seconds_faults(name: str, value: object, least: int, most: int) -> list[str]:
    # Not a number is neither at least nor at most anything, and so is refused.
    if type(value) not in (int, float) or not least <= value <= most:  # type: ignore[operator]
        return [f"{name} must be {least} to {most} seconds"]
    return []
