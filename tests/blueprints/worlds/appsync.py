"""appsync: tokens of one provider, whose key set is packed with the function. A field that is refused is no refusal."""

from __future__ import annotations

import json

from authkit.testing import StubIssuer
from tests.blueprints.world import Call, World

ISSUER = StubIssuer("https://idp.example.com/", audience="https://api.example.com", claims={"tenant": "acme"})
READ = {"scope": "orders:read"}
ORDER = {"query": "query { order(id: 1042) { total } }"}


def plain(token: str) -> dict[str, str]:
    """Return the header as AppSync wants it: after the word Bearer it takes a token for another of its modes."""
    return {"Authorization": token}


WORLD = World(
    environment={"JWKS": "jwks.json"},
    files={"jwks.json": json.dumps(ISSUER.jwks)},
    calls=lambda site: [
        Call("good", 200, "POST", "/graphql", plain(ISSUER.token(**READ)), body=ORDER),
        Call("good", 401, "POST", "/graphql", plain(ISSUER.token()), body=ORDER),  # of no scope
        Call("bad", 401, "POST", "/graphql", plain(ISSUER.token(**READ, tenant=...)), body=ORDER),
        Call("bad", 401, "POST", "/graphql", plain(ISSUER.expired(**READ)), body=ORDER),
        Call("bad", 401, "POST", "/graphql", plain(ISSUER.forged(**READ)), body=ORDER),
        Call("none", 401, "POST", "/graphql", body=ORDER),
    ],
)
