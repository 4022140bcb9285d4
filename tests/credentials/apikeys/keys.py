"""Keys, stores and clocks for the tests of API keys."""

from __future__ import annotations

import itertools
from typing import Any

from authkit.credentials.apikey import APIKey
from authkit.credentials.client import Client
from authkit.gateway.request import Request, parse
from authkit.stores.clients import Issued, MemoryClients
from authkit.stores.clients_issue import New, issue
from tests.support.events import request_event

PEPPER = b"the pepper of these tests, 32 bytes or more"
OLDER = b"the pepper before it, and as long as that one"
NOW = 1_700_000_000.0


class Clock:
    """Both clocks, moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


class Store(MemoryClients):
    """A store that counts what it is asked, and fails when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.failure: Exception | None = None

    def find(self, digest: str) -> Issued | None:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        return super().find(digest)


class Source:
    """A secret source that is told what to say."""

    def __init__(self, *values: bytes) -> None:
        self.values = values
        self.anew: tuple[bytes, ...] | None = None
        self.mismatches = 0
        self.failure: Exception | None = None

    def current(self) -> tuple[bytes, ...]:
        if self.failure is not None:
            raise self.failure
        return self.values

    def after_mismatch(self) -> tuple[bytes, ...] | None:
        self.mismatches += 1
        anew, self.anew = self.anew, None
        return anew


_counter = itertools.count(1)


def entropy(size: int) -> bytes:
    """Return bytes that are as good as random for a test, and the same in each run."""
    from hashlib import shake_256

    return shake_256(str(next(_counter)).encode()).digest(size)


def given(store: Any, client: Client | None = None, *, pepper: bytes = PEPPER, prefix: str = "ak_live") -> New:
    """Return a key that the store has."""
    return issue(store, client or Client("acme"), pepper=pepper, now=NOW, prefix=prefix, entropy=entropy)


def credential(store: Any, clock: Clock | None = None, **changes: Any) -> APIKey:
    """Return a credential with clocks that stand still."""
    chosen = clock or Clock()
    settings = {"pepper": PEPPER, "clock": chosen, "monotonic": chosen, "jitter": lambda: 0.0, **changes}
    return APIKey(store=store, **settings)


def request(text: Any, **changes: Any) -> Request:
    """Return a request of a REST API with this key."""
    return parse(request_event({"X-Api-Key": text}, **changes))


def made_up(number: int, prefix: str = "ak_live") -> str:
    """Return a key with a right checksum, which anybody can make."""
    from authkit.credentials.apikey_text import new_key

    return new_key(prefix, f"a pepper of somebody else's: {number:08}".encode(), entropy).text
