"""A function as it is deployed: this file and jwks.json side by side, configured by its environment."""

from __future__ import annotations

import os

from authkit import Authorizer, JWTBearer, Route

TENANTS = {"t-1": "silver"}

handler = Authorizer(
    authenticate=JWTBearer(
        issuer="https://idp.example.com/",
        audience=os.environ["AUDIENCE"],
        algorithms=["ES256"],
        jwks=os.environ["JWKS"],
        relax={"http-loopback"},
    ),
    routes=[
        Route("GET", "/orders/{id}", scopes={"orders:read"}),
        Route("POST", "/orders", scopes={"orders:write"}),
    ],
    enrich=[lambda principal: {"plan": TENANTS[principal.claims["tenant"]]}],
)
