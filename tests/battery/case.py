"""A case: something hostile or valid, and what must come of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

from authkit import JWTBearer
from authkit.errors import AuthkitError, ConfigError, Refused, Unavailable
from tests.battery.rows import FAMILIES

if TYPE_CHECKING:
    from tests.battery.world import World

ACCEPTED = "accepted"
CONFIG_ERROR = "config_error"
SHORTEST_SECRET = 7  # characters: what is shorter may stand in a message by chance


class Attempt(NamedTuple):
    """A token before a verifier."""

    token: Any
    settings: Mapping[str, Any]
    bearer: JWTBearer

    def run(self) -> Any:
        """Verify once and return the claims."""
        return self.bearer.verify(self.token)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the texts no message may hold: the token, its payload and its signature."""
        text = self.token.decode("latin-1") if isinstance(self.token, bytes) else self.token
        if not isinstance(text, str):
            return ()
        parts = [text[:4096], *text[:65536].split(".")[1:6]]
        return tuple(part for part in parts if len(part) >= 2 * SHORTEST_SECRET)


class Case(NamedTuple):
    """One row's input, by either way.

    Args:
        build: makes a token and its verifier, for a row about tokens.
        act: does something, and returns a word for what was seen, for a row about behaviour.
        then: what must hold of the claims where a token is accepted.
        portable: whether the token can be put before other verifiers and must fare no otherwise.
    """

    row: str
    name: str
    expected: frozenset[str]
    build: Callable[[World], Attempt] | None = None
    act: Callable[[World], str] | None = None
    then: Callable[[Mapping[str, Any]], bool] | None = None
    portable: bool = True

    @property
    def id(self) -> str:
        return f"{self.row}-{self.name}"


def token(
    row: str,
    name: str,
    expected: str,
    build: Callable[[World], Attempt],
    *,
    then: Callable[[Mapping[str, Any]], bool] | None = None,
    portable: bool = True,
) -> Case:
    """Return a case of a token; several codes are parted by ``|``."""
    return Case(row, name, frozenset(expected.split("|")), build=build, then=then, portable=portable)


def deed(row: str, name: str, expected: str, act: Callable[[World], str]) -> Case:
    """Return a case of behaviour."""
    return Case(row, name, frozenset(expected.split("|")), act=act)


def misconfigured(row: str, name: str, **settings: Any) -> Case:
    """Return a case of settings that a bearer must refuse when it is built."""
    return deed(row, name, CONFIG_ERROR, lambda world: observed(lambda: world.bearer(**settings)))


_WATCH: ContextVar[list[float] | None] = ContextVar("watch", default=None)


@contextmanager
def watched() -> Iterator[list[float]]:
    """Give a list whose one number is the processor seconds of the longest call observed meanwhile, in this thread."""
    longest = [0.0]  # and not all of them: some cases measure memory
    before = _WATCH.set(longest)
    try:
        yield longest
    finally:
        _WATCH.reset(before)


def observed(call: Callable[[], Any], secrets: tuple[str, ...] = ()) -> str:
    """Return what came of a call as a word: its code, or what is wrong with the refusal itself."""
    began = time.thread_time()
    try:
        return _word_for(call, secrets)
    finally:
        longest = _WATCH.get()
        if longest is not None:
            longest[0] = max(longest[0], time.thread_time() - began)


def _word_for(call: Callable[[], Any], secrets: tuple[str, ...]) -> str:
    try:
        call()
    except ConfigError as fault:
        return CONFIG_ERROR + _leak(fault, secrets)
    except (Refused, Unavailable) as fault:
        family = FAMILIES.get(fault.code)
        if family is not None and not isinstance(fault, family):
            return f"{fault.code} as {type(fault).__name__}"
        return fault.code + _leak(fault, secrets)
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is what we look for
        return f"foreign {type(fault).__name__}"
    return ACCEPTED


def _leak(fault: AuthkitError, secrets: tuple[str, ...]) -> str:
    told = " ".join(map(str, (fault, repr(fault), fault.args, vars(fault), fault.__cause__)))
    return " and tells the secret" if any(each in told for each in secrets if len(each) >= SHORTEST_SECRET) else ""
