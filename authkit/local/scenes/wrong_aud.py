"""A token for another API: signed by the right issuer, unexpired, and not for us."""

from __future__ import annotations

from collections.abc import Iterator

from ...tokens.rules import ANY_AUDIENCE
from .act import Act
from .stage import Stage

TITLE = "a good token of the right issuer, for another API"
LESSON = (
    "An issuer signs tokens for many APIs with the same key: a signature says who made a token, and not for whom.",
    "authkit has no default for the audience. Whoever wants to take tokens for anybody must write ANY_AUDIENCE.",
    "The caller learns 401 and no more; the operator is told which audience was expected; nothing is kept.",
)

ORDER = "GET /orders/1042"
OTHER = "https://billing.example.com"


def play(stage: Stage) -> Iterator[Act]:
    """Send it to an authorizer that does not look at the audience, and to one that does."""
    careless = stage.front("no audience", stage.authorizer(authenticate=stage.bearer(ANY_AUDIENCE)))
    right = stage.front("authkit", stage.authorizer())
    token = stage.token("reader", f"a token of reader for {OTHER}", aud=OTHER)
    yield stage.ask(
        careless,
        "an authorizer that checks signature, issuer and times, and no audience",
        ORDER,
        token,
        expect=200,
        wrong="billing, or whoever has stolen a token there, reads our orders",
    )
    yield stage.ask(right, "authkit asks whom it is for", ORDER, token, expect=401)
    yield stage.ask(right, "once more: it is asked again, for nothing was kept", ORDER, token, expect=401)
    yield stage.ask(right, "the same client with a token for us", ORDER, stage.token("reader"), expect=200)
