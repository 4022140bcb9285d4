"""What fetches keys, set up to be asked the same questions: authkit's key source, PyJWT's client, and ryjwt's."""

from __future__ import annotations

import time
from importlib.util import find_spec
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


class Ryjwt:
    """ryjwt's client, likewise. It cannot be told to demand an end, so that is asked of its answer."""

    def __init__(self, url: str, *, brief: bool = False) -> None:
        import ryjwt

        settings: dict[str, Any] = {"algorithms": [ALG]}
        if brief:
            settings |= {"cache_lifetime": LIFE, "min_cache_lifetime": LIFE, "cooldown": COOLDOWN}
        self._missing = ryjwt.InvalidTokenError
        self._client = ryjwt.JWKSClient(url, audience=AUDIENCE, issuer=ISSUER, **settings)

    def verify(self, token: str) -> object:
        claims: Any = self._client.decode(token)
        if "exp" not in claims:
            raise self._missing("no exp")
        return claims

    def after_life(self) -> None:
        time.sleep(LIFE * 1.2)

    def after_cooldown(self) -> None:
        time.sleep(COOLDOWN * 1.2)


Client = type[Authkit] | type[PyJWT] | type[Ryjwt]
CLIENTS: dict[str, Client] = {"authkit": Authkit, "PyJWKClient": PyJWT}
if find_spec("ryjwt"):  # from Python 3.12 on
    CLIENTS["ryjwt JWKSClient"] = Ryjwt
