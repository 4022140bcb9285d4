"""Authorizers as tutorials write them. Each is wrong on purpose, to be seen failing on loopback, and serves nothing else.

What is wrong with each is its docstring's first line; all the rest of it is right.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

from ...credentials.bearer import JWTBearer
from ...errors import Refused, Unauthenticated
from ...gateway.answer import Unauthorized
from ...gateway.request import Request, parse
from ...gateway.sources import reads
from ...policy.document import ACTION, VERSION
from ...policy.routes import Routes
from ...principal import Principal
from ..explanation.nearest import lacking
from ..gateway import Handler


def for_the_arn_asked(bearer: JWTBearer, routes: Routes) -> Handler:
    """Answer for the method ARN of this one request, which the gateway keeps for all others of the token."""
    return _deciding(bearer, routes, lambda event: str(event["methodArn"]))


def for_everything(bearer: JWTBearer, routes: Routes) -> Handler:
    """Answer for everything once this one request is good, so that it is right to the first route alone."""
    return _deciding(bearer, routes, lambda _: "*")


def _deciding(bearer: JWTBearer, routes: Routes, resource: Callable[[dict[str, Any]], str]) -> Handler:
    def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda's
        request = parse(event)
        try:
            principal = bearer(request)
        except Refused:
            raise Unauthorized from None
        effect = "Allow" if _granted(routes, principal, request) else "Deny"
        statement = {"Action": ACTION, "Effect": effect, "Resource": resource(event)}
        return {"principalId": principal.id, "policyDocument": {"Version": VERSION, "Statement": [statement]}}

    return handler


def _granted(routes: Routes, principal: Principal, request: Request) -> bool:
    route = routes.find(request.arn.method, request.arn.path)
    return route is not None and not list(lacking(route, principal, request.arn.path))


def as_the_header_says(public_key: bytes, bearer: JWTBearer) -> Callable[[Request], Principal]:
    """Check a token by whatever algorithm its own header names: none at all, or HMAC with the public key as secret."""

    @reads("header.authorization")
    def authenticate(request: Request) -> Principal:
        signing_input, _, signature = request.header("authorization")[0].partition(" ")[2].rpartition(".")
        header, claims = (json.loads(decoded(part)) for part in signing_input.split("."))
        if header["alg"] == "HS256":
            expected = hmac.digest(public_key, signing_input.encode(), "sha256")
            if not hmac.compare_digest(expected, decoded(signature)):
                raise Unauthenticated("bad_signature")
        elif header["alg"] != "none":
            return bearer(request)
        return Principal(claims["sub"], scopes=claims["scope"].split(), claims=claims)

    return authenticate


def decoded(part: str) -> bytes:
    """Return the bytes of a token's part."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
