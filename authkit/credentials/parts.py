"""Parts of a combination: what each says of itself, and what that makes of the whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..gateway.slots import name_of, says_reads


def taken_by(credential: object) -> frozenset[str]:
    """Return what a credential takes for its own, and refuses where it is no good; most say nothing of it."""
    return frozenset(getattr(credential, "takes", ()))


def explained(credential: object) -> str:
    """Return what a credential says that it demands, or its name where it says nothing."""
    explain = getattr(credential, "explain", None)
    return str(explain()) if callable(explain) else name_of(credential)


def prefetched(readers: Iterable[Any]) -> bool:
    """Let each of some readers fetch what it needs, if anything, and tell whether all of it is there."""
    # A list, and all of it: one that fails keeps no other from its own.
    return all([each.prefetch() for each in readers if hasattr(each, "prefetch")])  # noqa: C419 - see above


def read_by(reader: Any) -> tuple[str, ...]:
    """Return what a reader reads of a request."""
    places: tuple[str, ...] = reader.reads
    return places


def optional_of(reader: Any) -> tuple[str, ...]:
    """Return what a request may lack and still be good for a reader; most demand all they read."""
    places: tuple[str, ...] = getattr(reader, "optional", ())
    return places


def faults_of(credentials: Iterable[object]) -> list[str]:
    """Name those that are no credentials, and say why."""
    return [f"{name_of(each)} {fault}" for each in credentials if (fault := _fault(each))]


def _fault(credential: object) -> str:
    if not callable(credential) or isinstance(credential, type):
        return "is no credential: it must be a callable that takes the request"
    if not says_reads(credential):
        return "does not say what it reads of the request; decorate it with @reads('header.…')"
    return ""
