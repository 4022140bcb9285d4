"""The authorizer of an orders API behind CloudFront: only what came by its distribution, with a provider's tokens."""

import os

from authkit import Authorizer, CloudFrontSecret, JWTBearer, Route, secrets

handler = Authorizer(
    guards=[
        CloudFrontSecret(
            secrets.environment("ORIGIN_SECRET")  # where there is no account: on a laptop
            if os.environ.get("ORIGIN_SECRET")
            else secrets.manager(os.environ["SECRET"], seconds=60)  # as rotation.py has it
        )
    ],
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
