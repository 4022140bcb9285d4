"""A development issuer: discovery, keys and tokens as an identity provider gives them. For loopback only."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .message import HttpReply, HttpRequest, json_reply

ALGORITHM = "ES256"
LIFETIME = 600  # seconds
PUBLISHED = 2  # keys: the one in use and the one before, as providers do (OpenID Connect Core section 10.1.1)


class DevClient(NamedTuple):
    """A client of the issuer. Its secret is no secret: it is printed."""

    scopes: frozenset[str]
    claims: Mapping[str, Any] = {}
    secret: str = "dev"  # noqa: S105 - public by intent


class _SigningKey(NamedTuple):
    kid: str
    private: Any
    public: Mapping[str, Any]


class DevIssuer:
    """Signs with a key of its own, made when it starts."""

    def __init__(
        self,
        *,
        audience: str,
        clients: Mapping[str, DevClient],
        url: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.url = url  # known once its server has a port
        self.audience = audience
        self.clients = dict(clients)
        self._clock = clock
        self._keys = [_new_key()]

    def rotate(self) -> str:
        """Sign with a new key from now on and return its name; the one before stays published."""
        self._keys = [_new_key(), *self._keys][:PUBLISHED]
        return self._keys[0].kid

    def mint(self, client_id: str, *, scope: str | None = None, lifetime: float = LIFETIME, **claims: Any) -> str:
        """Return an access token in the form of RFC 9068.

        Args:
            client_id: one of the clients.
            scope: blank-separated; all of the client's if None. What it does not have is left out.
            lifetime: seconds until it expires; negative for one that has.
            claims: more claims, which win over the client's.
        """
        import jwt

        client = self.clients[client_id]
        now = int(self._clock())
        issued = now if lifetime > 0 else now + int(lifetime) - LIFETIME  # an expired token was good once
        asked = client.scopes if scope is None else client.scopes & set(scope.split())
        body = {
            "iss": self.url,
            "sub": client_id,
            "aud": self.audience,
            "client_id": client_id,
            "iat": issued,
            "exp": now + int(lifetime),
            "jti": secrets.token_hex(8),
            "scope": " ".join(sorted(asked)),
            **client.claims,
            **claims,
        }
        key = self._keys[0]
        return jwt.encode(body, key.private, algorithm=ALGORITHM, headers={"kid": key.kid, "typ": "at+jwt"})

    def respond(self, request: HttpRequest) -> HttpReply:
        """Answer one request to the issuer."""
        match request.method, request.path.strip("/").split("/"):
            case "GET", [".well-known", "openid-configuration" | "oauth-authorization-server"]:
                return json_reply(200, self._discovery())
            case "GET", ["jwks"]:
                return json_reply(200, {"keys": [key.public for key in self._keys]}, cache_control="max-age=60")
            case "POST", ["token"]:
                return self._token(request)
            case "GET", ["mint", client_id] if client_id in self.clients:
                return HttpReply(200, self._minted(client_id, request).encode(), (("content-type", "text/plain"),))
            case "POST", ["rotate"]:
                return json_reply(200, {"kid": self.rotate()})
        return json_reply(404, {"error": "not_found", "try": ["/.well-known/openid-configuration", "/jwks", "/token"]})

    def _minted(self, client_id: str, request: HttpRequest) -> str:
        """`/mint/{client}?lifetime=-60`: a token as plain text, so that curl alone can use it."""
        asked = request.query.partition("lifetime=")[2]
        return self.mint(client_id, lifetime=int(asked) if asked.lstrip("-").isdigit() else LIFETIME)

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/jwks",
            "token_endpoint": f"{self.url}/token",
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "scopes_supported": sorted({scope for client in self.clients.values() for scope in client.scopes}),
        }

    def _token(self, request: HttpRequest) -> HttpReply:
        """RFC 6749 section 4.4, with the errors of section 5.2."""
        form = request.form()
        if form.get("grant_type") != "client_credentials":
            return json_reply(400, {"error": "unsupported_grant_type"})
        posted = form.get("client_id", ""), form.get("client_secret", "")
        client_id, secret = _basic(request.header("authorization")) or posted
        client = self.clients.get(client_id)
        if client is None or not secrets.compare_digest(secret.encode(), client.secret.encode()):
            return json_reply(401, {"error": "invalid_client"}, www_authenticate='Basic realm="dev"')
        scope = form.get("scope")
        if scope is not None and not set(scope.split()) <= client.scopes:
            return json_reply(400, {"error": "invalid_scope"})
        token = self.mint(client_id, scope=scope)
        body = {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME}
        return json_reply(200, body, cache_control="no-store")


def _new_key() -> _SigningKey:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from jwt.algorithms import ECAlgorithm

    private = generate_private_key(SECP256R1())
    public: dict[str, Any] = json.loads(ECAlgorithm.to_jwk(private.public_key()))
    kid = f"dev-{secrets.token_hex(4)}"
    return _SigningKey(kid, private, {**public, "kid": kid, "use": "sig", "alg": ALGORITHM})


def _basic(header: str) -> tuple[str, str] | None:
    """Return user and password of RFC 7617, or None."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return None
    return user, password
