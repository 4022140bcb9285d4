"""Bounded: a call that is left behind when it takes too long."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import Unavailable
from ..tokens.lock import Lock

MOST_LEFT = 8  # calls that may be left behind and still run

_Find = Callable[[str], "Mapping[str, Any] | None"]


class Bounded:
    """Calls a callable in a thread of its own, and waits for it no longer than a time-out.

    Args:
        find: what is called.
        timeout: seconds.
    """

    bounded = True

    def __init__(self, find: _Find, timeout: float) -> None:
        self._find = find
        self._timeout = timeout
        self._left: list[Any] = []
        self._lock = Lock()

    def __call__(self, key: str) -> Mapping[str, Any] | None:
        """Return what the callable returns, or raise what it raises.

        Raises:
            Unavailable: ``lookup_timeout``, it took too long, or too many before it did and have not come back.
        """
        import threading

        with self._lock:
            self._left = [thread for thread in self._left if thread.is_alive()]
            if len(self._left) >= MOST_LEFT:
                detail = f"{MOST_LEFT} look-ups that took too long still run"
                raise Unavailable("lookup_timeout", detail=detail)
        answers: list[Any] = []
        failures: list[Exception] = []

        def call() -> None:
            try:
                answers.append(self._find(key))
            except Exception as error:  # noqa: BLE001 - raised again by whoever waits
                failures.append(error)

        thread = threading.Thread(target=call, daemon=True)
        thread.start()
        thread.join(self._timeout)
        if failures:
            raise failures[0]
        if answers:
            found: Mapping[str, Any] | None = answers[0]
            return found
        with self._lock:
            self._left.append(thread)
        raise Unavailable("lookup_timeout", detail=f"it took more than {self._timeout:g} s, and was left behind")
