"""What a store said of API keys: kept for a while, asked once for all who wait, and held on to in an outage."""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from ..errors import Unavailable
from ..keys.clocks import Clocks, Moment
from ..keys.flight import Flight
from ..keys.pauses import Pauses
from ..keys.timing import Timing
from ..tokens.cache import Remembered, TokenCache
from ..tokens.lock import Lock
from .apikey_text import LONGEST

CODE = "api_keys_unavailable"

PATIENCE = 10.0  # seconds: longer than a store's own time-outs
_STRIPES = 64  # questions under way at once

Known = TypeVar("Known")


class Limits(NamedTuple):
    """How long answers are kept, in seconds, and how many of each kind.

    Args:
        seconds: of a key that the store has, and so how long one may pass after it was taken back.
        unknown_seconds: of a key that it has not.
        max_stale: how old an answer may become while the store cannot be asked.
        entries: how many of either.
    """

    seconds: float
    unknown_seconds: float
    max_stale: float
    entries: int


class Kept(Generic[Known]):
    """An answer: what is known of a key, None where the store does not have it, and since when."""

    __slots__ = ("known", "since")

    def __init__(self, known: Known | None, since: Moment) -> None:
        self.known = known
        self.since = since


class KeyMemory(Generic[Known]):
    """Remembers keys by the SHA-256 of their text. Those the store has are apart, so that no others crowd them out.

    Args:
        limits: how long, and how many.
        clocks: both clocks.
        jitter: gives randomness in [0, 1), for pauses.
        patience: seconds to wait for another's question.
    """

    def __init__(
        self, limits: Limits, *, clocks: Clocks, jitter: Callable[[], float], patience: float = PATIENCE
    ) -> None:
        self._limits = limits
        self._clocks = clocks
        self._patience = patience
        longest = max(limits.seconds, limits.max_stale) + PATIENCE
        self._good: Remembered[Kept[Known]] = Remembered(TokenCache(limits.entries, longest, LONGEST))
        self._unknown: Remembered[Kept[Known]] = Remembered(TokenCache(limits.entries, longest, LONGEST))
        self._flights = tuple(Flight() for _ in range(_STRIPES))
        self._pauses = Pauses(Timing(), jitter, urgent=True)
        self._lock = Lock()  # of the pauses; never held while anything is waited for

    def name(self, text: str) -> bytes:
        """Return what a key is remembered by; empty for what is too long to be one, or not ASCII."""
        return self._good.digest(text) if text.isascii() else b""

    def get(self, name: bytes) -> Kept[Known] | None:
        """Return what is known of a key, if that is not too long ago."""
        now = self._clocks.now()
        good = self._good.get(name, now.wall)
        if good is not None and good.since.within(self._limits.seconds, now):
            return good
        unknown = self._unknown.get(name, now.wall) if len(self._unknown) else None
        fresh = unknown is not None and unknown.since.within(self._limits.unknown_seconds, now)
        return unknown if fresh else None

    def ask(self, name: bytes, question: Callable[[], Known | None]) -> Kept[Known]:
        """Return what the store says of a key; one asks for all who want to know of it at the same time.

        Args:
            name: what the key is remembered by.
            question: asks the store.

        Raises:
            Unavailable: the store cannot be asked, and nothing in hand may stand in for its answer.
        """
        with self._flights[name[0] % _STRIPES].entered(self._patience) as inside:
            if not inside:
                return self._last(name, Unavailable(CODE, detail="waited too long for what another request asked"))
            return self.get(name) or self._asked(name, question)

    def _asked(self, name: bytes, question: Callable[[], Known | None]) -> Kept[Known]:
        try:
            failures = self._begin()
        except Unavailable as pause:
            return self._last(name, pause)
        since = self._clocks.now()  # before the answer: what is changed while it is on its way may not be in it
        try:
            kept = Kept(question(), since)
        except Unavailable as fault:
            self._failed(fault, failures)
            return self._last(name, fault)
        except Exception as error:  # noqa: BLE001 - a store handed in may raise anything when it is down
            foreign = Unavailable(CODE, detail=f"the store raised {type(error).__name__}")
            self._failed(foreign, failures)
            return self._last(name, foreign)
        with self._lock:
            self._pauses.end()
        self._keep(name, kept)
        return kept

    def _keep(self, name: bytes, kept: Kept[Known]) -> None:
        here, there = (self._unknown, self._good) if kept.known is None else (self._good, self._unknown)
        there.forget(name)
        here.put(name, kept, kept.since.wall)

    def _begin(self) -> int:
        """Return how many failures there are; of all who ask after a pause, one does."""
        with self._lock:
            now = self._clocks.now()
            if not self._pauses.over(now):
                raise self._pauses.last(now)
            if self._pauses.failures:
                self._pauses.again(now)
            return self._pauses.failures

    def _failed(self, fault: Unavailable, failures: int) -> None:
        """Begin a pause; of several attempts under way at once one counts. One bad record is no failure of the store."""
        if fault.code == "api_key_record_invalid":
            return
        with self._lock:
            if self._pauses.failures == failures:
                self._pauses.failed(fault, self._clocks.now())

    def _last(self, name: bytes, fault: Unavailable) -> Kept[Known]:
        """Return the last good answer, if it is not too old; else tell the failure."""
        now = self._clocks.now()
        good = self._good.get(name, now.wall)
        if good is None or not good.since.age(now) < self._limits.max_stale:
            raise fault
        return good

    def __repr__(self) -> str:
        return f"KeyMemory(known={len(self._good)}, unknown={len(self._unknown)}, seconds={self._limits.seconds:g})"
