"""What a `Lookup` is given, and all that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..principal import Principal

    By = str | Callable[[Principal], str]

LONGEST_KEY = 512  # characters
MOST_SECONDS = 86_400
MOST_ENTRIES = 100_000
LONGEST_TIMEOUT = 8.0  # seconds: a gateway waits ten for the whole function

Find = Callable[[str], Mapping[str, Any] | None]
"""Takes a key and returns what is kept under it, or None. ``bounded = True`` says that it keeps a deadline of its own."""


def specs_of(give: object) -> Mapping[str, Any]:
    """Return what is to be given by name: names alone stand for themselves."""
    if isinstance(give, Mapping):
        return give
    listed = give if isinstance(give, Collection) and not isinstance(give, (str, bytes)) else ()
    return {name: name for name in listed if isinstance(name, str)}


def faults_of(given: Mapping[str, Any]) -> list[str]:
    """Say what is wrong with the arguments, but those that `fields_of` judges."""
    faults = []
    for name in ("find", "clock", "monotonic", "jitter"):
        if not callable(given[name]) or isinstance(given[name], type):
            faults.append(f"{name} cannot be called, or is a class")
    if not (isinstance(given["by"], str) and given["by"]) and not callable(given["by"]):
        faults.append("by must be the name of a claim, or a callable that takes the principal")
    for name in ("otherwise", "absent"):
        if given[name] is not None and not isinstance(given[name], Mapping):
            faults.append(f"{name} must be a mapping of names to values, or None")
    return faults + _number_faults(given)


def _number_faults(given: Mapping[str, Any]) -> list[str]:
    faults = []
    for name in ("seconds", "stale"):
        if not _within(given[name], 0, MOST_SECONDS):
            faults.append(f"{name} must be 0 to {MOST_SECONDS}")
    if not faults and given["seconds"] + given["stale"] > MOST_SECONDS:
        faults.append(f"seconds and stale together must be at most {MOST_SECONDS}")
    if not faults and given["stale"] and not given["seconds"]:
        faults.append("stale needs seconds: what is not remembered cannot serve")
    if type(given["entries"]) is not int or not 0 < given["entries"] <= MOST_ENTRIES:
        faults.append(f"entries must be 1 to {MOST_ENTRIES}")
    timeout = given["timeout"]
    if timeout is not None and (not _within(timeout, 0, LONGEST_TIMEOUT) or not timeout):
        faults.append(f"timeout must be above 0 and at most {LONGEST_TIMEOUT:g} seconds, or None")
    return faults


def _within(value: object, least: float, most: float) -> bool:
    return type(value) in (int, float) and least <= value <= most  # type: ignore[operator]
