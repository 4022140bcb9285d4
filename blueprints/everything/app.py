"""The authorizer of an API behind CloudFront with several ways in: users with tokens, partners with keys."""

from os import environ as env

import authkit
from authkit import Route, secrets

local = "ORIGIN_SECRET" in env  # where there is no account: secrets in the environment, and keys in a file
origin = secrets.environment("ORIGIN_SECRET") if local else secrets.manager(env["SECRET"], seconds=60)  # as rotation.py
pepper = secrets.environment("API_KEY_PEPPER") if local else secrets.manager(env["PEPPER"], previous_for=30 * 24 * 3600)
store = env["API_KEYS"] if local else f"dynamodb:{env['KEYS']}"

user = authkit.JWTBearer(issuer=env["ISSUER"], audience=env["AUDIENCE"], jwks=env.get("JWKS") or None)
partner = authkit.APIKey(store=store, pepper=pepper, source=authkit.Header("authorization"))

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
