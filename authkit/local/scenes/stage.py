"""Stage: an issuer, gateways and a clock for one scene. The sockets are real, and the time is the scene's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from typing import Any, NamedTuple

from ...authorizer import Authorizer
from ...credentials.bearer import JWTBearer
from ...keys.discovery import discover, metadata_url
from ...keys.events import KeyEvent
from ...keys.fetch import fetcher
from ...keys.remote import RemoteKeys
from ...observe.record import Record
from ...policy.routes import Routes
from ..call import Call
from ..demo import AUDIENCE, CLIENTS, ROUTES
from ..explanation.keeper import Explainer, Keeper
from ..explanation.watching import Watching
from ..gateway import Gateway, Handler, Settings
from ..http import LOOPBACK, LoopbackServer
from ..issuer import DevIssuer
from ..message import HttpReply, HttpRequest
from .act import Act, Came, Credential

TTL = 300.0
KEYS = "/jwks"

_TIMEOUT = 5  # seconds, on loopback
_LOOPBACK_ONLY = frozenset({"http-loopback"})
_NO_JITTER = 0.5  # the middle: what is left to chance elsewhere is always the same here


class Clock:
    """The time of a scene: it passes when the scene says so."""

    def __init__(self, start: float) -> None:
        self.now = start

    def __call__(self) -> float:
        """Return the time it is."""
        return self.now

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


class Front(NamedTuple):
    """A gateway, with one authorizer behind it and a result cache of its own."""

    name: str
    port: int
    calls: list[Call]


class Stage:
    """What a scene is played on.

    Args:
        clock: the scene's time.
        keeper: keeps the decisions for ``authkit explain``.
        stack: ends what is started.
    """

    def __init__(self, clock: Clock, keeper: Keeper, stack: ExitStack) -> None:
        self.clock = clock
        self.routes = Routes(ROUTES)
        self.issuer = DevIssuer(audience=AUDIENCE, clients=CLIENTS, clock=clock)
        self.down = False
        """Whether the issuer's key endpoint fails."""
        self._keeper, self._stack = keeper, stack
        self._fetches = 0
        self._events: list[KeyEvent] = []
        self._records: list[Record] = []
        self._server = stack.enter_context(LoopbackServer(self._issuer_answers).running())
        self.issuer.url = self._server.url

    def _issuer_answers(self, request: HttpRequest) -> HttpReply:
        if request.path == KEYS:
            self._fetches += 1
            if self.down:
                return HttpReply(503, b"the key endpoint is out of order")
        return self.issuer.respond(request)

    def bearer(self, audience: Any = AUDIENCE) -> JWTBearer:
        """Return what takes the issuer's tokens. Each has keys of its own, as each execution environment has."""
        url, fetch = self.issuer.url, fetcher(relax=_LOOPBACK_ONLY)
        keys = RemoteKeys(
            lambda timeout: discover(url, fetch, timeout=timeout, relax=_LOOPBACK_ONLY),
            fetch,
            issuer=url,
            url=metadata_url(url),
            on_event=self._events.append,
            monotonic=self.clock,
            wall=self.clock,
            jitter=lambda: _NO_JITTER,
        )
        relax = {"http-loopback"}
        return JWTBearer(issuer=url, audience=audience, algorithms=["ES256"], jwks=keys, relax=relax, clock=self.clock)

    def authorizer(self, **changes: Any) -> Authorizer:
        """Return authkit's authorizer for the table of the demo."""
        given = {"authenticate": self.bearer(), "routes": self.routes, "observe": self._records.append, **changes}
        return Authorizer(**given)

    def front(self, name: str, handler: Handler, *, ttl: float = TTL) -> Front:
        """Start a gateway with a handler behind it."""
        watching = Watching(handler) if isinstance(handler, Authorizer) else None
        settings = Settings(sources=("header.authorization",), ttl=ttl)
        calls: list[Call] = []
        gateway = Gateway(
            watching or handler,
            self.routes,
            settings,
            tell=self._keeper.also(calls.append, Explainer(settings, self.routes, watching=watching)),
            explain=watching.words if watching else lambda: "",
            clock=self.clock,
            timer=self.clock,
        )
        server = self._stack.enter_context(LoopbackServer(gateway.respond).running())
        return Front(name, server.port, calls)

    def token(self, client: str, words: str = "", **more: Any) -> Credential:
        """Return a token of the issuer's for a client."""
        return Credential(words or f"a good token of {client}", self.issuer.mint(client, **more))

    def published(self) -> Any:
        """Return the issuer's key set, asked for over the wire as anybody may."""
        return _exchanged(self._server.port, "GET", KEYS, {})[1]

    def note(self, says: str) -> Act:
        """Tell what happens without a request."""
        return Act(says)

    def ask(self, front: Front, says: str, asked: str, credential: Credential, *, expect: int, wrong: str = "") -> Act:
        """Send a request to a gateway, and return it with what came of it.

        Args:
            front: the gateway.
            says: what is done, and what it shows.
            asked: method and path.
            credential: what is sent along.
            expect: the status that comes.
            wrong: why that is a mistake, if it is.
        """
        self._records.clear()
        self._events.clear()
        before, (method, path) = self._fetches, asked.split(" ")
        status, body = _exchanged(front.port, method, path, {"Authorization": f"Bearer {credential.token}"})
        call = front.calls[-1]  # told of before it is answered
        record = self._records[-1] if self._records else None
        came = Came(status, body, call, record, self._fetches - before, tuple(self._events))
        return Act(says, front.name, method, path, credential.words, expect, wrong, came)


@contextmanager
def on_stage(keeper: Keeper, *, clock: Callable[[], float]) -> Iterator[Stage]:
    """Set a stage up, and clear it when the block ends.

    Args:
        keeper: keeps the decisions for ``authkit explain``.
        clock: tells when the scene begins.
    """
    with ExitStack() as stack:
        yield Stage(Clock(clock()), keeper, stack)


def _exchanged(port: int, method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
    connection = HTTPConnection(LOOPBACK, port, timeout=_TIMEOUT)
    try:
        connection.request(method, path, headers=headers)
        reply = connection.getresponse()
        return reply.status, reply.read().decode("utf-8", "replace")
    finally:
        connection.close()
