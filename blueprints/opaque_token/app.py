"""The authorizer of an orders API whose bearer tokens only their server can read."""

import os

from authkit import Authorizer, DynamoDBRevocations, Introspection, Revocations, Route, secrets

held, table = os.environ.get("CLIENT_SECRET_ID"), os.environ.get("REVOCATIONS")
secret = secrets.manager(held, stages=["AWSCURRENT"]) if held else secrets.environment("CLIENT_SECRET")

handler = Authorizer(
    authenticate=Introspection(
        url=os.environ["INTROSPECTION_URL"],
        client_id=os.environ["CLIENT_ID"],
        client_secret=lambda: str(secret.current()[0], "utf-8"),
        issuer=os.environ["ISSUER"],
        audience=os.environ["AUDIENCE"],
        revoked=Revocations(DynamoDBRevocations(table)) if table else None,  # besides the server's own
        cache_seconds=10,  # comes on top of the gateway's TTL: how long a token passes after it was taken back
        relax=os.environ.get("RELAX", "").split(),  # here, never there: http-loopback
    ),
    routes=[
        Route("GET", "/orders", scopes={"orders:read"}),
        Route("GET", "/orders/{id}", scopes={"orders:read"}),
        Route("POST", "/orders", scopes={"orders:write"}),
        Route("GET", "/users/{sub}/profile", bind={"sub": "sub"}),  # only the caller's own
    ],
)
