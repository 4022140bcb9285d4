"""What the tests of an authorizer need: an issuer and its key server, events, a clock, and a judge of the answers.

Every name is loaded on first use, because pytest loads this package whenever it starts. The fixtures are in
`authkit.testing.plugin`.

>>> from authkit import Authorizer, JWTBearer, Route
>>> from authkit.testing import StubIssuer, allows, rest_request
>>> issuer = StubIssuer()
>>> handler = Authorizer(
...     authenticate=JWTBearer(issuer=issuer.url, audience=issuer.audience, jwks=issuer.jwks),
...     routes=[Route("GET", "/orders/{id}", scopes={"orders:read"}), Route("DELETE", "/orders/{id}", scopes={"admin"})],
... )
>>> answer = handler(rest_request("GET", "/orders/1", token=issuer.token(scope="orders:read")))
>>> allows(answer, "GET", "/orders/2"), allows(answer, "DELETE", "/orders/2")
(True, False)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..local.events import Api
    from .appsync_events import appsync
    from .bad_tokens import BAD_TOKENS
    from .certificates import client_certificate
    from .clock import Clock
    from .http_events import http_v1, http_v2
    from .iam import IamGateway, signed_http_v2, signed_rest_request
    from .issuer import StubIssuer
    from .judge import Decided, allows, decision
    from .rest_events import rest_request, rest_token, websocket
    from .server import KeyServer

_HOMES = {
    "appsync_events": ("appsync",),
    "bad_tokens": ("BAD_TOKENS",),
    "certificates": ("client_certificate",),
    "clock": ("Clock",),
    "http_events": ("http_v1", "http_v2"),
    "iam": ("IamGateway", "signed_http_v2", "signed_rest_request"),
    "issuer": ("StubIssuer",),
    "judge": ("Decided", "allows", "decision"),
    "rest_events": ("rest_request", "rest_token", "websocket"),
    "server": ("KeyServer",),
}
_HOME = {"Api": "authkit.local.events"} | {
    name: f"{__name__}.{home}" for home, names in _HOMES.items() for name in names
}

__all__ = [
    "BAD_TOKENS",
    "Api",
    "Clock",
    "Decided",
    "IamGateway",
    "KeyServer",
    "StubIssuer",
    "allows",
    "appsync",
    "client_certificate",
    "decision",
    "http_v1",
    "http_v2",
    "rest_request",
    "rest_token",
    "signed_http_v2",
    "signed_rest_request",
    "websocket",
]


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
