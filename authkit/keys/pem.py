"""PemKeys: one public key a URL, named by a UUID, as Application Load Balancers publish theirs.

There is no list of keys to fetch: each name costs a fetch of its own, and the answer says nothing about other names. So
strangers' made-up names are asked for out of a small allowance, and a known key never waits for any of it.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html
"""

import random
import re
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from ..errors import ConfigError, InvalidHeader, KeyProblem, KeysUnavailable
from .allowance import Allowance
from .cachecontrol import freshness
from .clocks import Clocks, Moment
from .events import Teller, log_event
from .flight import Flight
from .key import Key
from .pauses import status_of
from .pem_document import read_pem
from .timing import Timing, demand_timing
from .url import parse_url

if TYPE_CHECKING:
    from .answer import Response
    from .clocks import Clock
    from .events import OnEvent
    from .fetch import Fetch

MOST_KEYS = 16  # in hand; a region signs with a few
AHEAD = 0.8  # of its lifetime: from then on a key is asked for again

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PATIENCE = 1.0  # seconds; what is guarded takes microseconds
_TIMING = Timing()


class _Held(NamedTuple):
    """A key, when it came, for how many seconds it is fresh, and after how many it is not used any more."""

    key: Key
    taken: Moment
    fresh: float
    end: float


class PemKeys:
    """A key source that fetches ``{base}/{kid}``, and nothing whose name is no UUID.

    Args:
        base: the URL in front of the names, without a slash in the end.
        fetch: the transport, see `authkit.keys.fetch.Fetch`. Where the other side answers 404, there is no key of that
            name; 403 means the same of a name that is not in hand, since a bucket says so of what it does not have.
            Everything else is an outage.
        relax: named relaxations for the URL, see `authkit.keys.url.RELAXATIONS`.
        timing: lifetimes and limits, as for key sets; ``grace`` is not used.
        on_event: is told what happens to the keys.
        monotonic, wall, jitter: the clocks, and randomness in [0, 1).

    Raises:
        ConfigError: ``base`` is no URL that keys may be fetched from, or the timing cannot be.
    """

    def __init__(
        self,
        base: str,
        fetch: "Fetch",
        *,
        relax: frozenset[str] = frozenset(),
        timing: Timing = _TIMING,
        on_event: "OnEvent | None" = None,
        monotonic: "Clock" = time.monotonic,
        wall: "Clock" = time.time,
        jitter: "Clock" = random.random,
    ) -> None:
        _demand_base(base, relax)
        self._base = base
        self._fetch = fetch
        self._timing = demand_timing(timing)
        self._clocks = Clocks(monotonic, wall)
        self._jitter = jitter
        self._events = Teller(base, on_event)
        self._watched = on_event is not None and on_event is not log_event  # which passes over what strangers cause
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._allowance = Allowance(timing, jitter)
        self._flights: dict[str, Flight] = {}  # of the names somebody is asking for
        self._guard = Flight()  # for changes of what is held, never while fetching
        self.fetches = 0

    def find(self, kid: str | None, alg: str) -> Key:
        """Return the key of this name.

        Raises:
            InvalidHeader: ``bad_kid``, the name is no UUID: it would become a part of a URL.
            KeyProblem: ``kid_missing``, ``key_alg_mismatch``, ``key_not_found``, or ``key_not_found_cooldown`` where it
                is too soon to ask.
            KeysUnavailable: the key is not in hand, and cannot be had now.
        """
        if kid is None:
            raise KeyProblem("kid_missing", claim="kid", detail="the token does not name its key")
        if not _UUID.fullmatch(kid):
            raise InvalidHeader("bad_kid", claim="kid", detail="load balancers name their keys by UUIDs in lower case")
        if alg != "ES256":
            raise KeyProblem("key_alg_mismatch", claim="alg", detail="load balancers sign with ES256")
        now = self._clocks.now()
        held = self._usable(kid, now)
        if held is None:
            key = self._waited_for(kid)
        elif held.taken.age(now) > AHEAD * held.fresh and self._allowance.may_renew(now):
            key = self._renewed(kid, held, now)
        else:
            key = held.key
        with suppress(KeyError):  # pushed out meanwhile, by others that were used after it
            self._held.move_to_end(kid)
        return key

    def _usable(self, kid: str, now: Moment) -> _Held | None:
        held = self._held.get(kid)
        return held if held is not None and held.taken.age(now) <= held.end else None

    def _renewed(self, kid: str, held: _Held, now: Moment) -> Key:
        """Try once, briefly, unless somebody is at it. Of what can come of it, only a clear no takes the key away."""
        with self._entered(kid, 0.0) as inside:
            if not inside or self._held.get(kid) is not held:
                return held.key
            seconds = self._allowance.renewal(now, outlived=held.fresh if held.taken.age(now) > held.fresh else None)
            if not seconds:
                return held.key
            try:
                renewed = self._load(kid, seconds, brief=seconds <= self._timing.renewal)
            except KeysUnavailable as fault:
                self._events.tell("stale_served", kid=kid, code=fault.code)
                return held.key
        return _demand(renewed).key

    def _waited_for(self, kid: str) -> Key:
        """Fetch a key, or wait for whoever is at it."""
        with self._entered(kid, self._timing.timeout) as inside:
            if not inside:
                detail = "waited for a fetch of the key that another request began"
                raise KeysUnavailable("fetch_timeout", detail=detail)
            now = self._clocks.now()
            held = self._usable(kid, now)
            if held is None:
                self._demand_leave(kid, now)
                held = self._load(kid, self._timing.timeout)
        return _demand(held).key

    @contextmanager
    def _entered(self, kid: str, timeout: float) -> Iterator[bool]:
        """Be the one who asks for this name. What came of it is written down before the next one enters."""
        with self._flights.setdefault(kid, Flight()).entered(timeout) as inside:
            try:
                yield inside
            finally:
                if inside:
                    self._flights.pop(kid, None)

    def _demand_leave(self, kid: str, now: Moment) -> None:
        known = kid in self._held
        try:
            self._allowance.demand(kid, now, known=known)
        except KeyProblem as fault:
            if self._watched:
                self._events.tell("cooldown", kid=kid, code=fault.code)
            raise
        if not known:
            self._events.tell("unknown_kid", kid=kid)

    def _load(self, kid: str, timeout: float, *, brief: bool = False) -> _Held | None:
        """Fetch a key and keep it. A failure never harms the one in hand; a clear no, which is None, ends it."""
        self.fetches += 1
        self._events.tell("fetch_started", kid=kid)
        try:
            held = self._fetched(kid, timeout)
        except Exception as error:  # noqa: BLE001 - a transport handed in may raise anything when the endpoint is down
            fault = error if isinstance(error, KeysUnavailable) else _of_transport(error)
            self._allowance.failed(fault, self._clocks.now(), brief=brief)
            self._events.tell("fetch_failed", kid=kid, code=fault.code, detail=fault.detail)
            raise fault from None
        self._allowance.answered(kid, self._clocks.now(), absent=held is None)
        self._keep(kid, held)
        return held

    def _keep(self, kid: str, held: _Held | None) -> None:
        with self._guard.entered(_PATIENCE):
            before = self._held.pop(kid, None) if held is None else None
            if held is not None:
                self._held[kid] = held
            while len(self._held) > MOST_KEYS:
                self._held.popitem(last=False)
        if held is not None:
            self._events.tell("fetched", kid=kid)
        elif before is not None:
            self._events.tell("key_removed", kid=kid)

    def _fetched(self, kid: str, timeout: float) -> _Held | None:
        """Return what came, or None where there is no key of this name."""
        noes = (404,) if kid in self._held else (403, 404)
        try:
            response = self._fetch(f"{self._base}/{kid}", timeout=timeout, etag=None)
        except KeysUnavailable as fault:
            if status_of(fault) in noes:
                return None
            raise
        if response.status in noes:
            return None
        try:
            return self._taken_over(read_pem(response.body, kid), response)
        except KeyProblem as fault:
            raise KeysUnavailable("jwks_invalid", detail=f"what came as a key: {fault.detail}") from None

    def _taken_over(self, key: Key, response: "Response") -> _Held:
        timing, told = self._timing, freshness(response.headers)
        if told.clamped:
            self._events.tell("lifetime_clamped", kid=key.kid)
        fresh = (timing.lifetime or told.seconds) * (0.9 + 0.2 * self._jitter())  # so that many do not ask at once
        end = timing.max_stale or fresh
        return _Held(key, self._clocks.now(), min(fresh, end), end)

    def __repr__(self) -> str:
        return f"PemKeys({self._base!r}, held={len(self._held)})"


def _demand(held: _Held | None) -> _Held:
    if held is None:
        raise KeyProblem("key_not_found", claim="kid", detail="there is no key of this name, or it may not be read")
    return held


def _demand_base(base: object, relax: frozenset[str]) -> None:
    try:
        parse_url(base, relax=relax)
    except ValueError as fault:  # the URL itself is not told: it may hold a password, the thing found wrong with it
        raise ConfigError(f"PemKeys: base {fault}") from None
    if str(base).endswith("/") or "?" in str(base):
        raise ConfigError("PemKeys: base must have neither a slash in the end nor a query")


def _of_transport(error: Exception) -> KeysUnavailable:
    """Name the exception's type and not its message, which could hold a secret."""
    return KeysUnavailable("fetch_refused", detail=f"the transport raised {type(error).__name__}")
