"""Held: a key set in hand, and until when it serves."""

from typing import Literal, NamedTuple

from ..errors import KeyProblem
from .clocks import Moment
from .key import Key
from .keyset import MOST_KEYS, KeySet
from .timing import Timing

Origin = Literal["none", "fetched", "store", "bundled"]

AHEAD = 0.8  # of its lifetime: from then on a set is renewed


class Leaving(NamedTuple):
    """A key that the issuer has taken out of its set, and since when."""

    key: Key
    since: Moment


class Held(NamedTuple):
    """A set, and the moments from which it is to be renewed, is stale, and is not to be used any more."""

    keys: KeySet
    origin: Origin
    taken: Moment
    lifetime: float
    due: Moment
    stale: Moment
    end: Moment
    body: bytes = b""
    url: str = ""
    etag: str | None = None
    leaving: tuple[Leaving, ...] = ()

    def is_due(self, now: Moment) -> bool:
        """Tell whether it is to be renewed."""
        return now.monotonic >= self.due.monotonic or now.wall >= self.due.wall

    def is_stale(self, now: Moment) -> bool:
        """Tell whether it has outlived its lifetime."""
        return now.monotonic >= self.stale.monotonic or now.wall >= self.stale.wall

    def is_over(self, now: Moment) -> bool:
        """Tell whether it is too old to be used."""
        return now.monotonic > self.end.monotonic or now.wall > self.end.wall

    def find(self, kid: str | None, alg: str, grace: float, now: Moment) -> Key:
        """Return the key a token names, or one that was in the set until a moment ago.

        Raises:
            KeyProblem: as `KeySet.find` has it.
        """
        try:
            return self.keys.find(kid, alg)
        except KeyProblem as fault:
            parting = self.parting(kid, alg, grace, now) if fault.code == "key_not_found" else None
            if parting is None:
                raise
            return parting

    def parting(self, kid: str | None, alg: str, grace: float, now: Moment) -> Key | None:
        """Return the key of this name that was in the set until a moment ago, if it has leave to verify a little longer."""
        for key, since in self.leaving:
            if key.kid == kid and alg in key.algorithms and since.age(now) < grace:
                return key
        return None


def held(keys: KeySet, origin: Origin, taken: Moment, lifetime: float, timing: Timing, *, spread: float = 1.0) -> Held:
    """Return a set as it is held.

    Args:
        keys: the set.
        origin: where it came from.
        taken: when the issuer gave it.
        lifetime: for how many seconds it is fresh; 0 if it is to be renewed at once.
        timing: the limits.
        spread: a factor near 1 for its lifetime, so that many environments do not ask at the same moment.
    """
    fresh = lifetime * spread
    if timing.max_stale:
        fresh = min(fresh, timing.max_stale)
    due, end = fresh * AHEAD, timing.max_stale or fresh
    return Held(keys, origin, taken, lifetime, _later(taken, due), _later(taken, fresh), _later(taken, end))


def removed(old: Held | None, new: KeySet) -> tuple[Key, ...]:
    """Return the keys of the old set that the new one does not have."""
    if old is None or old.keys is new:
        return ()
    staying = {key.identity for key in new.keys}
    return tuple(key for key in old.keys.keys if key.identity not in staying)


def leaving(old: Held | None, gone: tuple[Key, ...], new: KeySet, grace: float, now: Moment) -> tuple[Leaving, ...]:
    """Return the keys that still have leave to verify beside a new set: the newest, and no more than a set may have."""
    if old is None or not grace:
        return ()
    staying = {key.identity for key in new.keys}
    earlier = [each for each in old.leaving if each.since.age(now) < grace and each.key.identity not in staying]
    return (*(Leaving(key, now) for key in gone), *earlier)[:MOST_KEYS]


def _later(moment: Moment, seconds: float) -> Moment:
    return Moment(moment.monotonic + seconds, moment.wall + seconds)
