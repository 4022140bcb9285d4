"""private_api: the tokens of one provider, through an endpoint that only the runtime client's events can tell of."""

from __future__ import annotations

import json

from authkit.testing import StubIssuer
from tests.blueprints.world import Call, Otherwise, World, bearer

ISSUER = StubIssuer("https://idp.example.com/", audience="https://api.example.com", claims={"sub": "billing"})
READ = {"scope": "ledger:read"}
OURS = {"identity": {"vpceId": "vpce-0a1b2c3d4e5f67890"}}
ANOTHER = {"identity": {"vpceId": "vpce-99999999999999999"}}
MISSED = Otherwise(401, "it has no VPC endpoints, and so misses an identity source")

WORLD = World(
    environment={"JWKS": "jwks.json"},
    files={"jwks.json": json.dumps(ISSUER.jwks)},
    calls=lambda site: [
        through(OURS, Call("good", 200, "GET", "/entries/1042", bearer(ISSUER.token(**READ)))),
        through(OURS, Call("good", 403, "POST", "/entries", bearer(ISSUER.token(**READ)), body={"amount": "1"})),
        through(ANOTHER, Call("good", 403, "GET", "/entries/1042", bearer(ISSUER.token(**READ)))),
        through(OURS, Call("bad", 401, "GET", "/entries", bearer(ISSUER.expired(**READ)))),
        through(ANOTHER, Call("bad", 403, "GET", "/entries", bearer(ISSUER.expired(**READ)))),
        Call("none", 401, "GET", "/entries"),
    ],
)


def through(endpoint: dict[str, dict[str, str]], call: Call) -> Call:
    """Return a call that comes through an endpoint."""
    return call._replace(context=endpoint, ministack=MISSED)
