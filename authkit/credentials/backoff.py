"""Backoff: keep off a server that fails, and off a single token that makes it fail."""

from collections.abc import Callable
from typing import NamedTuple

from ..errors import Unavailable
from ..keys.clocks import Clocks, Moment
from ..keys.pauses import Pauses
from ..keys.timing import Timing
from ..tokens.lock import Lock

LONGEST_PAUSE = 30.0  # seconds, whatever the server asks for: strangers' tokens can have made it ask
TOGETHER = 10.0  # seconds within which two tokens that fail mean more than one
MOST_APART = 256  # tokens that are left alone, each by itself

_TIMING = Timing(longest_backoff=LONGEST_PAUSE, longest_retry_after=LONGEST_PAUSE)


class Leave(NamedTuple):
    """Leave for one attempt.

    Args:
        token: the name of the token to ask about.
        witnessed: whether there is a witness, which is another token.
        failures: how many failures of the server were known when it was given.
        doubtful: whether the witness is to be asked about first.
    """

    token: bytes
    witnessed: bool
    failures: int
    doubtful: bool


class Backoff:
    """Tells a server that is down from a token that it cannot digest: strangers choose tokens.

    A status that one token may have caused concerns that token alone, which has pauses of its own. When another one
    fails too, soon after and with no answer in between, or when the server is silent, there are two cases. Where some
    token passed before, it is the witness: it is asked about, and if there is an answer, the server is well. Where
    there is none, or it fails too, the server is down. Then there is one attempt for each pause, of all who ask at the
    same time, and every other of them is about the witness, for else strangers could make them all.

    Args:
        clocks: both clocks.
        jitter: gives randomness in [0, 1).
    """

    def __init__(self, *, clocks: Clocks, jitter: Callable[[], float]) -> None:
        self._clocks = clocks
        self._jitter = jitter
        self._pauses = Pauses(_TIMING, jitter)
        self._failing: dict[bytes, tuple[Moment, int]] = {}  # since the last answer; with how many are needed
        self._apart: dict[bytes, Pauses] = {}
        self._lock = Lock()  # never held while anything is waited for

    def begin(self, token: bytes, *, witnessed: bool) -> Leave:
        """Take leave for one attempt, and in doubt for one about the witness before it.

        Args:
            token: the name of the token to ask about.
            witnessed: whether there is a witness, which is another token.

        Raises:
            Unavailable: it is too soon after a failure, which is told again.
        """
        with self._lock:
            now, failures = self._clocks.now(), self._pauses.failures
            due = [pauses for pauses in (self._pauses, self._apart.get(token)) if pauses is not None]
            for pauses in due:
                if not pauses.over(now):
                    raise pauses.last(now)
            for pauses in due:
                pauses.again(now)
            doubtful = witnessed and (failures % 2 == 1 if failures else self._enough(now))
            if doubtful:
                self._failing.clear()  # it is enough if one finds out
            return Leave(token, witnessed, failures, doubtful)

    def failed(self, leave: Leave, failure: Unavailable, *, needed: int) -> None:
        """Report a failure. Of several attempts under way at once only one counts, or the pause would leap.

        Args:
            leave: what the attempt began with.
            failure: what it failed with.
            needed: how many tokens have to fail before it may be the server; 0: it is.
        """
        with self._lock:
            if self._pauses.failures != leave.failures:
                return
            now = self._clocks.now()
            if needed and not leave.failures:
                self._failing[leave.token] = now, needed
                if leave.witnessed or not self._enough(now):
                    self._keep_apart(leave.token, failure, now)
                    return
            self._failing.clear()
            self._apart.clear()  # it was none of them
            self._pauses.failed(failure, now)

    def succeeded(self, leave: Leave) -> None:
        """Report an answer about the token: the server is well, and so is the token."""
        with self._lock:
            self._apart.pop(leave.token, None)
            self._well()

    def witnessed(self, leave: Leave) -> Leave:
        """Report an answer about the witness, and return the leave for the token itself."""
        with self._lock:
            self._well()
            return leave._replace(failures=0, doubtful=False)

    def _well(self) -> None:
        self._pauses.end()
        self._failing.clear()

    def _enough(self, now: Moment) -> bool:
        """Tell whether as many different tokens failed lately as are needed; those of long ago are forgotten."""
        lately = {
            token: (since, needed) for token, (since, needed) in self._failing.items() if since.within(TOGETHER, now)
        }
        self._failing = lately
        return any(needed <= len(lately) for _, needed in lately.values())

    def _keep_apart(self, token: bytes, failure: Unavailable, now: Moment) -> None:
        own = self._apart.pop(token, None) or Pauses(_TIMING, self._jitter)
        own.failed(failure, now)
        self._apart[token] = own  # behind all others: those that failed last are kept
        if len(self._apart) > MOST_APART:
            del self._apart[next(iter(self._apart))]
