"""Every blueprint's handler in AWS's own runtime client: it answers the calls of its world as it is deployed."""

from __future__ import annotations

import importlib.util
import shutil
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from authkit.gateway.request import Kind, parse
from authkit.local.events import Api
from authkit.local.runtime import RuntimeClient
from authkit.testing import appsync, decision, http_v1, http_v2, rest_request, rest_token, websocket
from authkit.testing.sent import SOURCE_IP
from tests.blueprints.blueprint import FOLDER, ROOT, Blueprint, imported
from tests.blueprints.deployment import Deploy, gateways, served
from tests.blueprints.world import Call, Site, World, world_of
from tests.e2e.store_servers import REGION, why_no_ministack

# What a request brings to the conditions of a policy, such as the end of a token: it is made now.
CONDITIONS = {"aws:CurrentTime": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"), "aws:SourceIp": SOURCE_IP}

NOWHERE = Site("", "", {}, lambda service: None)  # of a blueprint that is not deployed

needs_ministack = pytest.mark.skipif(bool(why_no_ministack()), reason=why_no_ministack())
pytestmark = [
    pytest.mark.external,
    pytest.mark.skipif(
        importlib.util.find_spec("awslambdaric") is None, reason="awslambdaric is not installed for this Python"
    ),
]


def event_of(call: Call, kind: Kind, site: Site, handler: Any) -> dict[str, Any]:
    """Return what the gateway would hand to the authorizer for a call."""
    api = Api(site.stage, region=REGION, id=site.host.partition(".")[0])
    if kind == "rest-token":
        return rest_token(call.method, call.path, call.headers["Authorization"], scheme="", api=api)
    options: dict[str, Any] = {"api": api, "domain": site.host, "headers": call.headers, "query": call.query}
    options |= {"context": call.context, "client_certificate": call.certificate}
    if kind == "websocket":
        return websocket(**options)
    route = handler.routes.find(call.method, call.path.lstrip("/"))
    options["resource"] = None if route is None else route.path
    if kind == "rest-request":
        return rest_request(call.method, call.path, **options)
    build = http_v1 if kind == "http-v1" else http_v2
    return build(call.method, call.path, sources=handler.identity_sources, **options)


def packed(blueprint: Blueprint, world: World, folder: Path) -> Path:
    """Return where a function is as it is packed: its folder, and the world's files."""
    shutil.copytree(blueprint.path, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in world.files.items():
        (folder / name).write_text(text)
    return folder


def came(calls: list[Call], seen: list[int]) -> tuple[list[str], list[str]]:
    """Return what each call came to, and what it should have."""
    right = [call.came_to(call.decided or call.status) for call in calls]
    return [call.came_to(status) for call, status in zip(calls, seen, strict=True)], right


@needs_ministack
@pytest.mark.parametrize("blueprint", gateways(), ids=lambda each: each.name)
def test_a_handler_answers_in_the_runtime_client(
    blueprint: Blueprint, deploy: Deploy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the environment that its template gives it; calls without a credential never come so far."""
    world, deployed = world_of(blueprint.name), deploy(blueprint)
    folder = packed(blueprint, world, tmp_path / "function")
    monkeypatch.chdir(folder)

    with served(world, deployed):
        for name, value in {**deployed.environment(), **deployed.aws(), "PYTHONPATH": str(ROOT)}.items():
            monkeypatch.setenv(name, value)
        calls = [call for call in world.calls(deployed.site) if call.credential != "none"]
        with imported(Blueprint(folder), {}) as app:
            kind = parse(blueprint.event()).kind
            events = [event_of(call, kind, deployed.site, app.handler) for call in calls]
        with RuntimeClient(f"{folder / 'app.py'}:handler").running() as client:
            seen, right = came(calls, [decision(client, event, CONDITIONS).status for event in events])

    assert seen == right


def test_a_graphql_handler_answers_in_the_runtime_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AppSync asks for yes or no, with a credential or not at all, and makes 401 of a no."""
    blueprint, world = Blueprint(FOLDER / "appsync"), world_of("appsync")
    folder = packed(blueprint, world, tmp_path / "function")
    monkeypatch.chdir(folder)
    for name, value in {**blueprint.environment(), **world.environment, "PYTHONPATH": str(ROOT)}.items():
        monkeypatch.setenv(name, value)
    calls = [call for call in world.calls(NOWHERE) if call.credential != "none"]

    with RuntimeClient(f"{folder / 'app.py'}:handler").running() as client:
        answers = [client(appsync(call.body["query"], call.headers["Authorization"]), None) for call in calls]

    seen, right = came(calls, [200 if answer["isAuthorized"] is True else 401 for answer in answers])
    assert seen == right
