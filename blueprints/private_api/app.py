"""The authorizer of a ledger within a VPC: services' tokens, and only through one VPC endpoint."""

import os

from authkit import Authorizer, JWTBearer, Route, VpcEndpoint

handler = Authorizer(
    guards=[VpcEndpoint(endpoints=[os.environ["VPC_ENDPOINT"]])],  # the resource policy says so too: both must hold
    authenticate=JWTBearer(
        issuer=os.environ["ISSUER"],
        audience=os.environ["AUDIENCE"],
        jwks=os.environ.get("JWKS") or None,  # a file packed with the function, or a URL; by default found by discovery
    ),
    routes=[
        Route("GET", "/entries", scopes={"ledger:read"}),
        Route("GET", "/entries/{id}", scopes={"ledger:read"}),
        Route("POST", "/entries", scopes={"ledger:write"}),
    ],
)
