"""Source: whom to ask for the values of a secret that are valid now."""

from typing import Any, NamedTuple, Protocol

from ..errors import ConfigError, Unavailable
from .kept import Kept


class SecretValues(NamedTuple):
    """The values that are valid now, newest first. A repr of it does not show them."""

    values: tuple[bytes, ...]

    def __repr__(self) -> str:
        return f"SecretValues({len(self.values)} values)"


class SecretSource(Protocol):
    """Tells the values of a secret that are valid now."""

    def current(self) -> tuple[bytes, ...]:
        """Return them, newest first: from memory, if they are not too old.

        Raises:
            Unavailable: they cannot be had.
        """
        ...

    def after_mismatch(self) -> tuple[bytes, ...] | None:
        """Ask for them anew, since somebody came with another: at most once an interval; None in between.

        Raises:
            Unavailable: they cannot be had, so nobody can tell whether the other is wrong.
        """
        ...


class Given:
    """A source of values that are known from the start and never change."""

    __slots__ = ("_values",)

    def __init__(self, values: tuple[bytes, ...]) -> None:
        self._values = values

    def current(self) -> tuple[bytes, ...]:
        """Return the values."""
        return self._values

    def after_mismatch(self) -> None:
        """Return None: there is nobody to ask."""

    def __call__(self) -> SecretValues:
        """Return the values by their name."""
        return SecretValues(self._values)

    def __repr__(self) -> str:
        return f"Given({len(self._values)} values)"


class Fetched:
    """A source that fetches its values, keeps them for a bounded time, and can be asked anew; see `Kept`."""

    __slots__ = ("_kept", "_what", "current")

    def __init__(self, kept: Kept, what: str) -> None:
        self._kept = kept
        self._what = what
        self.current = kept.current  # as it is: it is asked with every request

    def after_mismatch(self) -> tuple[bytes, ...] | None:
        """Ask anew, at most once an interval; see `SecretSource.after_mismatch`."""
        return self._kept.after_mismatch()

    def refresh(self) -> tuple[bytes, ...]:
        """Ask anew now.

        Raises:
            Unavailable: nothing usable came. What is in hand serves on.
        """
        return self._kept.refresh()

    def prefetch(self) -> bool:
        """Have the values ready before the first request, in the init phase, and tell whether they are. Never raises."""
        try:
            return bool(self._kept.current())
        except Unavailable:
            return False

    def __call__(self) -> SecretValues:
        """Return the values that are valid now, by their name."""
        return SecretValues(self._kept.current())

    def __repr__(self) -> str:
        return f"Fetched({self._what}, {self._kept!r})"


def given(*values: str | bytes) -> Given:
    """Return a source of these values, newest first.

    Raises:
        ConfigError: there is none, or one of them is empty, or neither text nor bytes.
    """
    faults = [] if values else ["give one value at least"]
    faults += [
        f"value {number} is {'empty' if isinstance(value, (str, bytes)) else 'neither text nor bytes'}"
        for number, value in enumerate(values, 1)
        if not (isinstance(value, (str, bytes)) and value)
    ]
    if faults:
        raise ConfigError.of("secrets.given", faults)
    return Given(tuple(dict.fromkeys(_bytes(value) for value in values)))


def source_of(secret: object, subject: str) -> SecretSource:
    """Return the source that somebody was given, or one of the value they were given.

    Raises:
        ConfigError: it is neither; or the value is empty. Begins with ``subject``.
    """
    if isinstance(secret, (str, bytes)):
        try:
            return given(secret)
        except ConfigError:
            raise ConfigError(f"{subject}: the secret is empty") from None
    if all(callable(getattr(secret, name, None)) for name in ("current", "after_mismatch")):
        source: Any = secret
        return source  # type: ignore[no-any-return]
    raise ConfigError(
        f"{subject}: a secret is bytes, a text or a source, as secrets.manager(…); not {type(secret).__name__}"
    )


def _bytes(value: str | bytes) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else bytes(value)
