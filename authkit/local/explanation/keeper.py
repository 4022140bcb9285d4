"""Keeper: explains the calls of running gateways, and keeps the last ones where ``authkit explain`` finds them.

It does so in a thread of its own, and under load it passes over what nobody could have read in time: whoever calls a
gateway waits for none of it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ...policy.routes import Routes
from ..answers import Answer
from ..call import Call
from ..settings import Settings
from .call import Origin, Seen, explain_call, outcome_of
from .last import KEPT, Decision, write
from .tree import Explanation, Node
from .watching import Watching

if TYPE_CHECKING:
    from cachetools import LRUCache

Tell = Callable[[Call], None]

_PAUSE = 0.05  # seconds between two writings
_MOST_ORIGINS = 1024


class Explainer:
    """Explains the calls of one gateway.

    Args:
        settings: how the authorizer is attached.
        routes: the API's.
        watching: stands in for the handler, if that is an `Authorizer` in this process.
        clock: gives the time in seconds since the epoch.
    """

    def __init__(
        self, settings: Settings, routes: Routes, *, watching: Watching | None, clock: Callable[[], float] = time.time
    ) -> None:
        from cachetools import LRUCache

        self._settings, self._routes = settings, routes
        self._watching = watching
        self._clock = clock
        # By the identity of the answer, which stands beside it so that it stays what it is.
        self._origins: LRUCache[int, tuple[Answer, Origin]] = LRUCache(_MOST_ORIGINS)
        self._lock = threading.Lock()

    def seen(self, call: Call) -> Seen:
        """Return a call with all that explains it. Comes from the thread that has answered it."""
        watched = self._watching.taken() if self._watching and call.asked is not None else None
        seen = Seen(call, self._clock(), watched)
        if call.judged is None or call.facts is None:
            return seen
        answer = call.judged.answer
        with self._lock:
            if call.asked is not None:
                self._origins[id(answer)] = (answer, Origin(seen.asked, call.facts.now, watched))
                return seen
            found = self._origins.get(id(answer))
        return seen._replace(origin=found[1]) if found else seen

    def explain(self, seen: Seen) -> Explanation:
        """Explain a call. What cannot be explained, for a predicate raises now, is told as that."""
        try:
            return explain_call(seen, self._settings, self._routes)
        except Exception as error:  # noqa: BLE001 - predicates are asked once more, and may raise anything
            node = Node("explanation", None, f"could not be made: {type(error).__name__}")
            call = seen.call
            status, outcome = call.reply.status, outcome_of(call)
            return Explanation("a call", self._settings.payload, status, outcome, call.refusal, (node,))


class Keeper:
    """Keeps the last decisions of this process in a file.

    Args:
        file: where; None keeps nothing.
        by: what they are decided by, as ``authkit demo``.
        complain: is told, once, why they cannot be kept.
    """

    def __init__(self, file: Path | None, *, by: str, complain: Callable[[OSError], None] = lambda _: None) -> None:
        self._file, self._by = file, by
        self._complain = complain
        self._waiting: deque[tuple[Explainer, Seen]] = deque(maxlen=KEPT)
        self._kept: deque[Decision] = deque(maxlen=KEPT)
        self._new, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def also(self, tell: Tell, explainer: Explainer) -> Tell:
        """Return what tells of a call as before, and has it explained besides."""
        if self._file is None:
            return tell

        def both(call: Call) -> None:
            self._waiting.append((explainer, explainer.seen(call)))
            self._new.set()
            tell(call)

        return both

    @contextmanager
    def running(self) -> Iterator[Keeper]:
        """Keep decisions while the block runs; afterwards all that there were are in the file."""
        if self._file is None:
            yield self
            return
        self._thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            self._new.set()
            self._thread.join()

    def _run(self) -> None:
        ended = False
        while not ended:
            self._new.wait()
            self._new.clear()
            ended = self._ended.is_set()
            self._write()
            self._ended.wait(_PAUSE)

    def _write(self) -> None:
        assert self._file is not None
        fresh = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if not fresh:
            return
        self._kept.extend(Decision(explainer.explain(seen), seen.at, self._by) for explainer, seen in fresh)
        try:
            write(self._file, self._kept)
        except OSError as fault:
            self._complain(fault)
            self._complain = lambda _: None
