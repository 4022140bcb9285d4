"""Whole authorizers for one small API: authkit's, one written by hand around PyJWT, and Powertools'."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jwt

from authkit import Authorizer, Route
from benchmarks.issued import AUDIENCE, ISSUER, Issued
from benchmarks.peers import OPTIONS, authkit, fetched, powertools
from tests.support.events import request_event, token_event

Handler = Callable[[Mapping[str, Any], object], object]

ROUTES = (
    Route("GET", "/things", scopes={"orders/read"}),
    Route("GET", "/things/{thing}", scopes={"orders/read"}),
    Route("POST", "/things", scopes={"orders/write"}),
    Route("DELETE", "/things/{thing}", scopes={"orders/delete"}),
)
HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate, br",
    "CloudFront-Forwarded-Proto": "https",
    "CloudFront-Viewer-Country": "SE",
    "Host": "abcdef1234.execute-api.us-east-1.amazonaws.com",
    "User-Agent": "orders-client/3.1",
    "X-Amzn-Trace-Id": "Root=1-68a1b2c3-0d1e2f3a4b5c6d7e8f901234",
    "X-Forwarded-For": "203.0.113.24, 198.51.100.7",
    "X-Forwarded-Port": "443",
    "X-Forwarded-Proto": "https",
}

_LISTS = {name: [value] for name, value in HEADERS.items()}
_REQUEST = request_event()

KINDS = ("REQUEST", "TOKEN")


def event(kind: str, token: str) -> dict[str, Any]:
    """Return an event of a REST API with this token; all but what holds it is shared, as small as events can be."""
    value = f"Bearer {token}"
    if kind == "TOKEN":
        return token_event(value)
    return {
        **_REQUEST,
        "headers": {**HEADERS, "Authorization": value},
        "multiValueHeaders": {**_LISTS, "Authorization": [value]},
    }


def events(kind: str, texts: Iterator[str]) -> Iterator[dict[str, Any]]:
    """Make an event of each token."""
    return (event(kind, text) for text in texts)


def authkit_handler(issued: Issued, **settings: Any) -> Handler:
    """Return authkit's handler; it tells nobody of refusals, so that no log is timed."""
    return Authorizer(authenticate=authkit(issued, **settings), routes=ROUTES, observe=lambda _: None)


def hand_written(issued: Issued, url: str) -> Handler:
    """Return what one writes after reading PyJWT's documentation: it allows the one method asked for."""
    client = fetched(url)
    algorithms = [issued.alg]

    def handler(event: Mapping[str, Any], _: object) -> dict[str, Any]:
        header = event["authorizationToken"] if event["type"] == "TOKEN" else event["headers"]["Authorization"]
        token = header.removeprefix("Bearer ")
        try:
            key = client.get_signing_key_from_jwt(token)
            claims = jwt.decode(token, key, algorithms=algorithms, audience=AUDIENCE, issuer=ISSUER, options=OPTIONS)
        except jwt.PyJWTError:
            raise Exception("Unauthorized") from None
        effect = "Allow" if "orders/read" in claims["scope"].split() else "Deny"
        statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": [event["methodArn"]]}
        return {
            "principalId": claims["sub"],
            "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        }

    return handler


def powertools_handler(issued: Issued) -> Handler:
    """Return Powertools' handler: one method as well."""
    verifier = powertools(issued)
    return lambda event, _: verifier.authorize(event, scopes=["orders/read"])


def effect_of(handler: Handler, event: Mapping[str, Any]) -> str:
    """Return the effect an event comes to; a 401 counts as a Deny."""
    try:
        answer: Any = handler(event, None)
    except Exception as refusal:  # noqa: BLE001 - each has its own way to say the word
        return "Deny" if str(refusal) == "Unauthorized" else repr(refusal)
    return str(answer["policyDocument"]["Statement"][0]["Effect"])
