"""World: what a blueprint needs to be called, and what becomes of the calls.

Each blueprint with an authorizer has a module of its own name in ``worlds/``, with one value, ``WORLD``. Two tests use
it: ``test_deployed.py`` deploys the blueprint's template to MiniStack and makes the calls, ``test_runtime.py`` hands
the same calls as events to the handler in AWS's own runtime client.

>>> ISSUER = StubIssuer("https://idp.example.com/", audience="https://api.example.com")
>>> WORLD = World(
...     environment={"JWKS": "jwks.json"},
...     files={"jwks.json": json.dumps(ISSUER.jwks)},
...     calls=lambda site: [
...         Call("good", 200, "GET", "/orders/1", bearer(ISSUER.token(scope="orders:read"))),
...         Call("bad", 401, "GET", "/orders/1", bearer(ISSUER.expired(scope="orders:read"))),
...         Call("none", 401, "GET", "/orders/1"),
...     ],
... )
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import Any, Literal, NamedTuple

CONNECT = "$connect"
NOTHING: Mapping[str, str] = {}


class Otherwise(NamedTuple):
    """What MiniStack answers where it is known not to do as AWS does."""

    status: int
    because: str


class Call(NamedTuple):
    """One call, and what it comes to by the contract.

    Attributes:
        credential: whether what it carries is good, bad, or nothing at all. A good one may still be refused (403).
        status: what the caller sees.
        method: of HTTP, or `CONNECT` to open a WebSocket.
        path: without the stage.
        headers: sent as they are here.
        query: decoded.
        body: of JSON, if there is one.
        context: what the gateway alone knows, as it stands in an event's ``requestContext``. MiniStack knows nothing of
            it; a call that depends on it says `ministack`.
        certificate: the client's, in PEM, for mutual TLS; as with `context`.
        decided: the status that the authorizer's answer alone comes to, where something after it decides: the backend,
            a usage plan.
        ministack: what MiniStack answers, where it is wrong.
    """

    credential: Literal["good", "bad", "none"]
    status: int
    method: str = "GET"
    path: str = "/"
    headers: Mapping[str, str] = NOTHING
    query: Mapping[str, str] = NOTHING
    body: Any = None
    context: Mapping[str, Any] = NOTHING
    certificate: str | None = None
    decided: int | None = None
    ministack: Otherwise | None = None

    def came_to(self, status: int) -> str:
        """Return a line that tells of the call, and not of its credential."""
        return f"{self.credential}: {self.method} {self.path} {status}"


class Site(NamedTuple):
    """Where a blueprint is deployed.

    Attributes:
        host: that calls are sent to: what a signature has to name.
        stage: of the API, which calls are sent to as well but for ``$default``.
        outputs: of the stack.
        client: makes a boto3 client of a service there, to fill tables and secrets with.
    """

    host: str
    stage: str
    outputs: Mapping[str, str]
    client: Callable[[str], Any]


class World(NamedTuple):
    """What one blueprint needs.

    Attributes:
        calls: returns the calls, each with a fresh credential: the first good and allowed, one bad at least, one
            without. It is asked once a test, after the deployment, and may fill tables and secrets before, again if
            they are full already.
        parameters: of the template, in place of their defaults.
        environment: what the authorizer's function has besides what the template gives it.
        files: packed with its code: a key set, for one.
        servers: what must run meanwhile on loopback; the environment that points to it.
    """

    calls: Callable[[Site], Sequence[Call]]
    parameters: Mapping[str, str] = NOTHING
    environment: Mapping[str, str] = NOTHING
    files: Mapping[str, str] = NOTHING
    servers: Callable[[], AbstractContextManager[Mapping[str, str]]] = lambda: nullcontext(NOTHING)


def bearer(token: str) -> dict[str, str]:
    """Return the header of a bearer token."""
    return {"Authorization": f"Bearer {token}"}


def world_of(name: str) -> World:
    """Return the world of a blueprint, which must have one."""
    world = import_module(f"tests.blueprints.worlds.{name}").WORLD
    assert isinstance(world, World)
    return world
