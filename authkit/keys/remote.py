"""RemoteKeys: an issuer's key set, fetched when it is needed and kept while the issuer does not answer.

A known key never waits for the network: the set in hand serves until `max_stale`, and is renewed by whoever finds it
due, within a small budget. Only a request that cannot be answered without a fetch waits for one, and all such requests
wait for the same one. No thread runs in the background: Lambda would freeze it. So that an issuer slower than the budget
is heard all the same, there is one exception: once a set has outlived its lifetime and a renewal has failed, one request
in each further lifetime waits for as long as a first fetch may take.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from ..errors import AuthkitError, ConfigError, KeyProblem, KeysUnavailable, Unavailable
from .absent import Absent
from .clocks import Clock, Clocks, Moment
from .events import OnEvent, Teller, log_event
from .fetch import Fetch
from .held import Held, held
from .keeper import Keeper
from .key import Key
from .keyset import KeySet, demand_kid
from .loading import Loader, Locate
from .shelf import Shelf
from .state import KeysState
from .store import KeyStore
from .timing import Timing, demand_timing

__all__ = ["Clock", "RemoteKeys", "Timing"]

# What another set of the issuer may put right: its key is missing, or has been replaced under the same name.
_DOUBTS = frozenset({"key_not_found", "key_alg_mismatch", "key_use_mismatch", "weak_key", "invalid_key"})
_TIMING = Timing()


class RemoteKeys:
    """A key source that fetches.

    Args:
        locate: returns the URL of the set, given a time-out in seconds.
        fetch: the transport.
        issuer: whose keys they are; with ``url``, what an entry of a store must say.
        url: where they are looked for, as configured.
        kid_optional, x5c_agrees: as for `KeySet`.
        bundle: a set that serves until the first fetch succeeds, and no longer than ``max_stale``.
        store: where environments share what one has fetched.
        timing: lifetimes and limits.
        on_event: is told what happens; `authkit.keys.events.log_event` if None. It must not ask for keys itself.
        monotonic, wall, jitter: the clocks, and randomness in [0, 1).

    Raises:
        ConfigError: the timing cannot be, or a store comes without issuer and URL.
    """

    def __init__(
        self,
        locate: Locate,
        fetch: Fetch,
        *,
        issuer: str = "",
        url: str = "",
        kid_optional: bool = False,
        x5c_agrees: bool = False,
        bundle: KeySet | None = None,
        store: KeyStore | None = None,
        timing: Timing = _TIMING,
        on_event: OnEvent | None = None,
        monotonic: Clock = time.monotonic,
        wall: Clock = time.time,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._timing = demand_timing(timing)
        self._kid_optional = kid_optional
        self._monotonic = monotonic
        self._wall = wall
        self._clocks = clocks = Clocks(monotonic, wall)
        self._tell = tell = Teller(issuer, on_event)
        if store is not None and not (issuer and url):
            raise ConfigError("RemoteKeys: with a store, issuer and url say which entry is theirs")
        inspected = {"kid_optional": kid_optional, "x5c_agrees": x5c_agrees}
        shelf = None if store is None else Shelf(store, issuer, url, tell, **inspected)
        self._loader = Loader(locate, fetch, clocks, timing, tell, jitter, shelf=shelf, **inspected)
        self._keeper = Keeper(self._loader, clocks, timing, tell, jitter)
        self._absent = Absent(timing.cooldown)
        self._asked: Moment | None = None  # when an unknown key name last caused a fetch
        self._watched = on_event is not None and on_event is not log_event  # which passes over what strangers cause
        if bundle is not None:
            self._keeper.held = held(bundle, "bundled", clocks.now(), 0.0, timing)
            tell.tell_of(bundle)

    @property
    def fetches(self) -> int:
        """Return how often the issuer was asked for its set."""
        return self._loader.fetches

    def find(self, kid: str | None, alg: str) -> Key:
        """Return the key a token names.

        Raises:
            KeyProblem: the issuer has no such key, or it does not fit; ``key_not_found_cooldown`` where it is too
                soon to ask again.
            KeysUnavailable: there is no usable set, or only one that has outlived its lifetime and has no such key, and
                none can be had now.
        """
        in_hand = self._keeper.held
        if in_hand is not None:
            due_monotonic, due_wall = in_hand.due
            if self._monotonic() < due_monotonic and self._wall() < due_wall:
                try:
                    return in_hand.keys.find(kid, alg)
                except KeyProblem as fault:
                    if fault.code not in _DOUBTS:
                        raise
                    if not in_hand.leaving:
                        return self._find_anew(in_hand, kid, alg, fault)
        return self._find(in_hand, kid, alg)

    def _find(self, before: Held | None, kid: str | None, alg: str) -> Key:
        """Find with all that may take: a renewal, a first fetch, or asking for a name we do not know."""
        if not self._kid_optional:
            demand_kid(kid)
        in_hand = self._keeper.usable()
        proof = in_hand is not before and in_hand.origin == "fetched"  # for this very request: as new as it gets
        try:
            key = self._look_up(in_hand, kid, alg, proof=proof)
            if in_hand is not before:
                return key
            in_hand = self._keeper.renewed(before)  # not for a name that is missing: asking for it has more time
            if in_hand is before:
                return key
            proof = in_hand.origin == "fetched"
            return self._look_up(in_hand, kid, alg, proof=proof)
        except KeyProblem as fault:
            if fault.code not in _DOUBTS:
                raise
            if proof:
                self._asked = in_hand.taken
                raise
            return self._find_anew(in_hand, kid, alg, fault)

    def _find_anew(self, in_hand: Held, kid: str | None, alg: str, doubt: KeyProblem) -> Key:
        newer = self._ask_again(in_hand, kid, alg, doubt)
        return self._look_up(newer, kid, alg, proof=newer.origin == "fetched")

    def _look_up(self, in_hand: Held, kid: str | None, alg: str, *, proof: bool) -> Key:
        try:
            return in_hand.find(kid, alg, self._timing.grace, self._clocks.now())
        except KeyProblem as fault:
            if proof and fault.code == "key_not_found":
                self._absent.add(kid, in_hand.taken)
            raise

    def _ask_again(self, in_hand: Held, kid: str | None, alg: str, doubt: KeyProblem) -> Held:
        """A key name we do not know may be new: ask the issuer, but strangers may not make us ask often.

        The same goes for a name whose key does not fit or was left out: it may have been replaced.
        """
        now = self._clocks.now()
        if doubt.code == "key_not_found" and self._absent.holds(kid, now):
            detail = f"no key of this name, as the issuer said less than {self._timing.cooldown:g} s ago"
            raise KeyProblem("key_not_found", claim="kid", detail=detail)
        if self._cooling(now) or not self._keeper.may_ask(now):  # nobody is asked, so the cooldown is not spent on it
            return self._without_asking(in_hand, kid, doubt, now)
        self._asked = now  # before the attempt, so that a failing one counts too
        self._tell.tell("unknown_kid", kid=kid, code="" if doubt.code == "key_not_found" else doubt.code)
        try:
            return self._keeper.newer(in_hand, (kid, alg))
        except KeysUnavailable as outage:
            raise self._refusal(in_hand, doubt, outage) from None

    def _without_asking(self, seen: Held, kid: str | None, doubt: KeyProblem, now: Moment) -> Held:
        """Return a set by a renewal that is due, or one on its way, or come since ``seen``: they cost nothing more."""
        newer = self._keeper.renewed(seen) if seen.is_due(now) else seen
        if newer is seen:
            newer = self._keeper.joined() or seen
        if newer is not seen:
            return newer
        outage = self._keeper.outage(now)
        if outage is not None and (seen.is_stale(now) or not self._cooling(now)):
            raise self._refusal(seen, doubt, outage)
        if doubt.code != "key_not_found":
            raise doubt
        if self._watched:  # a flood is no time for writing events that nobody reads
            self._tell.tell("cooldown", kid=kid, code="key_not_found_cooldown")
        detail = f"no key of this name; the issuer is asked at most every {self._timing.cooldown:g} s"
        raise KeyProblem("key_not_found_cooldown", claim="kid", detail=detail)

    def _refusal(self, in_hand: Held, doubt: KeyProblem, outage: Unavailable) -> AuthkitError:
        """Return what an unknown name comes to in an outage: a no only while the set in hand is good for one."""
        if doubt.code != "key_not_found":
            return doubt
        if in_hand.is_stale(self._clocks.now()):
            return outage
        return KeyProblem("key_not_found", claim="kid", detail=f"not in the set in hand, and {outage.detail}")

    def _cooling(self, now: Moment) -> bool:
        return self._asked is not None and self._asked.within(self._timing.cooldown, now)

    def prefetch(self) -> bool:
        """Have a set ready before the first request, and tell whether there is one. A failure is an event, no more."""
        in_hand, now = self._keeper.held, self._clocks.now()
        try:
            if in_hand is None or in_hand.is_due(now):
                self._keeper.newer(in_hand)
        except KeysUnavailable:
            return in_hand is not None and not in_hand.is_over(now)
        return True

    def refresh(self) -> None:
        """Ask the issuer now, whatever the age of the set in hand and however short ago it failed.

        Raises:
            KeysUnavailable: nothing usable came. The set in hand goes on serving.
        """
        self._keeper.refresh()

    def invalidate(self) -> None:
        """Forget the set in hand, a bundled one too, and what is in the store until now. The next request fetches."""
        self._keeper.forget()
        self._absent.clear()
        self._asked = None

    def state(self) -> KeysState:
        """Return how things stand, without asking anybody."""
        in_hand, now = self._keeper.held, self._clocks.now()
        return KeysState(
            origin=in_hand.origin if in_hand else "none",
            kids=tuple(key.kid for key in in_hand.keys.keys) if in_hand else (),
            skipped=len(in_hand.keys.skipped) if in_hand else 0,
            age=in_hand.taken.age(now) if in_hand else None,
            lifetime=in_hand.lifetime if in_hand else None,
            stale=in_hand is not None and in_hand.is_stale(now),
            failures=self._keeper.failures,
            fetches=self._loader.fetches,
            absent=len(self._absent),
            events_lost=self._tell.lost,
        )

    def __repr__(self) -> str:
        in_hand = self._keeper.held
        return f"RemoteKeys({in_hand.keys if in_hand else None!r}, fetches={self._loader.fetches})"
