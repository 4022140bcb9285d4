"""Slots: what may stand in one of an authorizer's, and what is wrong with what does not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .sources import is_place

_COROUTINE = 0x80  # inspect.CO_COROUTINE, without loading all of inspect

Named = tuple[str, Any]
"""A slot by its name, and what stands in it."""


def listed(given: object) -> tuple[Any, ...]:
    """Return what was given as a list; nothing where it is none."""
    return tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else ()


def slots(name: str, given: tuple[Any, ...]) -> list[Named]:
    """Return the slots of a list, each by its number."""
    return [(f"{name}[{index}]", each) for index, each in enumerate(given)]


def list_faults(name: str, given: object) -> list[str]:
    """Say what is wrong with a list of callables, but not with what is in it."""
    return [] if isinstance(given, Iterable) and not isinstance(given, str) else [f"{name} must be a list of callables"]


def callable_faults(named: Iterable[Named]) -> list[str]:
    """Say what cannot be called."""
    return [f"{slot} ({name_of(each)}) cannot be called" for slot, each in named if not callable(each)]


def reader_faults(named: Iterable[Named]) -> list[str]:
    """Say what does not tell which places of a request it reads: it cannot be right under the gateway's cache."""
    advice = "does not say what it reads of the request; decorate it with @reads('header.…')"
    silent = [(slot, each) for slot, each in named if callable(each) and not says_reads(each)]
    return [
        f"{slot} is the class {name_of(each)}: write {name_of(each)}(…)"
        if isinstance(each, type)
        else f"{slot} ({name_of(each)}) {advice}"
        for slot, each in silent
    ]


def observer_faults(observe: object) -> list[str]:
    """Say what is wrong with an observer. What it raises later is passed over, so it would be told nothing, unseen."""
    wants = getattr(observe, "wants", None)
    waits = getattr(getattr(wants, "__code__", None), "co_flags", 0) & _COROUTINE
    choosing = [] if wants is None or (callable(wants) and not waits) else ["observe: its wants must be a plain method"]
    return [*callable_faults([("observe", observe)]), *choosing]


def says_reads(reader: object) -> bool:
    """Tell whether something says which places of a request it reads."""
    sources = getattr(reader, "reads", None)
    return isinstance(sources, tuple) and all(map(is_place, sources))


def name_of(given: object) -> str:
    """Name a callable without its repr, which could show a secret it was given."""
    return str(getattr(given, "__qualname__", type(given).__name__))
