"""cloudfront_api_key: the tokens of one provider, and the key that the distribution would add."""

from __future__ import annotations

import json
from collections.abc import Sequence

from authkit.testing import StubIssuer
from tests.blueprints.world import Call, Site, World, bearer

ISSUER = StubIssuer("https://idp.example.com/", audience="https://api.example.com")
READ = {"scope": "orders:read"}


def calls(site: Site) -> Sequence[Call]:
    """Call as the distribution does, and as somebody who has found the API's own address."""
    edge = {"x-api-key": _key(site)}
    reader = bearer(ISSUER.token(**READ))
    return [
        Call("good", 200, "GET", "/orders/1042", {**reader, **edge}),
        Call("good", 403, "POST", "/orders", {**reader, **edge}, body={"item": "tea"}),
        Call("good", 403, "GET", "/orders/1042", reader, decided=200),
        Call("good", 403, "GET", "/orders/1042", {**reader, "x-api-key": "guessed"}, decided=200),
        Call("bad", 401, "GET", "/orders/1042", {**bearer(ISSUER.expired(**READ)), **edge}),
        Call("bad", 401, "GET", "/orders/1042", {**bearer(ISSUER.forged(**READ)), **edge}),
        Call("none", 401, "GET", "/orders/1042", edge),
    ]


def _key(site: Site) -> str:
    """Return the only key of the plan."""
    gateway = site.client("apigateway")
    (key,) = gateway.get_usage_plan_keys(usagePlanId=site.outputs["Plan"])["items"]
    return str(gateway.get_api_key(apiKey=key["id"], includeValue=True)["value"])


WORLD = World(environment={"JWKS": "jwks.json"}, files={"jwks.json": json.dumps(ISSUER.jwks)}, calls=calls)
