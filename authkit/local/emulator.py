"""Emulator: a user's own handler behind the gateway, on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from ..policy.route import Route
from ..policy.routes import Routes
from .appsync import AppSync
from .backend import mirror
from .call import Call
from .gateway import Gateway
from .graphql.lexer import NotGraphQL
from .graphql.schema import NO_SCHEMA, Schema
from .http import LoopbackServer
from .invocation import Handler
from .settings import Settings

if TYPE_CHECKING:
    from ssl import SSLContext

    from .iam import Iam

PORT = 8480


@contextmanager
def running_emulator(
    handler: Handler,
    routes: Routes,
    settings: Settings,
    *,
    tell: Callable[[Call], None],
    explain: Callable[[], str] = lambda: "",
    is_open: Callable[[Route], bool] = lambda _: False,
    needs_key: Callable[[Route], bool] = lambda _: True,
    is_default: Callable[[Route], bool] = lambda _: False,
    iam: Iam | None = None,
    port: int = PORT,
    tls: SSLContext | None = None,
) -> Iterator[LoopbackServer]:
    """Run the gateway while the block runs. Its backend answers what it was handed.

    Raises:
        ConfigError: no API could be set so.
        OSError: the port is taken.
    """
    gateway = Gateway(
        handler,
        routes,
        settings,
        is_open=is_open,
        needs_key=needs_key,
        is_default=is_default,
        backend=mirror,
        tell=tell,
        explain=explain,
        iam=iam,
    )
    with LoopbackServer(gateway.respond, port, tls=tls).running() as server:
        yield server


@contextmanager
def running_appsync(
    handler: Handler,
    settings: Settings,
    *,
    tell: Callable[[Call], None],
    explain: Callable[[], str] = lambda: "",
    schema: str | None = None,
    port: int = PORT,
    tls: SSLContext | None = None,
) -> Iterator[LoopbackServer]:
    """Run AppSync while the block runs. Its resolvers answer what they would see; ``schema`` is the API's, as a text.

    Raises:
        ConfigError: no API could be set so, or the schema is none.
        OSError: the port is taken.
    """
    try:
        known = NO_SCHEMA if schema is None else Schema.parse(schema)
    except NotGraphQL as fault:
        raise ConfigError(f"the schema is no GraphQL: {fault}") from None
    endpoint = AppSync(handler, settings, schema=known, tell=tell, explain=explain)
    with LoopbackServer(endpoint.respond, port, tls=tls).running() as server:
        yield server


def told(call: Call) -> Mapping[str, Any]:
    """Return a call as JSON has it, without query, headers and bodies: they may hold credentials."""
    return {
        "method": call.request.method,
        "path": call.request.path,
        "status": call.reply.status,
        "asked": call.asked is not None,
        "steps": [step._asdict() for step in call.steps],
    }
