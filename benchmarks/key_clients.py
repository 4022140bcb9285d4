"""What fetches keys, set up to be asked the same questions: authkit's key source, and PyJWT's client."""

from __future__ import annotations

import time
from typing import Any, Protocol

import jwt

from authkit import JWTBearer
from authkit.keys.fetch import fetcher
from authkit.keys.remote import RemoteKeys
from benchmarks.issued import AUDIENCE, ISSUER
from benchmarks.peers import OPTIONS

ALG = "ES256"
LIFE, COOLDOWN = 0.6, 0.2  # seconds: of PyJWT's client where time is to pass


class KeyClient(Protocol):
    """A verifier whose keys come from a URL."""

    def verify(self, token: str) -> object:
        """Return the claims, or raise."""

    def after_life(self) -> None:
        """Let so much time pass that the fetched keys are due again, and every cooldown over."""

    def after_cooldown(self) -> None:
        """Let so much time pass that an unknown key may be asked for, and the fetched ones are not due."""


class Authkit:
    """authkit with its own defaults; time passes on clocks that can be set forward."""

    def __init__(self, url: str, *, brief: bool = False) -> None:  # noqa: ARG002 - its clocks need no short lives
        self._ahead = 0.0
        keys = RemoteKeys(
            lambda _: url,
            fetcher(relax=frozenset({"http-loopback"})),
            monotonic=lambda: time.monotonic() + self._ahead,
            wall=lambda: time.time() + self._ahead,
            on_event=lambda _: None,
        )
        self._bearer = JWTBearer(issuer=ISSUER, audience=AUDIENCE, algorithms=[ALG], jwks=keys)

    def verify(self, token: str) -> object:
        return self._bearer.verify(token)

    def after_life(self) -> None:
        self._ahead += 3600.0

    def after_cooldown(self) -> None:
        self._ahead += 60.0


class PyJWT:
    """PyJWT's client with its own defaults, or with a brief life and cooldown, which are waited for."""

    def __init__(self, url: str, *, brief: bool = False) -> None:
        settings: dict[str, Any] = {"lifespan": LIFE, "cooldown_duration": COOLDOWN} if brief else {}
        self._client = jwt.PyJWKClient(url, **settings)

    def verify(self, token: str) -> object:
        key = self._client.get_signing_key_from_jwt(token)
        return jwt.decode(token, key, algorithms=[ALG], audience=AUDIENCE, issuer=ISSUER, options=OPTIONS)

    def after_life(self) -> None:
        time.sleep(LIFE * 1.2)

    def after_cooldown(self) -> None:
        time.sleep(COOLDOWN * 1.2)


CLIENTS: dict[str, type[Authkit] | type[PyJWT]] = {"authkit": Authkit, "PyJWKClient": PyJWT}
