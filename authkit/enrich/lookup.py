"""Lookup: what is kept about a principal elsewhere, remembered for a while, with a deadline and a rule for outages."""

import random
import time
from collections.abc import Callable, Collection, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from ..credentials.backoff import Backoff
from ..errors import ConfigError, Forbidden, MissingClaim, Refused, Unavailable
from ..keys.clocks import Clocks, Moment
from ..keys.flight import Flight
from ..tokens.cache import Remembered, TokenCache
from .bounded import Bounded
from .fields import LONGEST_TEXT, Spec, fields_of
from .lookup_settings import LONGEST_KEY, Find, faults_of, specs_of
from .secrets import demand_harmless

if TYPE_CHECKING:
    from ..principal import Principal
    from .lookup_settings import By

CODE = "lookup_unavailable"
LONGEST_ABSENCE = 10.0  # seconds for which it is remembered that there is nothing
FLIGHTS = 64  # look-ups of so many keys can be under way at once; of one key there is one


class _Kept(NamedTuple):
    """What was found of one key, and when; None: nothing was."""

    values: Mapping[str, Any] | None
    since: Moment


class _Odd(NamedTuple):
    """What was wrong with what was found of one key, and when."""

    detail: str
    since: Moment


class Lookup:
    """Look up what is known of a principal: for the backend as an enricher, for the routes by `known`.

    >>> plan = Lookup(dynamodb("tenants", key="id"), by="tenant", give={"plan": str, "seats": ("seat_count", int, 1)})
    >>> Authorizer(enrich=[plan], ...)
    >>> Authorizer(authenticate=known(JWTBearer(...), plan), routes=[Route("GET", "/plans/{plan}", bind={"plan": "plan"})])

    It is a function of the principal alone, never of the request, so what the gateway keeps is right for whatever is
    asked next. How old it can be: ``seconds``, in an outage ``stale``, and the gateway's TTL besides. Who is looked up
    by a claim that several issuers fill in, or by an id that several credentials give, is whoever any of them says:
    then let ``by`` put the issuer into the key.

    Args:
        find: takes a key and returns a mapping, or None where there is nothing: `dynamodb`, `http_json`, or any callable.
        by: the claim that is the key, or what makes the key of the principal.
        give: what is taken from the mapping: names, or name to type, ``(member, type)``, ``(member, type, default)``.
        seconds: for how long it is remembered; that there is nothing, at most 10. 0: not at all.
        entries: how many keys are remembered.
        stale: for how many seconds more the last answer serves where there is an outage. 0: none does.
        otherwise: what is given in an outage that nothing remembered serves in; None: the request is a 500. For routes,
            let it be what grants the least.
        absent: what is given where there is nothing; None: the request is refused.
        timeout: seconds for one look-up. A callable is left behind when it takes longer, and runs on in its thread; None:
            it keeps a deadline of its own, as `dynamodb` and `http_json` do.
        reveal, longest: as for `from_claims`.
        clock, monotonic, jitter: the time in seconds since the epoch, a clock for pauses, and randomness in [0, 1).

    Raises:
        ConfigError: names every fault.
    """

    def __init__(
        self,
        find: Find,
        *,
        by: "By",
        give: Mapping[str, Spec] | Collection[str],
        seconds: float = 60,
        entries: int = 1000,
        stale: float = 0,
        otherwise: Mapping[str, Any] | None = None,
        absent: Mapping[str, Any] | None = None,
        timeout: float | None = 2.0,
        reveal: Collection[str] = (),
        longest: int = LONGEST_TEXT,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        faults = faults_of(locals())
        self._fields = fields_of(specs_of(give), reveal=reveal, longest=longest, faults=faults)
        names = {field.name for field in self._fields}
        for name, given in (("otherwise", otherwise), ("absent", absent)):
            if isinstance(given, Mapping) and not set(given) <= names:
                faults.append(f"{name} names what give does not")
        if faults:
            raise ConfigError.of("Lookup", faults)
        self.gives: tuple[str, ...] = tuple(sorted(names))
        """All names that it may give; which of them, is for what was found to say."""
        own = timeout is None or getattr(find, "bounded", False)
        self._find = find if own else Bounded(find, timeout or 0.0)
        self._by = by
        self._longest = longest
        self._seconds, self._stale = seconds, stale
        self._otherwise = None if otherwise is None else dict(otherwise)
        self._absent = None if absent is None else dict(absent)
        self._clocks = Clocks(monotonic, clock)
        self._backoff = Backoff(clocks=self._clocks, jitter=jitter)
        self._memory: Remembered[_Kept] = Remembered(TokenCache(entries, seconds + stale, LONGEST_KEY * 4))
        self._odd: Remembered[_Odd] = Remembered(TokenCache(entries, LONGEST_ABSENCE, LONGEST_KEY * 4))
        self._flights = tuple(Flight() for _ in range(FLIGHTS))
        self._patience = (timeout or 10.0) * 2

    def __call__(self, principal: "Principal") -> dict[str, Any]:
        """Return what is known of a principal.

        Raises:
            MissingClaim: it does not have the claim that is the key.
            Forbidden: ``lookup_key``, the key is none; ``not_found``, there is nothing; ``secret_in_context``.
            Unavailable: it cannot be told now.
        """
        found = self._known(self._key(principal))
        if found is None:
            if self._absent is None:
                raise Forbidden("not_found", claim=self._place, detail="nothing is kept about this principal")
            found = self._absent
        demand_harmless(found, principal)
        return dict(found)

    def _known(self, key: str) -> Mapping[str, Any] | None:
        digest = self._memory.digest(key.encode())
        kept, now = self._memory.get(digest, self._clocks.wall()), self._clocks.now()
        if kept is not None and self._is_fresh(kept, now):
            return kept.values
        try:
            with self._flights[hash(key) % FLIGHTS].entered(self._patience) as inside:
                if not inside:
                    raise Unavailable(CODE, detail="waited for a look-up that another request began")
                return self._asked(key, digest)
        except Unavailable:
            if kept is not None and kept.values is not None and self._still_serves(kept):
                return kept.values
            if self._otherwise is not None:
                return self._otherwise
            raise

    def _asked(self, key: str, digest: bytes) -> Mapping[str, Any] | None:
        """Ask, unless somebody did while we waited."""
        kept = self._memory.get(digest, self._clocks.wall())
        if kept is not None and self._is_fresh(kept, self._clocks.now()):
            return kept.values
        self._demand_even(digest)
        leave = self._backoff.begin(sha256(key.encode()).digest(), witnessed=False)
        began = self._clocks.now()  # as old as the moment it was asked for: what was changed since may not be in it
        try:
            found = self._find(key)
        except Refused:
            self._backoff.succeeded(leave)
            raise
        except Exception as error:  # noqa: BLE001 - whatever the store raises when it is down; its text may hold a secret
            failure = error if isinstance(error, Unavailable) else _foreign(error)
            self._backoff.failed(leave, failure, needed=2)
            raise failure from None
        self._backoff.succeeded(leave)
        # What is wrong with one answer is no fault of the store: else two callers with odd records would shut out all.
        try:
            values = self._read(found)
        except Unavailable as fault:
            self._odd.put(digest, _Odd(fault.detail, began), began.wall)
            raise
        if self._seconds:
            self._memory.put(digest, _Kept(values, began), began.wall)
        return values

    def _demand_even(self, digest: bytes) -> None:
        """What was found and could not be used a moment ago is not asked for again."""
        odd = self._odd.get(digest, self._clocks.wall())
        if odd is not None and odd.since.within(LONGEST_ABSENCE, self._clocks.now()):
            raise Unavailable("lookup_invalid", detail=odd.detail)

    def _read(self, found: object) -> dict[str, Any] | None:
        """Return what is asked for of what was found. What is not as it must be is the store's fault, not the caller's."""
        if found is None:
            return None
        if not isinstance(found, Mapping):
            raise Unavailable("lookup_invalid", detail=f"a {type(found).__name__} was found, and no mapping")
        values = {}
        for field in self._fields:
            try:
                value = field.read(found, self._longest)
            except MissingClaim:
                raise Unavailable("lookup_invalid", detail=f"what was found has no {field.of}") from None
            except ValueError as fault:
                raise Unavailable("lookup_invalid", detail=f"{field.of}: {fault}") from None
            if value is not None:
                values[field.name] = value
        return values

    def _is_fresh(self, kept: _Kept, now: Moment) -> bool:
        seconds = self._seconds if kept.values is not None else min(self._seconds, LONGEST_ABSENCE)
        return kept.since.within(seconds, now)

    def _still_serves(self, kept: _Kept) -> bool:
        return bool(self._stale) and kept.since.within(self._seconds + self._stale, self._clocks.now())

    @property
    def _place(self) -> str:
        return self._by if isinstance(self._by, str) else ""

    def _key(self, principal: "Principal") -> str:
        key = principal.claims[self._by] if isinstance(self._by, str) else self._by(principal)
        if not isinstance(key, str) or not key or len(key) > LONGEST_KEY or not key.isprintable():
            detail = f"the key is no text of 1 to {LONGEST_KEY} characters that can be printed"
            raise Forbidden("lookup_key", claim=self._place, detail=detail)
        return key

    def __repr__(self) -> str:
        return f"Lookup(gives={list(self.gives)!r}, seconds={self._seconds:g})"


def _foreign(error: Exception) -> Unavailable:
    return Unavailable(CODE, detail=f"the look-up raised {type(error).__name__}")
