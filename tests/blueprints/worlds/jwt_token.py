"""jwt_token: the tokens of one provider, whose key set is packed with the function."""

from __future__ import annotations

import json

from authkit.testing import StubIssuer
from tests.blueprints.world import Call, World, bearer

ISSUER = StubIssuer("https://idp.example.com/", audience="https://api.example.com")
READ = {"scope": "orders:read"}

WORLD = World(
    environment={"JWKS": "jwks.json"},
    files={"jwks.json": json.dumps(ISSUER.jwks)},
    calls=lambda site: [
        Call("good", 200, "GET", "/orders/1042", bearer(ISSUER.token(**READ))),
        Call("good", 200, "GET", "/users/ann/profile", bearer(ISSUER.token(sub="ann"))),
        Call("good", 403, "GET", "/users/bob/profile", bearer(ISSUER.token(sub="ann"))),
        Call("good", 403, "POST", "/orders", bearer(ISSUER.token(**READ)), body={"item": "tea"}),
        Call("bad", 401, "GET", "/orders/1042", bearer(ISSUER.expired(**READ))),
        Call("bad", 401, "GET", "/orders/1042", bearer(ISSUER.forged(**READ))),
        Call("none", 401, "GET", "/orders/1042"),
    ],
)
