"""Arguments that functions of `authkit.secrets` have in common: all that is wrong with them, and what they make."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from ..errors import ConfigError
from ..keys.clocks import Clocks
from . import aws
from .kept import Fetch, Kept
from .secretsmanager import CURRENT, Clients
from .source import Fetched

_LONGEST = 30 * 24 * 3600.0


def demand_none(subject: str, faults: list[str]) -> None:
    """Raise all faults in one message, if there is one.

    Raises:
        ConfigError: begins with ``subject``.
    """
    if faults:
        raise ConfigError.of(subject, faults)


def field_faults(field: object) -> list[str]:
    """Say what is wrong with the member of a JSON object that is meant; None is none."""
    return [] if field is None else name_faults(field, "field")


def name_faults(name: object, called: str) -> list[str]:
    """Say what is wrong with a name, by what the argument is called."""
    return [] if isinstance(name, str) and name else [f"{called} is a text that is not empty"]


def stage_faults(stages: object) -> list[str]:
    """Say what is wrong with staging labels."""
    if not isinstance(stages, Collection) or isinstance(stages, str):
        return ["stages is a list of staging labels"]
    if not all(isinstance(stage, str) and stage for stage in stages):
        return ["stages is a list of staging labels, which are texts"]
    return [] if CURRENT in stages else [f"{CURRENT} is one of the stages, or nothing would be valid between rotations"]


def limit_faults(limits: Mapping[str, object]) -> list[str]:
    """Say what is wrong with numbers of seconds."""
    faults = []
    for name, value in limits.items():
        least = 0 if name in ("max_stale", "previous_for") else 1
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not least <= value <= _LONGEST:
            faults.append(f"{name} must be a number of seconds, from {least} to {_LONGEST:g}")
    return faults


def clients_of(service: str, region: str | None, endpoint: str | None, client: Any) -> Clients:
    """Return the clients of a service of AWS."""
    made = (
        aws.client(service, region=region, endpoint=endpoint, client=client, brief=brief) for brief in (False, True)
    )
    return Clients(*made)


def keeping(
    fetch: Fetch, what: str, limits: Mapping[str, float], clocks: Clocks, jitter: Callable[[], float]
) -> Fetched:
    """Return a source that keeps what is fetched within these limits."""
    values = Kept(
        fetch,
        seconds=limits["seconds"],
        interval=limits["interval"],
        max_stale=limits["max_stale"],
        clocks=clocks,
        jitter=jitter,
    )
    return Fetched(values, what)
