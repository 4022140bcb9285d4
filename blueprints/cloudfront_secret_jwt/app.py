"""The authorizer of an orders API behind CloudFront: only what came by its distribution, with a provider's tokens."""

import os

from authkit import Authorizer, CloudFrontSecret, JWTBearer, Route, secrets

handler = Authorizer(
    guards=[CloudFrontSecret(secrets.at(os.environ["SECRET"], seconds=60))],  # rotation.py waits for so long
    authenticate=JWTBearer(
        issuer=os.environ["ISSUER"],
        audience=os.environ["AUDIENCE"],
        jwks=os.environ.get("JWKS") or None,  # a file packed with the function, or a URL; by default found by discovery
    ),
    routes=[
        Route("GET", "/orders", scopes={"orders:read"}),
        Route("GET", "/orders/{id}", scopes={"orders:read"}),
        Route("POST", "/orders", scopes={"orders:write"}),
    ],
)
