"""The authorizer of an orders API behind CloudFront, whose key the gateway itself checks: here, who calls and what for."""

import os

from authkit import Authorizer, JWTBearer, Route

handler = Authorizer(
    authenticate=JWTBearer(
        issuer=os.environ["ISSUER"],
        audience=os.environ["AUDIENCE"],
        jwks=os.environ.get("JWKS") or None,  # a file packed with the function, or a URL; by default found by discovery
    ),
    routes=[
        Route("GET", "/orders", scopes={"orders:read"}),
        Route("GET", "/orders/{id}", scopes={"orders:read"}),
        Route("POST", "/orders", scopes={"orders:write"}),
        Route("GET", "/users/{sub}/profile", bind={"sub": "sub"}),  # only the caller's own
    ],
)
