"""Emulator: a user's own handler behind the gateway, on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..policy.route import Route
from ..policy.routes import Routes
from .backend import mirror
from .call import Call
from .gateway import Gateway, Handler
from .http import LoopbackServer
from .settings import Settings

if TYPE_CHECKING:
    from ssl import SSLContext

PORT = 8480


@contextmanager
def running_emulator(
    handler: Handler,
    routes: Routes,
    settings: Settings,
    *,
    tell: Callable[[Call], None],
    is_open: Callable[[Route], bool] = lambda _: False,
    port: int = PORT,
    tls: SSLContext | None = None,
) -> Iterator[LoopbackServer]:
    """Run the gateway while the block runs. Its backend answers what it was handed.

    Raises:
        ConfigError: no API could be set so.
        OSError: the port is taken.
    """
    gateway = Gateway(handler, routes, settings, is_open=is_open, backend=mirror, tell=tell)
    with LoopbackServer(gateway.respond, port, tls=tls).running() as server:
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
