"""everything: users and partners by the distribution, and past it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

from authkit import Client, DynamoDBClients
from authkit.stores.clients_issue import issue
from authkit.testing import StubIssuer
from tests.blueprints.world import Call, Site, World, bearer
from tests.blueprints.worlds.cloudfront_secret_jwt import edge

ISSUER = StubIssuer("https://idp.example.com/", audience="https://api.example.com")
READ = {"scope": "orders:read"}
PEPPER = "of-a-stack-on-this-machine-and-nowhere-else"


def key(site: Site) -> str:
    """Put the pepper where the authorizer looks for it, and make a key as ``authkit keys create`` does."""
    site.client("secretsmanager").put_secret_value(SecretId=site.outputs["Pepper"], SecretString=PEPPER)
    store = DynamoDBClients(site.outputs["Keys"], client=site.client("dynamodb"))
    client = Client("acme", scopes={"orders:read"}, context={"tenant": "acme"})
    return issue(store, client, pepper=PEPPER.encode(), now=time.time()).text


def calls(site: Site) -> Sequence[Call]:
    """Return calls with either credential, with both wrong, and past the distribution."""
    added, partner = edge(site), key(site)
    user = bearer(ISSUER.token(sub="ann", tenant="acme", **READ))
    return [
        Call("good", 200, "GET", "/orders/1042", {**user, **added}),
        Call("good", 200, "GET", "/orders/1042", {"Authorization": partner, **added}),
        Call("good", 200, "GET", "/users/ann/profile", {**user, **added}),
        Call("good", 403, "GET", "/users/bob/profile", {**user, **added}),
        Call("good", 403, "GET", "/users/ann/profile", {"Authorization": partner, **added}),
        Call("good", 403, "POST", "/orders", {"Authorization": partner, **added}, body={"item": "tea"}),
        Call("bad", 401, "GET", "/orders/1042", {**bearer(partner), **added}),
        Call("bad", 401, "GET", "/orders/1042", {**bearer(ISSUER.expired(**READ)), **added}),
        Call("bad", 401, "GET", "/orders/1042", {"Authorization": partner.swapcase(), **added}),
        Call("bad", 403, "GET", "/orders/1042", {**user, "x-origin-verify": "guessed-by-somebody"}),
        Call("none", 401, "GET", "/orders/1042", added),
        Call("none", 401, "GET", "/orders/1042"),
    ]


WORLD = World(
    parameters={"RotateEvery": ""},  # MiniStack knows no rotation schedule
    environment={"JWKS": "jwks.json"},
    files={"jwks.json": json.dumps(ISSUER.jwks)},
    calls=calls,
)
