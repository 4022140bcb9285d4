"""cognito_request: access tokens as a Cognito user pool makes them, whose key set is packed with the function."""

from __future__ import annotations

import json

from authkit.testing import StubIssuer
from tests.blueprints.world import Call, World, bearer

POOL, CLIENT = "eu-west-1_a1B2c3D4e", "4k8m2n7p0q"
ISSUER = StubIssuer(
    f"https://cognito-idp.eu-west-1.amazonaws.com/{POOL}",
    algorithm="RS256",
    typ="JWT",
    claims={"aud": ..., "client_id": CLIENT, "token_use": "access", "username": "ann"},
)
READER, EDITOR = {"cognito:groups": ["readers"]}, {"cognito:groups": ["editors"]}

WORLD = World(
    environment={"JWKS": "jwks.json"},
    files={"jwks.json": json.dumps(ISSUER.jwks)},
    calls=lambda site: [
        Call("good", 200, "GET", "/articles/1042", bearer(ISSUER.token(**READER))),
        Call("good", 200, "DELETE", "/articles/1042", bearer(ISSUER.token(**EDITOR))),
        Call("good", 403, "DELETE", "/articles/1043", bearer(ISSUER.token(**EDITOR)), decided=200),  # not ann's
        Call("good", 403, "DELETE", "/articles/1042", bearer(ISSUER.token(**READER))),
        Call("good", 403, "GET", "/articles", bearer(ISSUER.token())),  # of no group
        Call("good", 200, "GET", "/users/ann/drafts", bearer(ISSUER.token())),
        Call("good", 403, "GET", "/users/bob/drafts", bearer(ISSUER.token())),
        Call("bad", 401, "GET", "/articles", bearer(ISSUER.token(**READER, token_use="id"))),
        Call("bad", 401, "GET", "/articles", bearer(ISSUER.token(**READER, client_id="another"))),
        Call("bad", 401, "GET", "/articles", bearer(ISSUER.expired(**READER))),
        Call("none", 401, "GET", "/articles"),
    ],
)
