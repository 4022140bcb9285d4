"""The MiniStack that blueprints are deployed to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.blueprints.blueprint import Blueprint
from tests.blueprints.deployment import Cloud, Deploy, Deployed, by_sam
from tests.blueprints.world import world_of


@pytest.fixture(scope="package")
def ministack() -> Iterator[Cloud]:
    """One for all blueprints that are deployed from their SAM templates."""
    with Cloud() as running:
        yield running


@pytest.fixture(scope="package")
def deploy(ministack: Cloud) -> Deploy:
    """Deploy a blueprint, the first time it is asked for."""
    known: dict[str, Deployed] = {}
    tried: set[str] = set()

    def deployed(blueprint: Blueprint) -> Deployed:
        if blueprint.name not in known:
            # A second try would only tell that its bucket is there already.
            assert blueprint.name not in tried, "its deployment failed: see the first test that asked for it"
            tried.add(blueprint.name)
            known[blueprint.name] = by_sam(ministack, blueprint, world_of(blueprint.name))
        return known[blueprint.name]

    return deployed
