"""Timing: how long keys live and fetches may take."""

from typing import NamedTuple

from ..errors import ConfigError

_LONGEST_TIMEOUT = 60.0  # beyond what any authorizer is given
_LONGEST_PAUSE = 3600.0  # for as long as that, a rotation or the end of an outage may go unseen


class Timing(NamedTuple):
    """How long keys live and fetches may take, in seconds.

    Attributes:
        max_stale: how long a set serves after the last answer, if no other comes; 0: not beyond its lifetime.
        timeout: all of a fetch that a request waits for.
        renewal: all of a fetch while the set in hand still serves. Only where the set has outlived its lifetime and a
            renewal has failed, one may take ``timeout``, and the next such not before another lifetime has passed, nor
            `longest_backoff`.
        cooldown: between fetches that unknown key names cause, and names of keys that do not fit.
        longest_backoff: the longest pause between attempts at an issuer that fails, for whoever cannot be answered
            without one whatever its Retry-After says.
        lifetime: how long a set is fresh, whatever the issuer's Cache-Control says; None: as it says, within bounds.
        longest_retry_after: the longest pause between renewals that an issuer's Retry-After can ask for.
        grace: how long a key still verifies that the issuer has taken out of its set; 0: not at all.
    """

    max_stale: float = 24 * 3600
    timeout: float = 2.0
    renewal: float = 0.3
    cooldown: float = 30.0
    longest_backoff: float = 30.0
    lifetime: float | None = None
    longest_retry_after: float = 300.0
    grace: float = 0.0


def demand_timing(timing: Timing) -> Timing:
    """Return the timing.

    Raises:
        ConfigError: names every value that cannot be.
    """
    if not isinstance(timing, Timing):
        raise ConfigError(f"timing: a Timing, not {type(timing).__name__}")
    faults = [
        f"{name} must be a number of seconds"
        for name, value in timing._asdict().items()
        if not (name == "lifetime" and value is None) and not _is_duration(value)
    ]
    if not faults:
        faults = [
            *(
                f"{name} must be more than 0"
                for name in ("timeout", "renewal", "cooldown", "longest_backoff")
                if not getattr(timing, name)
            ),
            *(["lifetime must be more than 0, or None"] if timing.lifetime == 0 else []),
            *(["timeout and renewal are 60 at most"] if max(timing.timeout, timing.renewal) > _LONGEST_TIMEOUT else []),
            *(
                f"{name} is {_LONGEST_PAUSE:g} at most"
                for name in ("cooldown", "longest_backoff", "longest_retry_after")
                if getattr(timing, name) > _LONGEST_PAUSE
            ),
        ]
    if faults:
        raise ConfigError.of("Timing", faults)
    return timing


def _is_duration(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf")
