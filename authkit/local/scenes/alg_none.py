"""Tokens that choose how they are checked: no signature at all, or HMAC with the public key (RFC 8725 section 2.1)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ..demo import AUDIENCE
from .act import Act, Credential
from .forged import pem, signed_with_the_public_key, unsigned
from .naive import as_the_header_says
from .stage import Front, Stage

TITLE = 'forged tokens that choose their own check: "alg": "none", and HS256 with the public key'
LESSON = (
    "The algorithms are configuration, and the header only says which of them it is (RFC 8725 section 3.1): none is never",
    "one of them, and HMAC never stands beside public keys. Such a token is refused before a claim of it is believed.",
    "The caller learns 401 and no more; the operator is told which algorithms are allowed; nothing is kept.",
)

AUDIT = "GET /orders/1042/audit"

_FORGED = "nobody granted it: the token says of itself how it is to be checked, and that it is the auditor's"


def play(stage: Stage) -> Iterator[Act]:
    """Forge a token in two ways, and send each to an authorizer that believes the header, and to authkit."""
    (key,) = json.loads(stage.published())["keys"]
    public = pem(key)
    believing = stage.front("by header", stage.authorizer(authenticate=as_the_header_says(public, stage.bearer())))
    right = stage.front("authkit", stage.authorizer())
    claims = _claims(stage)
    forged = unsigned(claims), signed_with_the_public_key(claims, public, key["kid"])
    yield stage.note("Somebody without any key of the issuer writes a token that is the auditor's by its claims.")
    for token in forged:
        yield stage.ask(
            believing, "an authorizer that does as the header says", AUDIT, token, expect=200, wrong=_FORGED
        )
    yield from _refused(stage, right, forged)
    yield stage.ask(right, "the auditor, with a token of the issuer's", AUDIT, stage.token("auditor"), expect=200)


def _refused(stage: Stage, right: Front, forged: tuple[Credential, ...]) -> Iterator[Act]:
    for token in forged:
        yield stage.ask(right, "authkit has a list of its own", AUDIT, token, expect=401)
    yield stage.ask(right, "once more: it is asked again, for nothing was kept", AUDIT, forged[0], expect=401)


def _claims(stage: Stage) -> dict[str, object]:
    now = int(stage.clock())
    return {
        "iss": stage.issuer.url,
        "sub": "auditor",
        "aud": AUDIENCE,
        "client_id": "auditor",
        "iat": now,
        "exp": now + 600,
        "jti": "forged",
        "scope": "audit:read orders:read",
    }
