"""Issuer: an oidc-provider of one's own, on loopback, and what its clients and its operator do with it."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from authkit import JWTBearer
from tests.e2e.child import PATIENCE, Child

API = "https://api.example.com"
ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")
OPAQUE = "https://opaque.example.com"
"""A resource whose access tokens say nothing by themselves."""
DISCOVERY = "/.well-known/openid-configuration"
JWKS = "/jwks"
INTROSPECTION = "/token/introspection"

_SERVER = Path(__file__).parent / "oidc_provider" / "server.mjs"


def why_missing() -> str:
    """Say what is not installed here, or nothing."""
    modules = os.environ.get("AUTHKIT_NODE_MODULES", "")
    if shutil.which("node") is None:
        return "node is not on PATH"
    if not modules:
        return "AUTHKIT_NODE_MODULES names no node_modules folder with oidc-provider in it"
    return "" if (Path(modules) / "oidc-provider").is_dir() else "AUTHKIT_NODE_MODULES has no oidc-provider in it"


def secret_of(alg: str) -> str:
    """Return the secret of the client that is named for an algorithm."""
    return f"secret of {alg}"


def bearer(issuer: Issuer, **changes: Any) -> JWTBearer:
    """Return what trusts an issuer's tokens for our API, whatever signs them, or as changed."""
    settings: dict[str, Any] = {"audience": API, "algorithms": list(ALGORITHMS), "relax": {"http-loopback"}}
    return JWTBearer(issuer=issuer.url, **{**settings, **changes})


class Issuer:
    """Runs until the with block ends, or `kill`."""

    def __init__(self) -> None:
        self._child = Child(["node", str(_SERVER)], env=os.environ, cwd=_SERVER.parent)
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy between us and loopback
        try:
            ready = self._child.wait_for(lambda line: line.startswith("{"))
        except AssertionError:
            self.__exit__()
            raise
        self.url: str = json.loads(ready)["issuer"]

    def token(
        self,
        alg: str = "ES256",
        *,
        scope: str = "orders:read orders:write",
        resource: str | None = API,
        proof: str | None = None,
    ) -> str:
        """Return an access token, by the client credentials grant; without a resource it is an opaque one.

        With a DPoP proof (RFC 9449 section 5) it is bound to the proof's key.
        """
        form = {"grant_type": "client_credentials", "scope": scope, "resource": resource}
        headers = {} if proof is None else {"DPoP": proof}
        token: str = self._post("/token", alg, form, headers).json()["access_token"]
        return token

    def revoke(self, token: str, alg: str = "ES256") -> None:
        """Take a token back (RFC 7009), as the client it was given to."""
        self._post("/token/revocation", alg, {"token": token})

    def _post(
        self, path: str, alg: str, form: dict[str, str | None], headers: dict[str, str] | None = None
    ) -> requests.Response:
        credentials = (quote(alg), quote(secret_of(alg)))  # RFC 6749 section 2.3.1: form-encoded before Basic
        answer = self._session.post(f"{self.url}{path}", data=form, headers=headers, auth=credentials, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        return answer

    def served(self, path: str) -> int:
        """Return how often a path was asked for."""
        counts: dict[str, int] = self._session.get(f"{self.url}/test/served", timeout=PATIENCE).json()
        return counts.get(path, 0)

    def rotate(self) -> None:
        """Put new keys in place of all others."""
        self._session.post(f"{self.url}/test/rotate", timeout=PATIENCE).raise_for_status()

    def kill(self) -> None:
        """End it: connections are refused from now on."""
        self._child.end()

    def suspend(self) -> None:
        """Stop it in its tracks: connections are accepted, by the system, and nothing is ever answered."""
        self._child.signal(signal.SIGSTOP)

    def __enter__(self) -> Issuer:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()
        self._child.end()
