"""ClientSecret: our own secret at a server, which may be changed there before, or after, it is changed with us."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import ConfigError, Unavailable
from ..stores.source import source_of

CODE = "introspection_unavailable"


class ClientSecret:
    """What to show a server, one value at a time.

    Args:
        given: a text, bytes, a secret source, or a callable that is asked for the text at each use.

    Raises:
        ConfigError: it is none of these, or empty, or has no UTF-8 form.
    """

    __slots__ = ("_ask", "_refused", "_source")

    def __init__(self, given: Any) -> None:
        self._refused: bytes | None = None  # the value that the server took last for none of ours
        self._ask: Callable[[], str] | None = None
        if callable(given) and not _is_source(given):
            self._ask = given
            return
        self._source = source_of(given, "client_secret")
        if isinstance(given, (str, bytes)) and not _text(self._source.current()[0]):
            raise ConfigError("client_secret: it has no UTF-8 form")

    def now(self) -> str:
        """Return what to show: the newest value, save where it was refused and there is another.

        Raises:
            Unavailable: there is none, or none that is a text.
        """
        if self._ask is not None:
            return _asked(self._ask)
        values = self._source.current()
        first = next(iter(values), b"")
        return _demand_text(next((each for each in values if each != self._refused), first))

    def after(self, refused: str) -> str | None:
        """Return another value, since the server took none for ours; asked for anew at most once an interval.

        None where there is no other, or where nobody can tell: the refusal stands then.
        """
        if self._ask is not None:
            return None  # it has just been asked, and nobody says how often it may be
        shown = refused.encode()
        try:
            anew = self._source.after_mismatch()
            # None says that they are fresh; still others than the one shown, if somebody has just fetched them.
            values = self._source.current() if anew is None else anew
        except Unavailable:
            return None
        self._refused = shown
        return next((_text(each) for each in values if each != shown), "") or None

    def __repr__(self) -> str:
        return "ClientSecret()"


def _is_source(given: object) -> bool:
    return all(callable(getattr(given, name, None)) for name in ("current", "after_mismatch"))


def _asked(ask: Callable[[], str]) -> str:
    try:
        secret: object = ask()
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the store it is kept in raises
        raise Unavailable(CODE, detail=f"client_secret raised {type(error).__name__}") from None
    try:
        return _demand_text(secret.encode() if isinstance(secret, str) else b"")
    except UnicodeEncodeError:
        raise _no_text() from None


def _demand_text(value: bytes) -> str:
    text = _text(value)
    if not text:
        raise _no_text()
    return text


def _text(value: bytes) -> str:
    """Return the text of a value; nothing where it is none."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return ""


def _no_text() -> Unavailable:
    return Unavailable(CODE, detail="client_secret gave no text")
