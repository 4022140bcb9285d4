"""Events of every kind of API with one token or another, as the gateway hands them to an authorizer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from authkit.testing import appsync, http_v1, http_v2, websocket
from tests.support.events import request_event, token_event

Event = dict[str, Any]

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
_HTTP_1 = http_v1("GET", "/things/7", token="t", resource="/things/{thing}", headers=HEADERS)
_HTTP_2 = http_v2("GET", "/things/7", token="t", resource="/things/{thing}", headers=HEADERS)
_CONNECT = websocket(token="t", headers=HEADERS)
_GRAPH = appsync("query { thing(id: 7) { name price } }", "t", headers=HEADERS)


def _token(text: str) -> Event:
    return token_event(f"Bearer {text}")


def _request(text: str) -> Event:
    value = f"Bearer {text}"
    return {
        **_REQUEST,
        "headers": {**HEADERS, "Authorization": value},
        "multiValueHeaders": {**_LISTS, "Authorization": [value]},
    }


def _http_1(text: str) -> Event:
    value = f"Bearer {text}"
    headers = {**_HTTP_1["headers"], "Authorization": value}
    return {**_HTTP_1, "headers": headers, "identitySource": value, "authorizationToken": value}


def _http_2(text: str) -> Event:
    value = f"Bearer {text}"
    return {**_HTTP_2, "headers": {**_HTTP_2["headers"], "authorization": value}, "identitySource": [value]}


def _connect(text: str) -> Event:
    value = f"Bearer {text}"
    return {
        **_CONNECT,
        "headers": {**_CONNECT["headers"], "Authorization": value},
        "multiValueHeaders": {**_CONNECT["multiValueHeaders"], "Authorization": [value]},
    }


def _graph(text: str) -> Event:
    """The token alone, as AppSync takes it."""
    headers = {**_GRAPH["requestHeaders"], "authorization": text}
    return {**_GRAPH, "authorizationToken": text, "requestHeaders": headers}


SIMPLE = "HTTP 2.0 simple"
REST = ("REQUEST", "TOKEN")
_MADE: dict[str, Callable[[str], Event]] = {
    "REQUEST": _request,
    "TOKEN": _token,
    "HTTP 1.0": _http_1,
    "HTTP 2.0": _http_2,
    SIMPLE: _http_2,
    "WebSocket": _connect,
    "AppSync": _graph,
}
KINDS = tuple(_MADE)
"""Of events, and of the answers to them: an HTTP API of payload 2.0 takes a policy, or a simple one."""


def event(kind: str, token: str) -> Event:
    """Return an event with this token; all but what holds it is shared, as small as events can be."""
    return _MADE[kind](token)


def events(kind: str, texts: Iterator[str]) -> Iterator[Event]:
    """Make an event of each token."""
    return map(_MADE[kind], texts)
