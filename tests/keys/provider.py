"""A provider of keys, and a world of two clocks around it, for tests without a network or a real clock."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authkit.errors import KeyProblem, KeysUnavailable
from authkit.keys.answer import Response
from authkit.keys.events import KeyEvent
from authkit.keys.remote import RemoteKeys, Timing
from tests.support.tokens import ISSUER, Signer, jwks, signer

URL = "https://keys.example.com/jwks"
WEAK = signer("RS256", "weak")._replace(jwk={**signer("RS256", "weak").jwk, "e": "AQ"})
DOWN = KeysUnavailable("fetch_timeout", detail="keys.example.com did not answer")


class Provider:
    """A transport that answers with its keys, or as it is told to."""

    def __init__(self, control: str | None = "") -> None:
        self.keys: list[Signer] = [signer()]
        self.control = control
        self.etag: str | None = None
        self.status = 200
        self.body: bytes | None = None
        self.answer: Exception | None = None
        self.needs = 0.0  # seconds for an answer: whoever has fewer gets none
        self.asked: list[tuple[str, float]] = []
        self.etags: list[str | None] = []

    def __call__(self, url: str, *, timeout: float, etag: str | None = None) -> Response:
        self.asked.append((url, timeout))
        self.etags.append(etag)
        if timeout < self.needs:
            raise KeysUnavailable(DOWN.code, detail=DOWN.detail)
        if isinstance(self.answer, KeysUnavailable):
            raise KeysUnavailable(self.answer.code, detail=self.answer.detail, retry_after=self.answer.retry_after)
        if self.answer is not None:
            raise self.answer
        said = {"cache-control": self.control, "etag": self.etag}
        headers = {name: value for name, value in said.items() if value is not None}
        if self.status == 304 or (etag is not None and etag == self.etag):
            return Response(304, headers, b"")
        return Response(200, headers, json.dumps(jwks(*self.keys)).encode() if self.body is None else self.body)


class World:
    """Two clocks, a provider, what fetches its keys, and what is told of it.

    Without jitter, pauses are full and lifetimes nine tenths; a set is due after eight tenths of that.
    """

    def __init__(self, *, control: str = "", jitter: float = 0.0, timing: Timing = Timing(), **settings: Any) -> None:  # noqa: B008
        self.now = 1000.0
        self._skew = 1_700_000_000.0
        self.provider = Provider(control)
        self.told: list[KeyEvent] = []
        clocks = {"monotonic": self.monotonic, "wall": self.wall, "jitter": lambda: jitter}
        given = {"on_event": self.told.append, "issuer": ISSUER, "url": URL, **clocks, **settings}
        self.keys = RemoteKeys(lambda timeout: URL, self.provider, timing=timing, **given)

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now + self._skew

    def passes(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        self.now += seconds

    def heard(self, name: str) -> list[KeyEvent]:
        """Return the events of this name so far."""
        return [event for event in self.told if event.name == name]

    def jumps(self, *, monotonic: float = 0.0, wall: float = 0.0) -> None:
        """Move one clock and not the other."""
        self.now += monotonic
        self._skew += wall - monotonic


def code_of(keys: RemoteKeys, kid: str | None = "k1", alg: str = "ES256") -> str:
    """Return the code with which a key is not found."""
    with pytest.raises((KeyProblem, KeysUnavailable)) as fault:
        keys.find(kid, alg)
    return fault.value.code
