"""The authorizer of an API behind CloudFront with several ways in: users with tokens, partners with keys."""

from os import environ as env

import authkit
from authkit import Route, secrets

DAY = 24 * 3600
origin = secrets.at(env["SECRET"], seconds=60)  # rotation.py waits for so long
pepper = secrets.at(env["PEPPER"], previous_for=30 * DAY)  # how long keys are good whose pepper was replaced

user = authkit.JWTBearer(issuer=env["ISSUER"], audience=env["AUDIENCE"], jwks=env.get("JWKS") or None)
partner = authkit.APIKey(store=env["KEYS"], pepper=pepper, source=authkit.Header("authorization"))

handler = authkit.Authorizer(
    guards=[authkit.CloudFrontSecret(origin)],
    authenticate=authkit.first_of(user, partner),  # in one header, so that answers can be kept
    routes=[
        Route("GET", "/orders", scopes={"orders:read"}),
        Route("GET", "/orders/{id}", scopes={"orders:read"}),
        Route("POST", "/orders", scopes={"orders:write"}),
        Route("GET", "/users/{sub}/profile", bind={"sub": "sub"}),  # a user's own: a key has no subject
    ],
    enrich=[authkit.from_claims(tenant=("tenant", str, None))],  # of the token, or of the key's client
    limits=[authkit.until_token_ends],  # to the second, whatever the gateway keeps
)
