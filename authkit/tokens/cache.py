"""TokenCache: how many verified tokens are remembered, and for how long (jwt.md 6.1). Off unless asked for.

The gateway keeps whole answers already. This pays where it may not: with a time to live of 0, or behind a load balancer.
"""

from typing import Any, Generic, NamedTuple, TypeVar

from .lock import Lock

Entry = TypeVar("Entry")


class TokenCache(NamedTuple):
    """Limits of a memory of verified tokens.

    Args:
        entries: how many tokens.
        seconds: how long a token may be remembered; its own end may be sooner.
        largest: bytes of a token that is worth it.
    """

    entries: int = 1000
    seconds: float = 300.0
    largest: int = 4096

    def faults(self) -> list[str]:
        """Say what is wrong with the limits."""
        fits = [
            type(self.entries) is int and 0 < self.entries <= 100_000,
            isinstance(self.seconds, (int, float)) and 0 < self.seconds <= 86_400,
            type(self.largest) is int and 0 < self.largest <= 16_384,
        ]
        return [] if all(fits) else ["cache: 1 to 100000 entries, up to 86400 seconds, tokens up to 16384 bytes"]


class Remembered(Generic[Entry]):
    """A bounded memory by the SHA-256 of a whole token: never by a part of it, and never the token itself.

    Only successes are put into it. Whoever reads an entry judges whether it still holds.
    """

    __slots__ = ("_entries", "_limits", "_lock", "_sha256")

    def __init__(self, limits: TokenCache) -> None:
        from hashlib import sha256  # dear, and most authorizers keep no tokens

        self._sha256 = sha256
        self._limits = limits
        self._entries: dict[bytes, tuple[float, Entry]] = {}
        self._lock = Lock()  # for writing; a dictionary's look-up needs none

    def digest(self, token: object) -> bytes:
        """Return the name a token is remembered by; empty for what is not worth remembering."""
        if isinstance(token, str) and token.isascii():
            token = token.encode()
        if isinstance(token, bytes) and len(token) <= self._limits.largest:
            return self._sha256(token).digest()
        return b""

    def get(self, digest: bytes, now: float) -> Entry | None:
        """Return what is known of a token, if that is not too long ago; a clock set back makes it too long ago."""
        found = self._entries.get(digest)
        if found is None:
            return None
        age = now - found[0]
        if 0 <= age < self._limits.seconds:
            return found[1]
        self.forget(digest)
        return None

    def put(self, digest: bytes, entry: Entry, now: float) -> None:
        """Remember a verified token; the one that has been here longest makes room."""
        if not digest:
            return
        with self._lock.own():
            self._entries[digest] = (now, entry)
            while len(self._entries) > self._limits.entries:
                del self._entries[next(iter(self._entries))]

    def forget(self, digest: bytes) -> None:
        """Drop what is known of a token."""
        with self._lock:
            self._entries.pop(digest, None)

    def __len__(self) -> int:
        return len(self._entries)


def limits_of(cache: Any) -> TokenCache | None:
    """Return the limits given as ``cache=``, if they are any."""
    return cache if isinstance(cache, TokenCache) else None
