"""websocket_connect: tickets that an issuer of one's own signs, whose key set is packed with the function."""

from __future__ import annotations

import json

from authkit.testing import StubIssuer
from tests.blueprints.world import CONNECT, Call, Otherwise, Site, World

ISSUER = StubIssuer("https://tickets.example.com/", audience="wss://live.example.com")
OWN = {"Origin": "https://app.example.com"}
FAULT = Otherwise(500, "it makes a fault of the word Unauthorized, on WebSocket APIs only (contract section 6)")


def calls(_: Site) -> list[Call]:
    """Return connections, among them one with a ticket that was used just before."""
    once = {"ticket": ISSUER.token(expires_in=60)}
    return [
        Call("good", 200, CONNECT, headers=OWN, query=once),
        Call("bad", 401, CONNECT, headers=OWN, query=once, ministack=FAULT),
        Call("good", 403, CONNECT, headers={"Origin": "https://somebody-else.example"}, query=ticket()),
        *(Call("bad", 401, CONNECT, headers=OWN, query=bad, ministack=FAULT) for bad in bad_tickets()),
        Call("none", 401, CONNECT, headers=OWN),
        Call("none", 401, CONNECT, query=ticket()),  # an identity source is missing
    ]


def ticket(expires_in: float = 60, **claims: object) -> dict[str, str]:
    """Return the query with a ticket nobody has used."""
    return {"ticket": ISSUER.token(expires_in=expires_in, **claims)}


def bad_tickets() -> list[dict[str, str]]:
    """Return tickets that live longer than a ticket may, were forged, and cannot be told from others."""
    return [ticket(expires_in=600), {"ticket": ISSUER.forged(expires_in=60)}, ticket(jti=...)]


WORLD = World(environment={"JWKS": "jwks.json"}, files={"jwks.json": json.dumps(ISSUER.jwks)}, calls=calls)
