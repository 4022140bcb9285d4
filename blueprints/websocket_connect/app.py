"""The authorizer of a WebSocket API: a ticket for one connection, taken once, from pages of one's own site."""

import os

from authkit import Authorizer, DynamoDBReplay, JWTBearer, MemoryReplay, Origin, Query, Route

TICKETS = os.environ["USED_TICKETS"]  # a table; "memory" is for trying things out: each environment has its own
used = MemoryReplay() if TICKETS == "memory" else DynamoDBReplay(TICKETS)

handler = Authorizer(
    guards=[Origin(os.environ["ALLOWED_ORIGIN"])],
    authenticate=JWTBearer(
        issuer=os.environ["ISSUER"],
        audience=os.environ["AUDIENCE"],
        jwks=os.environ.get("JWKS") or None,  # a file packed with the function, or a URL; by default found by discovery
        source=Query("ticket"),
        max_lifetime=60,  # seconds: query strings end up in logs
        required=["jti"],
        revoked=lambda ticket: not used.consume(ticket["sub"], ticket["jti"], until=ticket["exp"]),
    ),
    routes=[Route("$connect")],
    enrich=[lambda p: {"room": p.claims.get("room", "lobby")}],
)
