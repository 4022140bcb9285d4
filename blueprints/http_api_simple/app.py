"""The authorizer of an invoices API: an HTTP API that asks for yes or no, route by route."""

import os

from authkit import Authorizer, JWTBearer, Route

handler = Authorizer(
    response="simple",
    authenticate=JWTBearer(
        issuer=os.environ["ISSUER"],
        audience=os.environ["AUDIENCE"],
        jwks=os.environ.get("JWKS") or None,  # a file packed with the function, or a URL; by default found by discovery
    ),
    routes=[
        Route("GET", "/invoices", scopes={"invoices:read"}),
        Route("GET", "/invoices/{id}", scopes={"invoices:read"}),
        Route("POST", "/invoices", scopes={"invoices:write"}),
    ],
    enrich=[lambda p: {"caller": p.id, "scopes": sorted(p.scopes)}],  # HTTP APIs hand lists on as lists
)
