"""KeyServer: publishes the keys of a stub issuer on this machine, and misbehaves when it is told to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from hashlib import sha256
from threading import Condition
from typing import TYPE_CHECKING

from .issuer import StubIssuer
from .loopback import HOST, PATIENCE, Asked, Loopback, Reply

if TYPE_CHECKING:
    from ..keys.remote import RemoteKeys
    from ..keys.timing import Timing

DISCOVERY = "/.well-known/openid-configuration"
JWKS = "/jwks"

_GARBAGE = b"<html>This is no key set.</html>"


class KeyServer:
    """Serves an issuer's metadata and key set on loopback, while a ``with`` block runs.

    >>> from authkit import JWTBearer
    >>> with KeyServer() as server:
    ...     issuer = server.issuer
    ...     bearer = JWTBearer(issuer=issuer.url, audience=issuer.audience, relax={"http-loopback"})
    ...     name = bearer.verify(issuer.token())["sub"]
    >>> name, server.asked
    ('alice', Counter({'/.well-known/openid-configuration': 1, '/jwks': 1}))

    Every request is answered as it should be, until one of `answer`, `garble`, `redirect`, `hang` or `go_down` is
    called, and again after `recover`.

    Args:
        issuer: whose keys they are; None: one that is named for this server, so that discovery begins here.
        cache_control: what the key set's header of that name says; None: there is none.
        etag: whether the key set has an ETag, and is not sent again to whoever has it.
    """

    def __init__(
        self, issuer: StubIssuer | None = None, *, cache_control: str | None = "max-age=300", etag: bool = True
    ) -> None:
        self.cache_control = cache_control
        self.etag = etag
        self.asked: Counter[str] = Counter()
        """How often each path was asked for."""
        self.answered: Counter[int] = Counter()
        """How often each status was sent."""
        self.hanging = 0
        """How many requests are held up now."""
        self._changed = Condition()
        self._misbehave: Callable[[], Reply | None] | None = None
        self._holding = False
        self._closed = False
        self._loopback = Loopback(self._respond)
        self.url = f"http://{HOST}:{self._loopback.port}"
        self.issuer = issuer or StubIssuer(self.url)

    @property
    def jwks_url(self) -> str:
        """Where the key set is: for ``jwks=``."""
        return self.url + JWKS

    @property
    def metadata_url(self) -> str:
        """Where the issuer's metadata is: for ``jwks=`` too, if that is to be found by discovery."""
        return self.url + DISCOVERY

    def keys(self, clock: Callable[[], float], *, timing: Timing | None = None) -> RemoteKeys:
        """Return a key source for ``jwks=`` that fetches from here and ages by a clock of one's own.

        >>> clock = Clock()
        >>> with KeyServer(StubIssuer(clock=clock)) as server:
        ...     keys = server.keys(clock)
        ...     ready = keys.prefetch()
        ...     server.go_down()
        ...     _ = clock.advance(3600)
        ...     keys.find(server.issuer.kid, "ES256").kid
        'es256-key-0'

        Args:
            clock: gives the time in seconds.
            timing: lifetimes and limits, if not the usual ones.
        """
        from ..keys.discovery import discover
        from ..keys.fetch import fetcher
        from ..keys.remote import RemoteKeys
        from ..keys.timing import Timing

        relax = frozenset({"http-loopback"})
        fetch = fetcher(relax=relax, clock=clock)
        return RemoteKeys(
            lambda timeout: discover(self.issuer.url, fetch, timeout=timeout, relax=relax, url=self.metadata_url),
            fetch,
            issuer=self.issuer.url,
            url=self.metadata_url,
            timing=timing or Timing(),
            on_event=lambda _: None,
            monotonic=clock,
            wall=clock,
            jitter=lambda: 0.5,
        )

    def answer(self, status: int, body: bytes = b"", headers: Mapping[str, str] = {}) -> None:
        """Answer this to every request, as ``answer(503, headers={"Retry-After": "60"})``."""
        self._behave(lambda: Reply(status, body, tuple(headers.items())))

    def garble(self) -> None:
        """Answer 200 with what is no JSON, as a captive portal does."""
        self._behave(lambda: Reply(200, _GARBAGE, (("Content-Type", "text/html"),)))

    def redirect(self, location: str) -> None:
        """Send every request elsewhere."""
        self.answer(302, headers={"Location": location})

    def go_down(self) -> None:
        """Break off every connection without an answer."""
        self._behave(lambda: None)

    def hang(self) -> None:
        """Hold every request up, until it is told otherwise: those that wait are then answered that way.

        None is held up for more than ten seconds, lest a test that fails never ends.
        """
        with self._changed:
            self._holding = True

    def recover(self) -> None:
        """Answer as it should be again."""
        self._behave(None)

    def wait_for_hanging(self, count: int = 1, *, timeout: float = PATIENCE) -> None:
        """Wait until so many requests are held up.

        Raises:
            TimeoutError: they did not come.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self.hanging >= count, timeout):
                raise TimeoutError(f"{self.hanging} of {count} requests came in {timeout:g} s")

    def close(self) -> None:
        """Stop, for whom no ``with`` block fits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._loopback.close()

    def __enter__(self) -> KeyServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _behave(self, misbehave: Callable[[], Reply | None] | None) -> None:
        with self._changed:
            self._misbehave = misbehave
            self._holding = False
            self._changed.notify_all()

    def _respond(self, asked: Asked) -> Reply | None:
        with self._changed:
            self.asked[asked.path] += 1
            self.hanging += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._closed or not self._holding, PATIENCE)
            self.hanging -= 1
            misbehave = self._misbehave
            if self._closed:
                return None
            reply = misbehave() if misbehave else self._published(asked)
            if reply is not None:
                self.answered[reply.status] += 1
            return reply

    def _published(self, asked: Asked) -> Reply:
        if asked.path == DISCOVERY:
            metadata = {"issuer": self.issuer.url, "jwks_uri": self.jwks_url}
            return Reply(200, json.dumps(metadata).encode(), (("Content-Type", "application/json"),))
        if asked.path == JWKS:
            return self._key_set(asked.headers.get("if-none-match"))
        return Reply(404)

    def _key_set(self, known: str | None) -> Reply:
        body = json.dumps(self.issuer.jwks).encode()
        tag = f'"{sha256(body).hexdigest()[:16]}"'
        headers = [("Cache-Control", self.cache_control)] if self.cache_control is not None else []
        headers += [("ETag", tag)] if self.etag else []
        if self.etag and known == tag:
            return Reply(304, b"", tuple(headers))
        return Reply(200, body, (*headers, ("Content-Type", "application/jwk-set+json")))

    def __repr__(self) -> str:
        return f"KeyServer({self.url!r}, asked={dict(self.asked)})"
