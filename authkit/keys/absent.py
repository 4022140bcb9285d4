"""Absent: the key names that a fetch has shown the issuer does not have."""

from __future__ import annotations

from collections import OrderedDict

from .clocks import Moment

MOST_NAMES = 1000
LONGEST_NAME = 256  # characters, as in a token's header


class Absent:
    """Names for which there is no need to ask again for a while. Asking for one does not make the while longer."""

    __slots__ = ("_names", "_seconds")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._names: OrderedDict[str, Moment] = OrderedDict()

    def add(self, kid: str | None, proven: Moment) -> None:
        """Remember a name the issuer's set of that moment does not have."""
        if kid is None or len(kid) > LONGEST_NAME:
            return
        self._names.pop(kid, None)
        self._names[kid] = proven  # at the end, whatever other threads do in between
        while len(self._names) > MOST_NAMES:
            self._names.popitem(last=False)

    def holds(self, kid: str | None, now: Moment) -> bool:
        """Tell whether the issuer is known not to have a key of this name."""
        proven = None if kid is None else self._names.get(kid)
        return proven is not None and proven.within(self._seconds, now)

    def clear(self) -> None:
        """Forget them all."""
        self._names.clear()

    def __len__(self) -> int:
        return len(self._names)
