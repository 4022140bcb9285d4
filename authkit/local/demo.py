"""The demo: an issuer, a gateway and an authorizer in one process, on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from ..authorizer import Authorizer
from ..credentials.bearer import JWTBearer
from ..policy.route import Route
from .explanation.keeper import Explainer, Keeper
from .explanation.watching import Watching
from .gateway import Call, Gateway, Settings
from .http import LoopbackServer
from .issuer import DevClient, DevIssuer

AUDIENCE = "https://api.example.com"
GATEWAY_PORT, ISSUER_PORT = 8480, 8481

ROUTES = (
    Route("GET", "/orders/{id}", scopes={"orders:read"}),
    Route("POST", "/orders", scopes={"orders:write"}),
    Route("GET", "/orders/{id}/lines", scopes={"orders:read"}),
    Route("GET", "/orders/{id}/audit", scopes={"audit:read"}),
    Route("GET", "/users/{sub}/profile", bind={"sub": "sub"}),
)

NOT_KEPT = Keeper(None, by="")
"""Keeps no decisions."""

CLIENTS = {
    "reader": DevClient(frozenset({"orders:read"}), {"tenant": "acme"}),
    "writer": DevClient(frozenset({"orders:read", "orders:write"}), {"tenant": "acme"}),
    "auditor": DevClient(frozenset({"orders:read", "audit:read"}), {"tenant": "globex"}),
}


class Demo(NamedTuple):
    """The running demo."""

    gateway: LoopbackServer
    issuer: LoopbackServer
    dev_issuer: DevIssuer


@contextmanager
def running_demo(
    *,
    tell: Callable[[Call], None],
    port: int = GATEWAY_PORT,
    issuer_port: int = ISSUER_PORT,
    ttl: float = 300.0,
    keeper: Keeper = NOT_KEPT,
) -> Iterator[Demo]:
    """Run the demo while the block runs.

    Args:
        tell: is handed every call.
        port, issuer_port: of gateway and issuer; 0 picks a free one.
        ttl: seconds that the gateway keeps answers.
        keeper: keeps the decisions for ``authkit explain``.

    Raises:
        OSError: a port is taken.
    """
    dev_issuer = DevIssuer(audience=AUDIENCE, clients=CLIENTS)
    issuer = LoopbackServer(dev_issuer.respond, issuer_port)
    dev_issuer.url = issuer.url
    authorizer = Authorizer(
        authenticate=JWTBearer(issuer=issuer.url, audience=AUDIENCE, algorithms=["ES256"], relax={"http-loopback"}),
        routes=ROUTES,
        enrich=[lambda principal: {"tenant": principal.claims["tenant"]}],
        observe=lambda _: None,  # the trace says it all
    )
    settings = Settings(sources=authorizer.identity_sources, ttl=ttl)
    watching = Watching(authorizer)
    tell = keeper.also(tell, Explainer(settings, authorizer.routes, watching=watching))
    gateway = Gateway(watching, authorizer.routes, settings, tell=tell, explain=watching.words)
    with issuer.running(), LoopbackServer(gateway.respond, port).running() as server:
        yield Demo(server, issuer, dev_issuer)


class Example(NamedTuple):
    """A call worth making, and the status it gets."""

    what: str
    status: int
    method: str
    path: str
    token: str = ""  # the path of the issuer's /mint that gives it

    def curl(self, demo: Demo) -> str:
        """Return the call as a command to paste."""
        method = "" if self.method == "GET" else f" -X {self.method}"
        token = (
            f""" -H "Authorization: Bearer $(curl -s '{demo.issuer.url}/mint/{self.token}')\"""" if self.token else ""
        )
        return f"curl -i{method} {demo.gateway.url}{self.path}{token}"


EXAMPLES = (
    Example("a reader reads an order", 200, "GET", "/orders/1042", "reader"),
    Example("the answer kept for that token fits other routes too", 200, "GET", "/orders/1042/lines", "reader"),
    Example("the audit trail is under /orders/{id}/ but not the reader's", 403, "GET", "/orders/1042/audit", "reader"),
    Example("nor is writing", 403, "POST", "/orders", "reader"),
    Example("only the caller's own profile", 200, "GET", "/users/reader/profile", "reader"),
    Example("not somebody else's", 403, "GET", "/users/writer/profile", "reader"),
    Example("no token", 401, "GET", "/orders/1042"),
    Example("an expired token", 401, "GET", "/orders/1042", "reader?lifetime=-60"),
)


def tour(demo: Demo, told: Callable[[Example], None]) -> bool:
    """Make the example calls over real HTTP; return whether each got its status."""
    import requests

    tokens: dict[str, str] = {}
    good = True
    with requests.Session() as session:
        session.trust_env = False  # no proxy, no .netrc: this is loopback
        for example in EXAMPLES:
            told(example)
            if example.token and example.token not in tokens:
                tokens[example.token] = session.get(f"{demo.issuer.url}/mint/{example.token}", timeout=5).text
            headers = {"Authorization": f"Bearer {tokens[example.token]}"} if example.token else {}
            reply = session.request(example.method, demo.gateway.url + example.path, headers=headers, timeout=5)
            good = good and reply.status_code == example.status
    return good
