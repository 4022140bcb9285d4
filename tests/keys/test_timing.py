"""Timing: what is no duration is found while constructing."""

from __future__ import annotations

from typing import Any

import pytest

from authkit.errors import ConfigError
from authkit.keys.timing import Timing, demand_timing


def test_the_defaults_are_those_of_the_design() -> None:
    """A day without an answer, two seconds for whoever waits, a third of one for whoever does not."""
    assert demand_timing(Timing()) == (86400, 2.0, 0.3, 30.0, 30.0, None, 300.0, 0.0)


@pytest.mark.parametrize("name", [name for name in Timing._fields if name != "lifetime"])
@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), None, "30", True])
def test_what_is_no_duration_is_a_configuration_error(name: str, value: Any) -> None:
    """It names the field."""
    with pytest.raises(ConfigError, match=name):
        demand_timing(Timing()._replace(**{name: value}))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"timeout": 0}, "timeout must be more than 0"),
        ({"renewal": 0}, "renewal must be more than 0"),
        ({"cooldown": 0}, "cooldown must be more than 0"),
        ({"lifetime": 0}, "lifetime must be more than 0"),
        ({"lifetime": -1}, "lifetime must be a number"),
        ({"longest_backoff": 0}, "longest_backoff must be more than 0"),
        ({"longest_backoff": 1e12}, "longest_backoff is 3600 at most"),
        ({"cooldown": 3601}, "cooldown is 3600 at most"),
        ({"longest_retry_after": 1e12}, "longest_retry_after is 3600 at most"),
        ({"timeout": 61}, "60 at most"),
        ({"renewal": 1e9}, "60 at most"),
        ({"timeout": 0, "cooldown": 0}, "timeout must be more than 0; cooldown must be more than 0"),
    ],
)
def test_what_cannot_be_is_a_configuration_error(changes: dict[str, Any], said: str) -> None:
    """All faults in one message."""
    with pytest.raises(ConfigError, match=said):
        demand_timing(Timing(**changes))


def test_a_timing_is_a_timing() -> None:
    """A tuple that looks like one is not."""
    with pytest.raises(ConfigError, match="not tuple"):
        demand_timing(tuple(Timing()))  # type: ignore[arg-type]


@pytest.mark.parametrize("changes", [{"max_stale": 0}, {"grace": 60}, {"lifetime": 1}, {"longest_retry_after": 0}])
def test_what_may_be_is_taken(changes: dict[str, Any]) -> None:
    """Nothing where nothing makes sense."""
    assert demand_timing(Timing(**changes))
