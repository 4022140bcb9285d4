"""Gateways to test: a function that answers what it is told, and requests to it."""

from __future__ import annotations

import json
import socket
from typing import Any

from authkit.local.appsync import AppSync
from authkit.local.events import Api
from authkit.local.gateway import Call, Gateway, Settings
from authkit.local.http import HttpReply, HttpRequest, LoopbackServer
from authkit.policy.route import Route
from authkit.policy.routes import Routes

API = Api(id="w6exampleq2z5vnm4kd3j")  # AppSync's
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
    named = ("backend", "timer", "clock", "is_open", "needs_key", "is_default")
    own = {"clock": lambda: NOW, **{name: chosen.pop(name) for name in named if name in chosen}}
    tell = (calls if calls is not None else []).append
    return Gateway(function, routes, Settings(kind=kind, **chosen), tell=tell, **own)  # type: ignore[arg-type]


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


def over_the_wire(answering: Gateway, request: HttpRequest) -> HttpReply:
    """Return the reply to a request that was really sent, by a client of its own: an upgrade is one, or it is none."""
    lines = [f"{request.method} {request.path} HTTP/1.1", *(f"{name}: {value}" for name, value in request.headers)]
    with (
        LoopbackServer(answering.respond).running() as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection,
        connection.makefile("rb") as stream,
    ):
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        status = int(stream.readline().split()[1])
        read = [line.decode("latin-1").strip().partition(": ") for line in iter(stream.readline, b"\r\n")]
        headers = tuple((name, value) for name, _, value in read)
        length = {name.lower(): value for name, value in headers}.get("content-length", "0")
        return HttpReply(status, stream.read(int(length)), headers)


def appsync(function: Any, *, calls: list[Call] | None = None, **settings: Any) -> AppSync:
    """Return an AppSync endpoint, with the usual settings."""
    own = {name: settings.pop(name) for name in ("schema", "resolve", "timer") if name in settings}
    chosen: dict[str, Any] = {"sources": ("header.authorization",), "ttl": 0, "api": API, **settings}
    tell = (calls if calls is not None else []).append
    return AppSync(function, Settings(kind="appsync", **chosen), tell=tell, **own)


def graphql(query: str = "{ order(id: 7) { total } }", *headers: tuple[str, str], **more: Any) -> HttpRequest:
    """Return a request to it, with a credential unless other headers are given."""
    body = more.pop("body", None) or json.dumps({"query": query, **more}).encode()
    return HttpRequest("POST", "/graphql", headers=headers or (("Authorization", "t"),), body=body)
