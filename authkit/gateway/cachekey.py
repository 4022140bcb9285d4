"""CacheKey: what a gateway must key its result cache on, by what each reader of a request says of itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class CacheKey:
    """What a gateway must key its result cache on.

    Args:
        readers: each says what it ``reads``; and it may say what of that is ``optional``, and that it is ``per_request``.
        more: further sources, which nobody reads.

    Attributes:
        sources: everything that is read of a request, each place once.
        optional: those that a good request may lack: named as an identity source, the gateway would answer it 401.
        per_request: whether somebody vouches for one request only, as a signature does.
        vouches_once: whether an answer is good for the request in hand alone. Kept in spite of all, by a TTL that was
            left on, it would be good without another signature or proof.
    """

    __slots__ = ("optional", "per_request", "sources", "vouches_once")

    def __init__(self, readers: Iterable[Any], more: tuple[str, ...] = ()) -> None:
        said = [(each.reads, getattr(each, "optional", ()), getattr(each, "per_request", False)) for each in readers]
        self.sources: tuple[str, ...] = tuple(dict.fromkeys([*(place for read, _, _ in said for place in read), *more]))
        lacked = {place for _, optional, _ in said for place in optional}
        demanded = {place for read, optional, _ in said for place in read if place not in optional}
        self.optional = tuple(place for place in self.sources if place in lacked - demanded)
        self.per_request = any(once for _, _, once in said)
        self.vouches_once = self.per_request or bool(self.optional)

    @property
    def is_one_header(self) -> bool:
        """Whether a TOKEN event carries all of it."""
        return len(self.sources) <= 1 and all(place.startswith("header.") for place in self.sources)

    @property
    def is_authorization(self) -> bool:
        """Whether it is the key that AppSync has: the Authorization header and nothing else."""
        return self.sources == ("header.authorization",)
