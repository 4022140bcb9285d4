"""Every blueprint deployed to MiniStack and called: with good, bad and no credential it answers 200, 403 and 401."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.blueprints.blueprint import FOLDER, Blueprint
from tests.blueprints.deployment import Cloud, Deploy, Deployed, by_terraform, gateways, served
from tests.blueprints.world import World, world_of
from tests.e2e.store_servers import why_no_ministack

MIRROR = os.environ.get("AUTHKIT_TERRAFORM_PLUGINS", "")
WITH_TERRAFORM = ("jwt_token", "http_api_simple", "websocket_connect")

pytestmark = [pytest.mark.external, pytest.mark.skipif(bool(why_no_ministack()), reason=why_no_ministack())]

ALL = pytest.mark.parametrize("blueprint", gateways(), ids=lambda each: each.name)


def came(deployed: Deployed, world: World) -> tuple[list[str], list[str]]:
    """Make every call; return what each came to, and what it should have."""
    with served(world, deployed):
        calls = world.calls(deployed.site)
        seen = [call.came_to(deployed.status(call)) for call in calls]
    return seen, [call.came_to(call.ministack.status if call.ministack else call.status) for call in calls]


@ALL
def test_a_world_has_a_call_of_every_sort(blueprint: Blueprint, deploy: Deploy) -> None:
    """A good credential that gets through, a bad one and none: else the tests below would show little."""
    calls = world_of(blueprint.name).calls(deploy(blueprint).site)

    assert (calls[0].credential, calls[0].status) == ("good", 200)
    assert {call.credential for call in calls} == {"good", "bad", "none"}
    assert all(call.status >= 400 for call in calls if call.credential != "good")


@ALL
def test_a_deployed_blueprint_answers_as_the_contract_says(blueprint: Blueprint, deploy: Deploy) -> None:
    """From its SAM template, with the identity sources, the environment and the routes that are there."""
    seen, right = came(deploy(blueprint), world_of(blueprint.name))

    assert seen == right


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[tuple[list[str], list[str]]]]]:
    """Return what came of each, all begun at once: Terraform mostly waits."""

    def apply(name: str, folder: Path) -> tuple[list[str], list[str]]:
        blueprint, world = Blueprint(FOLDER / name), world_of(name)
        with Cloud() as server:
            return came(by_terraform(server, blueprint, world, folder, MIRROR), world)

    with ThreadPoolExecutor(len(WITH_TERRAFORM)) as threads:
        yield {name: threads.submit(apply, name, tmp_path_factory.mktemp(name)) for name in WITH_TERRAFORM}


@pytest.mark.skipif(not MIRROR, reason="AUTHKIT_TERRAFORM_PLUGINS names no mirror of Terraform's AWS provider")
@pytest.mark.skipif(not shutil.which("terraform"), reason="terraform is not installed")
@pytest.mark.parametrize("name", WITH_TERRAFORM)
def test_a_blueprint_applied_by_terraform_answers_the_same(
    name: str, applied: Mapping[str, Future[tuple[list[str], list[str]]]]
) -> None:
    """A REST, an HTTP and a WebSocket API, by what the provider really asks for."""
    seen, right = applied[name].result()

    assert seen == right
