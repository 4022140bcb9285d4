"""Gateway responses: what a caller sees where the gateway answers by itself (contract sections 6 and 14)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from .message import HttpReply

Type = Literal[
    "UNAUTHORIZED",
    "ACCESS_DENIED",
    "AUTHORIZER_FAILURE",
    "AUTHORIZER_CONFIGURATION_ERROR",
    "INVALID_API_KEY",
    "MISSING_AUTHENTICATION_TOKEN",
    "INVALID_SIGNATURE",
    "BAD_REQUEST",
    "THROTTLED",
    "QUOTA_EXCEEDED",
    "DEFAULT_4XX",
]


class _Standard(NamedTuple):
    """What is answered unless a gateway response says otherwise."""

    status: int
    error: str
    message: str | None
    http: str  # an HTTP API's message
    field: str = "message"


_STANDARD: dict[Type, _Standard] = {
    "UNAUTHORIZED": _Standard(401, "UnauthorizedException", "Unauthorized", "Unauthorized"),
    "ACCESS_DENIED": _Standard(
        403, "AccessDeniedException", "User is not authorized to access this resource", "Forbidden", "Message"
    ),
    "AUTHORIZER_FAILURE": _Standard(500, "AuthorizerConfigurationException", None, "Internal Server Error"),
    "AUTHORIZER_CONFIGURATION_ERROR": _Standard(
        500, "AuthorizerConfigurationException", "Internal server error", "Internal Server Error"
    ),
    "INVALID_API_KEY": _Standard(403, "ForbiddenException", "Forbidden", "Forbidden"),
    "MISSING_AUTHENTICATION_TOKEN": _Standard(
        403, "MissingAuthenticationTokenException", "Missing Authentication Token", "Not Found"
    ),
    "INVALID_SIGNATURE": _Standard(403, "InvalidSignatureException", "", "Forbidden"),  # each has words of its own
    "BAD_REQUEST": _Standard(400, "BadRequestException", "Bad Request", "Bad Request"),
    "THROTTLED": _Standard(429, "TooManyRequestsException", "Too Many Requests", "Too Many Requests"),
    "QUOTA_EXCEEDED": _Standard(429, "LimitExceededException", "Limit Exceeded", "Limit Exceeded"),
    # Of a path that is too long: it has no type of its own, and its words are inferred.
    "DEFAULT_4XX": _Standard(414, "RequestUriTooLongException", "Request URI too long", "Request URI too long"),
}

_VARIABLE = re.compile(r"\$context\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_-]+)*)")


class GatewayResponse(NamedTuple):
    """A REST or WebSocket API's own response of one type: what it replaces is given, the rest stays.

    Args:
        status: another status.
        headers: more headers.
        template: another body, with ``$context.error.messageString``, ``$context.authorizer.{key}`` and the like in it.
    """

    status: int | None = None
    headers: Mapping[str, str] = MappingProxyType({})
    template: str | None = None


NO_RESPONSES: Mapping[str, GatewayResponse] = MappingProxyType({})


class Refusal(Exception):
    """The gateway's own reply, instead of the backend's.

    Args:
        of: its type.
        more: what stands behind the standard message.
        authorizer: the context of an answer that refused, for templates.
        status: another status than the standard one.
        error: another ``x-amzn-ErrorType`` than the standard one.
    """

    def __init__(
        self,
        of: Type,
        more: str = "",
        authorizer: Mapping[str, Any] | None = None,
        *,
        status: int | None = None,
        error: str = "",
    ) -> None:
        super().__init__(of)
        self.of: Type = of
        self._more = more
        self._authorizer = authorizer or {}
        self._status = status
        self._error = error

    def rest(self, responses: Mapping[str, GatewayResponse], request_id: str, connection_id: str = "") -> HttpReply:
        """Return the reply of a REST API; of a WebSocket API if a connection has been given a name."""
        standard = _STANDARD[self.of]
        message = None if standard.message is None else standard.message + self._more
        default = responses.get(f"DEFAULT_{standard.status // 100}XX", GatewayResponse())
        own = responses.get(self.of, GatewayResponse())
        template = own.template if own.template is not None else default.template
        connection = {"connectionId": connection_id, "requestId": request_id} if connection_id else {}
        body = json.dumps({standard.field: message, **connection})
        if template is not None:
            body = self._filled(template, message, request_id)
        named = {
            "content-type": "application/json",
            "x-amzn-RequestId": request_id,
            "x-amzn-ErrorType": self._error or standard.error,
            **default.headers,
            **own.headers,
        }
        status = own.status or default.status or self._status or standard.status
        return HttpReply(status, body.encode(), tuple(named.items()))

    def http(self, request_id: str) -> HttpReply:
        """Return the reply of an HTTP API."""
        standard = _STANDARD[self.of]
        status = 404 if self.of == "MISSING_AUTHENTICATION_TOKEN" else standard.status
        body = json.dumps({"message": standard.http}).encode()
        return HttpReply(status, body, (("content-type", "application/json"), ("apigw-requestid", request_id)))

    def _filled(self, template: str, message: str | None, request_id: str) -> str:
        known = {
            "requestId": request_id,
            "error.message": message,
            "error.messageString": json.dumps(message),
            "error.responseType": self.of,
            **{f"authorizer.{name}": value for name, value in self._authorizer.items()},
        }
        # What is not known is an empty text.
        return _VARIABLE.sub(lambda found: str(known.get(found[1]) or ""), template)
