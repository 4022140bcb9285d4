"""Gateways to test: a function that answers what it is told, and requests to it."""

from __future__ import annotations

import json
from typing import Any

from authkit.local.events import Api
from authkit.local.gateway import Call, Gateway, Settings
from authkit.local.http import HttpReply, HttpRequest
from authkit.policy.route import Route
from authkit.policy.routes import Routes

NOW = 1786959667.5  # 17 August 2026, 09:41:07 UTC
ROUTES = Routes(
    [Route("GET", "/orders/{id}"), Route("GET", "/files/{path+}"), Route("GET", "/"), Route("POST", "/orders")]
)
CONNECT = Routes([Route("$connect")])
REST_KINDS = ("rest-token", "rest-request")
POLICY_KINDS = (*REST_KINDS, "http-v1", "http-v2", "websocket")
HANDSHAKE = (
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),  # RFC 6455 section 1.3
)


class Function:
    """A stand-in for the function: gives or raises what it is told, and keeps the events."""

    def __init__(self, result: Any) -> None:
        self.result = result
        self.events: list[dict[str, Any]] = []

    def __call__(self, event: dict[str, Any], context: object) -> Any:
        self.events.append(event)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


def stage(kind: str = "rest-request") -> str:
    """Return what every resource of a kind's API begins with."""
    return f"arn:aws:execute-api:eu-west-1:111122223333:local00000/{stage_name(kind)}/"


def stage_name(kind: str) -> str:
    """Return the stage a kind has here."""
    return "$default" if kind.startswith("http-") else "dev"


def saying(*statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an answer with these statements."""
    return {"principalId": "user-42", "policyDocument": {"Version": "2012-10-17", "Statement": [*statements]}, **more}


def statement(resource: Any, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    """Return a statement about invoking."""
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource, **more}


def gateway(function: Any, kind: str = "rest-request", *, calls: list[Call] | None = None, **settings: Any) -> Gateway:
    """Return a gateway of a kind, with the usual settings."""
    chosen = {"sources": ("header.authorization",), "api": Api(stage=stage_name(kind)), **settings}
    routes = CONNECT if kind == "websocket" else chosen.pop("routes", ROUTES)
    backend = {name: chosen.pop(name) for name in ("backend", "timer", "is_open") if name in chosen}
    tell = (calls if calls is not None else []).append
    return Gateway(function, routes, Settings(kind=kind, **chosen), tell=tell, clock=lambda: NOW, **backend)  # type: ignore[arg-type]


def sent(path: str = "/orders/1", *headers: tuple[str, str], kind: str = "", method: str = "GET", **more: Any) -> Any:
    """Return a request with a credential, unless other headers are given; to a WebSocket API a handshake."""
    given = headers or (("Authorization", "Bearer t"),)
    if kind == "websocket":
        return HttpRequest("GET", "/", more.get("query", ""), (*HANDSHAKE, *given))
    return HttpRequest(method, path, more.get("query", ""), given, more.get("body", b""))


def body(reply: HttpReply) -> Any:
    """Return what a reply says."""
    return json.loads(reply.body)


def header(reply: HttpReply, name: str) -> str | None:
    """Return a header of a reply."""
    return {each.lower(): value for each, value in reply.headers}.get(name.lower())
