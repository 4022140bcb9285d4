"""Events: what becomes of an issuer's keys, told as it happens to one callable, in words that may be logged."""

from collections.abc import Callable
from typing import NamedTuple

from ..observe.record import printable
from .keyset import KeySet


class KeyEvent(NamedTuple):
    """One thing that happened to the keys of an issuer. All texts are printable and bounded.

    Attributes:
        name: ``fetch_started``, ``fetched``, ``fetch_failed``, ``stale_served``, ``bundled_served``, ``unknown_kid``,
            ``cooldown``, ``key_skipped``, ``key_tolerated``, ``key_removed``, ``lifetime_clamped``, ``store_served``
            or ``store_failed``.
        issuer: whose keys.
        kid: the name of the key it is about, if it is about one. A token's word, where the key is unknown.
        code: why, stable and machine-readable.
        detail: one sentence for the operator.
    """

    name: str
    issuer: str = ""
    kid: str = ""
    code: str = ""
    detail: str = ""


OnEvent = Callable[[KeyEvent], None]

_FAILURES = frozenset({"fetch_failed", "store_failed"})
_ALARMING = frozenset({"weak_key", "roca_key", "private_key", "x5c_disagrees"})


class Teller:
    """Tells the events of one issuer. What the callable raises is counted, and harms nobody.

    Args:
        issuer: whose keys the events are about.
        on_event: is told; `log_event` if None.
    """

    __slots__ = ("_issuer", "_on_event", "lost")

    def __init__(self, issuer: str, on_event: OnEvent | None = None) -> None:
        self._issuer = printable(issuer)
        self._on_event = log_event if on_event is None else on_event
        self.lost = 0

    def tell(self, name: str, *, kid: str | None = None, code: str = "", detail: str = "") -> None:
        """Tell one event."""
        event = KeyEvent(name, self._issuer, printable(kid or ""), printable(code), printable(detail))
        try:
            self._on_event(event)
        except Exception:  # noqa: BLE001 - whoever watches must not be able to break what he watches
            self.lost += 1

    def tell_of(self, keys: KeySet) -> None:
        """Tell which keys of a set were left out, and which were odd and taken all the same."""
        for left_out in keys.skipped:
            self.tell("key_skipped", kid=left_out.kid, code=left_out.reason, detail=left_out.detail)
        for key in keys.keys:
            for remark in key.remarks:
                self.tell("key_tolerated", kid=key.kid, code=remark)


def log_event(event: KeyEvent) -> None:
    """Log failures, and keys that are weak or give away their private half, as warnings: one JSON line each."""
    if event.name not in _FAILURES and not (event.name == "key_skipped" and event.code in _ALARMING):
        return
    import json
    import logging  # not above: most functions never have anything to log here

    fields = {name: value for name, value in event._asdict().items() if value}
    logging.getLogger("authkit").warning("%s", json.dumps({"keys": fields}, ensure_ascii=False))
