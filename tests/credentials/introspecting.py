"""An authorization server that answers as it is told, and clocks, for tests without a network or a real clock."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from authkit.credentials.introspection import Introspection
from authkit.errors import Refused, Unavailable
from authkit.gateway.request import Request, parse
from authkit.keys.answer import Response
from tests.support.events import bearer_event
from tests.support.tokens import AUDIENCE, ISSUER, NOW

URL = "https://idp.example.com/introspect"
SECRET = "s3cret: %é"
JSON = {"content-type": "application/json"}


def active(**changes: Any) -> dict[str, Any]:
    """Return a good answer with changes; a member given as ``...`` is left out."""
    said = {
        "active": True,
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "alice",
        "client_id": "web",
        "scope": "orders:read orders:write",
        "token_type": "Bearer",
        "iat": NOW - 10,
        "exp": NOW + 600,
        **changes,
    }
    return {name: value for name, value in said.items() if value is not ...}


class World:
    """Stands in for the transport, and tells the time. Pauses are full, because there is no jitter."""

    def __init__(self, answer: Any = None, **settings: Any) -> None:
        self.answer: Any = active() if answer is None else answer
        self.status = 200
        self.headers: dict[str, str] = dict(JSON)
        self.asked: list[dict[str, Any]] = []
        self.now = 1000.0
        self.skew = NOW - 1000.0
        self.introspection = Introspection(
            **{
                "url": URL,
                "client_id": "orders api",
                "client_secret": SECRET,
                "audience": AUDIENCE,
                "post": self.post,
                "clock": lambda: self.now + self.skew,
                "monotonic": lambda: self.now,
                "jitter": lambda: 0.0,
                **settings,
            }
        )

    def post(self, url: str, *, timeout: float, body: bytes, headers: dict[str, str]) -> Response:
        form = {name: values[0] for name, values in parse_qs(body.decode(), strict_parsing=True).items()}
        self.asked.append({"url": url, "timeout": timeout, "form": form, "headers": headers})
        answer = self.answer(form["token"]) if callable(self.answer) else self.answer
        if isinstance(answer, Exception):
            raise answer
        return Response(self.status, self.headers, answer if isinstance(answer, bytes) else json.dumps(answer).encode())

    def call(self, token: str = "opaque", **event: Any) -> Any:
        """Return the principal of a request that carries a token."""
        return self.introspection(request(token, **event))

    def code(self, token: str = "opaque") -> str:
        """Return the code with which a token is refused, or with which that cannot be told."""
        with pytest.raises((Refused, Unavailable)) as fault:
            self.call(token)
        return fault.value.code

    def detail(self, token: str = "opaque") -> str:
        """Return why nothing can be told of a token."""
        with pytest.raises(Unavailable) as fault:
            self.call(token)
        assert fault.value.code == "introspection_unavailable"
        return fault.value.detail


def request(token: str, **event: Any) -> Request:
    """Return a request that carries a token."""
    return parse(bearer_event(token, **event))


class Proof:
    """A proof that keeps what it was asked, and fails if told to."""

    def __init__(self, member: str = "jkt", scheme: str = "dpop", *, error: Exception | None = None) -> None:
        self.member = member
        self.scheme = scheme
        self.reads = (f"header.{scheme}",)
        self.per_request = True
        self.error = error
        self.asked: list[tuple[str, str]] = []

    def __call__(self, request: Request, token: str, confirmation: str) -> None:
        self.asked.append((token, confirmation))
        if self.error:
            raise self.error
