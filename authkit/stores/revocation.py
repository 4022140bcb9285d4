"""Revocation: tokens that were taken back before their end, one by one or all that a subject was given until a moment.

>>> taken_back = Revocations(DynamoDBRevocations("revocations"))
>>> JWTBearer(issuer=issuer, audience=audience, revoked=taken_back)
>>> taken_back.revoke(issuer=issuer, sub="alice")
"""

import json
import random
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Protocol

from ..errors import ConfigError, InvalidClaims, Unavailable
from ..keys.clocks import Clocks
from ..keys.flight import Flight
from ..keys.pauses import Pauses
from ..keys.timing import Timing
from ..tokens.lock import Lock
from .revocation_answers import FOREVER, Answer, RevocationAnswers, is_number
from .revocation_memory import MemoryRevocations

KEEP = 30 * 24 * 3600.0  # seconds: longer than access tokens live
MARGIN = 300.0  # seconds for which a token may be taken beyond its end: what leeway may be at most
LONGEST_PAUSE = 5.0  # seconds between attempts at a store that fails
PATIENCE = 5.0  # seconds to wait for the same question under way
FLIGHTS = 16


class RevocationStore(Protocol):
    """Remembers names until they end, each with a moment."""

    def find(self, names: tuple[str, ...]) -> Mapping[str, float]:
        """Return the moments of those names that it has.

        Raises:
            Unavailable: it cannot tell of one of them.
        """
        ...

    def add(self, name: str, before: float, until: float) -> None:
        """Remember a name. Of what it is told at various times the latest moment and the latest end count.

        Raises:
            Unavailable: it is not certain to be remembered.
        """
        ...


class Revocations:
    """Tell whether a token was taken back: a callable for ``revoked=`` of `JWTBearer` and `Introspection`.

    Tokens are known by ``iss`` with ``jti``, and with ``sub`` and ``iat``, as hashes: the store holds no personal data.
    What nobody could take back is not taken: a token with neither ``jti`` nor ``sub`` is refused, and one whose life,
    from ``iat`` to ``exp``, is longer than ``keep`` is an outage, for its revocation might be forgotten first. For
    client certificates, which live for years, say a ``keep`` as long.

    Args:
        store: where it is remembered; None: in this process's memory, which no other environment sees.
        seconds: how long an answer of the store is good: a revocation is felt after so long at the latest. 0: each use
            of a token asks.
        listed_seconds: how long a yes is good; at least ``seconds``.
        max_stale: how old a no may become while the store is out of reach; 0: then nobody passes.
        entries: how many answers are remembered, and as many that are a yes.
        keep: seconds that a revocation is kept which is given no end: tokens must not live longer.
        unnamed: whether tokens with neither ``jti`` nor ``sub`` pass, although they cannot be taken back.
        clock, monotonic, jitter: the time in seconds since the epoch, a clock for pauses, and randomness in [0, 1).

    Raises:
        ConfigError: names every fault.
    """

    def __init__(
        self,
        store: RevocationStore | None = None,
        *,
        seconds: float = 10.0,
        listed_seconds: float = 300.0,
        max_stale: float = 0.0,
        entries: int = 10_000,
        keep: float = KEEP,
        unnamed: bool = False,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        limits = {"seconds": seconds, "listed_seconds": listed_seconds, "max_stale": max_stale, "keep": keep}
        faults = _faults(limits, entries)
        if type(unnamed) is not bool:
            faults.append("unnamed must be True or False")
        if store is not None and not all(callable(getattr(store, name, None)) for name in ("find", "add")):
            faults.append(f"store has find and add, which {type(store).__name__} has not")
        if faults:
            raise ConfigError.of("Revocations", faults)
        self._store = MemoryRevocations(clock=clock) if store is None else store
        self._clocks = Clocks(monotonic, clock)
        self._seconds, self._max_stale = seconds, max_stale
        self._keep = keep
        self._unnamed = unnamed
        self._answers = RevocationAnswers(
            entries=entries,
            seconds=seconds,
            listed_seconds=max(seconds, listed_seconds),
            max_stale=max_stale,
            clocks=self._clocks,
        )
        self._flights = tuple(Flight() for _ in range(FLIGHTS))
        self._pauses = Pauses(Timing(longest_backoff=LONGEST_PAUSE, longest_retry_after=LONGEST_PAUSE), jitter)
        self._lock = Lock()

    def __call__(self, claims: Mapping[str, Any]) -> bool:
        """Tell whether the token with these claims was taken back.

        Raises:
            InvalidClaims: ``missing_claim``; it has no name by which it could be taken back.
            Unavailable: the store cannot tell, and its last answer is too old; or ``revocation_keep``, the token lives
                longer than revocations are kept.
        """
        names = _names_of(claims)
        if not names and not self._unnamed:
            raise InvalidClaims("missing_claim", claim="jti", detail="with neither jti nor sub it cannot be taken back")
        self._demand_shorter(claims.get("iat"), claims.get("exp"))
        answer = self._answers.get(names, claims)
        if answer is None and not self._seconds:
            answer = self._asked(names, claims)
        elif answer is None:
            with self._flights[hash(names) % FLIGHTS].entered(PATIENCE) as inside:
                if not inside:
                    raise Unavailable("revocation_timeout", detail="waited for the same question of another request")
                answer = self._answers.get(names, claims)
                answer = self._asked(names, claims) if answer is None else answer
        return answer

    def revoke(
        self,
        *,
        issuer: str,
        jti: str | None = None,
        sub: str | None = None,
        before: float | None = None,
        until: float | None = None,
    ) -> None:
        """Take back one token by its ``jti``, or, by ``sub``, all that a subject was given before a moment.

        It is in the store when this returns. Other environments feel it after ``seconds``.

        Args:
            issuer: the ``iss`` of the tokens.
            jti, sub: which; one of them.
            before: tokens of the subject whose ``iat`` is earlier are taken back; None: than now. Many issuers count in
                whole seconds: what was issued within this second is taken back too.
            until: when the last such token ends, as its ``exp`` says: a little later it may be forgotten. None: after
                ``keep``.

        Raises:
            ConfigError: it says neither which token nor whose, or both; or a moment is none.
            Unavailable: it may not be in the store.
        """
        given = {"jti": jti, "sub": sub}
        chosen = {name: value for name, value in given.items() if isinstance(value, str) and value}
        if len(chosen) != 1 or not isinstance(issuer, str):
            raise ConfigError("revoke: give issuer, and either jti or sub, as texts that are not empty")
        if not all(each is None or _is_moment(each) for each in (before, until)):
            raise ConfigError("revoke: before and until are seconds since the epoch, or None")
        now = self._clocks.wall()
        ((kind, value),) = chosen.items()
        name = _name(kind, issuer, value)
        moment = FOREVER if kind == "jti" else now if before is None else before
        end = max(now, before or now) + self._keep if until is None else until
        self._store.add(name, moment, end + MARGIN)
        self._answers.forget(name)

    def _demand_shorter(self, issued: object, end: object) -> None:
        """A revocation that is forgotten before its token ends would be taken back itself; it may be as old as the token."""
        now = self._clocks.wall()
        since = min(issued, now) if is_number(issued) else now
        if is_number(end) and not end - since <= self._keep:
            detail = f"the token lives longer than revocations are kept, {self._keep:g} s; say a longer keep"
            raise Unavailable("revocation_keep", detail=detail)

    def _asked(self, names: tuple[str, ...], claims: Mapping[str, Any]) -> bool:
        try:
            found = self._found(names)
        except Unavailable:
            last = self._answers.get(names, claims, stale=self._max_stale) if self._max_stale else None
            if last is None:
                raise
            return last
        return any(each.condemns(claims) for each in found)

    def _found(self, names: tuple[str, ...]) -> list[Answer]:
        """Ask the store, not sooner after a failure than its pause allows."""
        with self._lock:
            now = self._clocks.now()
            if not self._pauses.over(now):
                raise self._pauses.last(now)
            self._pauses.again(now)
        try:
            told = self._store.find(names)
        except Unavailable as fault:
            with self._lock:
                self._pauses.failed(fault, self._clocks.now())
            raise
        with self._lock:
            self._pauses.end()
        found = [Answer(told.get(name), now) for name in names]
        for name, each in zip(names, found, strict=True):
            self._answers.put(name, each)
        return found

    def __repr__(self) -> str:
        return f"Revocations({self._store!r}, seconds={self._seconds:g}, max_stale={self._max_stale:g})"


def _names_of(claims: Mapping[str, Any]) -> tuple[str, ...]:
    issuer = claims.get("iss")
    issuer = issuer if isinstance(issuer, str) else ""
    found = ((kind, claims.get(kind)) for kind in ("jti", "sub"))
    return tuple(_name(kind, issuer, value) for kind, value in found if isinstance(value, str) and value)


def _name(kind: str, issuer: str, value: str) -> str:
    """Return a hash that tells no more than it must: whoever reads the store learns no subject."""
    return f"{kind}#{sha256(json.dumps([issuer, value]).encode()).hexdigest()}"


def _is_moment(value: object) -> bool:
    return is_number(value) and 0 <= value < 2**53


def _faults(limits: Mapping[str, object], entries: object) -> list[str]:
    faults = [
        f"{name} must be a number of seconds, 0 or more"
        for name, value in limits.items()
        if not is_number(value) or not 0 <= value < FOREVER
    ]
    if type(entries) is not int or not 0 < entries <= 1_000_000:
        faults.append("entries must be a number from 1 to 1000000")
    return faults
