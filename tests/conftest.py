"""What all tests share: how many examples Hypothesis tries, and where the shared examples of events lie."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

from tests.support.shared import SHARED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# No deadline: a slow machine is no fault. The health check would judge the machine as well.
_UNHURRIED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("quick", max_examples=10, **_UNHURRIED)
settings.register_profile("default", max_examples=60, **_UNHURRIED)
settings.register_profile("ci", max_examples=120, print_blob=True, **_UNHURRIED)
settings.load_profile(os.environ.get("AUTHKIT_HYPOTHESIS") or "default")


# Beside properties. What all these run, others run too; watched line by line they would take thrice as long.
_UNWATCHED = (
    "benchmark",
    "tests/test_layers",
    "tests/policy/test_trailing_slash",
    "tests/guards/test_rotation_under_load",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave coverage out of what tries many examples."""
    for item in items:
        if is_hypothesis_test(getattr(item, "function", None)) or any(part in item.nodeid for part in _UNWATCHED):
            item.add_marker("no_cover")


@pytest.fixture
def alone() -> Iterator[None]:
    """Put what the suite holds out of the collector's sight: benchmarks make it look through everything, each block."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of shared examples, or skip where it is not there."""
    if SHARED is None:
        pytest.skip("the folder of shared examples is not here; AUTHKIT_SHARED can name it")
    return SHARED
