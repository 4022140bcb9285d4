"""KeysState: what an operator may want to know of a key source."""

from typing import NamedTuple

from .held import Origin


class KeysState(NamedTuple):
    """A key source as it is now.

    Attributes:
        origin: where the set in hand came from: ``fetched``, ``store``, ``bundled`` or ``none``.
        kids: the names of its keys; None for a key without one.
        skipped: how many keys were left out of it.
        age: seconds since the issuer gave or confirmed it, or since the bundled set was loaded; None without a set.
        lifetime: for how many seconds of that it is fresh; None without a set.
        stale: whether it has outlived that.
        failures: attempts that have failed since the last that did not.
        fetches: attempts in all.
        absent: how many names the issuer is remembered not to have.
        events_lost: how often the callable for events raised.
    """

    origin: Origin
    kids: tuple[str | None, ...]
    skipped: int
    age: float | None
    lifetime: float | None
    stale: bool
    failures: int
    fetches: int
    absent: int
    events_lost: int
