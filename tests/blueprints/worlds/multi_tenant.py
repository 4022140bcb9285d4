"""multi_tenant: two tenants' providers, whose key sets are packed with the function."""

from __future__ import annotations

import json

from authkit.testing import StubIssuer
from tests.blueprints.world import Call, World, bearer

AUDIENCE = "https://api.example.com"
ACME = StubIssuer("https://acme.example.com/", audience=AUDIENCE)
GLOBEX = StubIssuer("https://globex.example.com/", audience=AUDIENCE, keys="globex")
TENANTS = {
    "acme": {"issuer": ACME.url, "jwks": "acme.jwks.json"},
    "globex": {"issuer": GLOBEX.url, "jwks": "globex.jwks.json"},
}
READ = {"scope": "orders:read"}

WORLD = World(
    environment={"TENANTS": json.dumps(TENANTS)},
    files={"acme.jwks.json": json.dumps(ACME.jwks), "globex.jwks.json": json.dumps(GLOBEX.jwks)},
    calls=lambda site: [
        Call("good", 200, "GET", "/tenants/acme/orders/1042", bearer(ACME.token(**READ))),
        Call("good", 200, "GET", "/tenants/globex/orders", bearer(GLOBEX.token(**READ))),
        Call("good", 200, "GET", "/tenants/acme/users/ann/profile", bearer(ACME.token(sub="ann"))),
        Call("good", 403, "GET", "/tenants/acme/users/bob/profile", bearer(ACME.token(sub="ann"))),
        Call("good", 403, "GET", "/tenants/globex/users/ann/profile", bearer(ACME.token(sub="ann"))),
        Call("good", 403, "POST", "/tenants/acme/orders", bearer(ACME.token(**READ)), body={"item": "tea"}),
        Call("good", 403, "GET", "/tenants/globex/orders/1042", bearer(ACME.token(**READ))),
        Call("good", 403, "GET", "/tenants/acme/orders/1042", bearer(GLOBEX.token(tenant="acme", **READ))),
        Call("bad", 401, "GET", "/tenants/acme/orders/1042", bearer(GLOBEX.token(iss=ACME.url, **READ))),
        Call("bad", 401, "GET", "/tenants/acme/orders/1042", bearer(ACME.expired(**READ))),
        Call("bad", 401, "GET", "/tenants/acme/orders/1042", bearer(ACME.token(iss="https://other.example.com/"))),
        Call("none", 401, "GET", "/tenants/acme/orders/1042"),
    ],
)
