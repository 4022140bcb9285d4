"""cloudfront_secret_jwt: calls as the distribution sends them, with the secret that the stack has made; and past it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from secrets import token_hex

from authkit.testing import StubIssuer
from tests.blueprints.world import Call, Site, World, bearer

ISSUER = StubIssuer("https://idp.example.com/", audience="https://api.example.com")
READ = {"scope": "orders:read"}
VALUES = (token_hex(32), token_hex(32))  # MiniStack makes some with commas, though the template excludes punctuation


def edge(site: Site) -> dict[str, str]:
    """Return the header that the distribution adds."""
    client, secret = site.client("secretsmanager"), {"SecretId": site.outputs["SecretId"]}
    for value in VALUES:
        if client.get_secret_value(**secret)["SecretString"] != VALUES[-1]:
            client.put_secret_value(**secret, SecretString=value)
    return {"x-origin-verify": client.get_secret_value(**secret)["SecretString"]}


def calls(site: Site) -> list[Call]:
    """Return calls by the distribution and past it."""
    added: Mapping[str, str] = edge(site)
    token = bearer(ISSUER.token(**READ))
    return [
        Call("good", 200, "GET", "/orders/1042", {**token, **added}),
        Call("good", 403, "POST", "/orders", {**token, **added}, body={"item": "tea"}),
        Call("bad", 403, "GET", "/orders/1042", {**token, "x-origin-verify": "guessed-by-somebody"}),
        Call("bad", 401, "GET", "/orders/1042", {**bearer(ISSUER.expired(**READ)), **added}),
        Call("bad", 401, "GET", "/orders/1042", {**bearer(ISSUER.forged(**READ)), **added}),
        Call("none", 401, "GET", "/orders/1042", token),
        Call("none", 401, "GET", "/orders/1042", added),
        Call("none", 401, "GET", "/orders/1042"),
    ]


WORLD = World(
    parameters={"RotateEvery": ""},  # MiniStack knows no rotation schedule
    environment={"JWKS": "jwks.json"},
    files={"jwks.json": json.dumps(ISSUER.jwks)},
    calls=calls,
)
