"""http_api_simple: the tokens of one provider, whose key set is packed with the function."""

from __future__ import annotations

import json

from authkit.testing import StubIssuer
from tests.blueprints.world import Call, World, bearer

ISSUER = StubIssuer("https://idp.example.com/", audience="https://api.example.com", claims={"sub": "ann"})
READ = {"scope": "invoices:read"}

WORLD = World(
    environment={"JWKS": "jwks.json"},
    files={"jwks.json": json.dumps(ISSUER.jwks)},
    # An HTTP API makes a 403 of a bad credential (contract section 6).
    calls=lambda site: [
        Call("good", 200, "GET", "/invoices/1042", bearer(ISSUER.token(**READ))),
        Call("good", 404, "GET", "/invoices/1043", bearer(ISSUER.token(**READ)), decided=200),  # not ann's
        *one_token(ISSUER.token(**READ)),
        Call("bad", 403, "GET", "/invoices", bearer(ISSUER.expired(**READ))),
        Call("bad", 403, "GET", "/invoices", bearer(ISSUER.forged(**READ))),
        Call("none", 401, "GET", "/invoices"),
    ],
)


def one_token(token: str) -> list[Call]:
    """Return calls with the same token: the yes for one route must not be kept for another."""
    return [
        Call("good", 200, "GET", "/invoices", bearer(token)),
        Call("good", 403, "POST", "/invoices", bearer(token), body={"total": 1}),
        Call("good", 200, "GET", "/invoices", bearer(token)),
    ]
