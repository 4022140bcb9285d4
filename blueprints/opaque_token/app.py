"""The authorizer of an orders API whose bearer tokens only their server can read."""

import os

from authkit import Authorizer, DynamoDBRevocations, Introspection, Revocations, Route, secrets

table = os.environ.get("REVOCATIONS")

handler = Authorizer(
    authenticate=Introspection(
        url=os.environ["INTROSPECTION_URL"],
        client_id=os.environ["CLIENT_ID"],
        client_secret=secrets.at(os.environ["CLIENT_SECRET"]),
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
