"""Whole authorizers for one small API: authkit's, one written by hand around PyJWT, and Powertools'."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from time import time
from typing import Any

import jwt

from authkit import Authorizer, Field, Route
from benchmarks.events import SIMPLE
from benchmarks.issued import AUDIENCE, ISSUER, Issued, unchecked
from benchmarks.peers import OPTIONS, authkit, fetched, has_powertools, powertools

Handler = Callable[[Mapping[str, Any], object], object]
Answer = Callable[[Mapping[str, Any], Mapping[str, Any], bool], dict[str, Any]]
"""Takes event, claims and whether the caller may."""

ROUTES = (
    Route("GET", "/things", scopes={"orders/read"}),
    Route("GET", "/things/{thing}", scopes={"orders/read"}),
    Route("POST", "/things", scopes={"orders/write"}),
    Route("DELETE", "/things/{thing}", scopes={"orders/delete"}),
)
CONNECTING = (Route("$connect", scopes={"orders/read"}),)
FIELDS = (
    Field("Query.thing", scopes={"orders/read"}),
    Field("Query.things", scopes={"orders/read"}),
    Field("Mutation.addThing", scopes={"orders/write"}),
    Field("Mutation.removeThing", scopes={"orders/delete"}),
)
_TABLES: Mapping[str, tuple[Any, ...]] = {"WebSocket": CONNECTING, "AppSync": FIELDS}

# It takes no $connect for a method ARN, and no event without a type.
BEYOND_POWERTOOLS = ("WebSocket", "AppSync")
HAND_WRITTEN, POWERTOOLS = "hand-written, PyJWKClient", "Powertools auth_alpha"


class _Unread:
    """What the default observer is to an allow; and to a refusal, which that one logs and the others do not."""

    def wants(self, _: str) -> bool:
        """Want no record."""
        return False

    def __call__(self, _: object) -> None:
        """Be told of nothing."""


def authkit_handler(issued: Issued, kind: str, **settings: Any) -> Handler:
    """Return authkit's handler."""
    answers: Any = {"response": "simple"} if kind == SIMPLE else {}
    return Authorizer(
        authenticate=authkit(issued, **settings),
        routes=_TABLES.get(kind, ROUTES),
        observe=_Unread(),
        **answers,
    )


def least(issued: Issued, kind: str, *, repeated: bool = False) -> Handler:
    """Return the least that Python can do with an event, and no authorizer: it asks nothing of a token but its signature.

    Its token is taken from where it is, its claims are parsed, and the answer is for the one thing asked for. Repeated
    tokens are known by their SHA-256, and asked for their end.
    """
    verify = unchecked(issued)
    token_of = _TOKENS.get(kind, _capital)
    answer: Answer = _ANSWERS.get(kind, _policy)
    known: dict[bytes, Any] = {}

    def handler(event: Mapping[str, Any], _: object) -> dict[str, Any]:
        token = token_of(event).removeprefix("Bearer ")
        if not repeated:
            claims: Any = verify(token)
            return answer(event, claims, "orders/read" in claims["scope"].split())
        digest = sha256(token.encode()).digest()
        claims = known.get(digest)
        if claims is None or not time() < claims["exp"]:
            claims = known[digest] = verify(token)
        return answer(event, claims, "orders/read" in claims["scope"].split())

    return handler


def others(issued: Issued, kind: str, url: str) -> dict[str, Handler]:
    """Return the handlers of others that are installed and know the kind."""
    found = {HAND_WRITTEN: hand_written(issued, kind, url)}
    if has_powertools() and kind not in BEYOND_POWERTOOLS:
        found[POWERTOOLS] = powertools_handler(issued, kind)
    return found


def hand_written(issued: Issued, kind: str, url: str) -> Handler:
    """Return what one writes after reading PyJWT's documentation: it allows the one thing asked for."""
    client = fetched(url)
    algorithms = [issued.alg]
    token_of = _TOKENS.get(kind, _capital)
    answer: Answer = _ANSWERS.get(kind, _policy)

    def handler(event: Mapping[str, Any], _: object) -> dict[str, Any]:
        token = token_of(event).removeprefix("Bearer ")
        try:
            key = client.get_signing_key_from_jwt(token)
            claims = jwt.decode(token, key, algorithms=algorithms, audience=AUDIENCE, issuer=ISSUER, options=OPTIONS)
        except jwt.PyJWTError:
            raise Exception("Unauthorized") from None
        return answer(event, claims, "orders/read" in claims["scope"].split())

    return handler


def _capital(event: Mapping[str, Any]) -> str:
    return str(event["headers"]["Authorization"])


def _small(event: Mapping[str, Any]) -> str:
    return str(event["headers"]["authorization"])


def _alone(event: Mapping[str, Any]) -> str:
    return str(event["authorizationToken"])


def _policy(event: Mapping[str, Any], claims: Mapping[str, Any], may: bool) -> dict[str, Any]:
    resource = event["routeArn"] if event.get("version") == "2.0" else event["methodArn"]
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow" if may else "Deny", "Resource": [resource]}
    return {"principalId": claims["sub"], "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


def _yes_or_no(_: Mapping[str, Any], claims: Mapping[str, Any], may: bool) -> dict[str, Any]:
    return {"isAuthorized": may, "context": {"sub": claims["sub"]}}


def _fields(_: Mapping[str, Any], claims: Mapping[str, Any], may: bool) -> dict[str, Any]:
    denied = [] if "orders/delete" in claims["scope"].split() else ["Mutation.removeThing"]
    return {"isAuthorized": may, "resolverContext": {"sub": claims["sub"]}, "deniedFields": denied}


_TOKENS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "TOKEN": _alone,
    "HTTP 2.0": _small,
    SIMPLE: _small,
    "AppSync": _alone,
}
_ANSWERS: Mapping[str, Answer] = {SIMPLE: _yes_or_no, "AppSync": _fields}


def powertools_handler(issued: Issued, kind: str) -> Handler:
    """Return Powertools' handler: one method as well."""
    verifier = powertools(issued)
    form = "simple" if kind == SIMPLE else "iam"
    return lambda event, _: verifier.authorize(event, scopes=["orders/read"], response_format=form)


def effect_of(handler: Handler, event: Mapping[str, Any]) -> str:
    """Return the effect an event comes to; a 401 counts as a Deny."""
    try:
        answer: Any = handler(event, None)
    except Exception as refusal:  # noqa: BLE001 - each has its own way to say the word
        return "Deny" if str(refusal) == "Unauthorized" else repr(refusal)
    if "isAuthorized" in answer:
        return "Allow" if answer["isAuthorized"] is True else "Deny"
    return str(answer["policyDocument"]["Statement"][0]["Effect"])
