"""api_key_usage_plan: keys made by the pepper that the stack has, one of which was taken back."""

from __future__ import annotations

import time
from collections.abc import Sequence

from authkit import Client, DynamoDBClients
from authkit.stores.clients_issue import issue, revoke
from tests.blueprints.world import Call, Site, World

PEPPER = "of-a-stack-on-this-machine-and-nowhere-else"
USAGE_KEY = "of-a-plan-on-this-machine-and-nowhere-else"


def calls(site: Site) -> Sequence[Call]:
    """Put the pepper where the authorizer looks for it, and make keys as ``authkit keys create`` does."""
    site.client("secretsmanager").put_secret_value(SecretId=site.outputs["Pepper"], SecretString=PEPPER)
    store = DynamoDBClients(site.outputs["Keys"], client=site.client("dynamodb"))
    client = Client("acme", scopes={"orders:read"}, usage_key=USAGE_KEY)
    good, bad, strange = (
        issue(store, client, pepper=pepper.encode(), now=time.time()) for pepper in (PEPPER, PEPPER, PEPPER[::-1])
    )
    revoke(store, bad.issued.id)
    _plan(site, good.text)
    return [
        Call("good", 200, "GET", "/orders/1042", _key(good.text)),
        Call("good", 200, "GET", "/orders", _key(good.text)),
        Call("good", 403, "POST", "/orders", _key(good.text), body={"item": "tea"}),
        Call("bad", 401, "GET", "/orders/1042", _key(bad.text)),
        Call("bad", 401, "GET", "/orders/1042", _key(strange.text)),
        Call("bad", 401, "GET", "/orders/1042", _key(USAGE_KEY)),
        Call("none", 401, "GET", "/orders/1042"),
    ]


def _plan(site: Site, key: str) -> None:
    """Put a partner's key into the plan: MiniStack looks for the header's, whatever the API's key source is."""
    gateway = site.client("apigateway")
    made = gateway.create_api_key(name="acme", value=key, enabled=True)
    gateway.create_usage_plan_key(usagePlanId=site.outputs["Plan"], keyId=made["id"], keyType="API_KEY")


def _key(text: str) -> dict[str, str]:
    return {"x-api-key": text}


WORLD = World(calls=calls)
