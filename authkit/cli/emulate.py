"""``authkit emulate``: a handler of one's own behind a gateway on this machine."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import ExitStack, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from ..errors import ConfigError
from .emulated import declared_by, settings_of
from .signals import wait_for_a_signal

if TYPE_CHECKING:
    from ..local.call import Call
    from ..local.gateway import Handler
    from ..local.http import LoopbackServer
    from ..local.settings import Settings

KINDS = ("rest-token", "rest-request", "http-v1", "http-v2", "http-simple", "websocket")

_EXAMPLES = """\
Examples:
  authkit emulate app:handler
  authkit emulate app:handler --route "GET /orders/{id}" --route "POST /orders" --kind rest-token --expression 'Bearer .+'
  authkit emulate app:handler --openapi api.yaml --kind http-v2 --stage '$default' --ttl 0
  authkit emulate app:handler --sam template.yaml --runtime awslambdaric --record calls
  authkit emulate app:handler --kind websocket --identity-source route.request.querystring.token
"""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "emulate",
        help="run a gateway on loopback in front of a handler of your own",
        description="Run a gateway on loopback that asks your handler as API Gateway would: identity sources, result\n"
        "cache, policy evaluation, context, status and body of each reply. Each call is told on stderr.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", metavar="MODULE:FUNCTION", help="the handler, as app:handler or src/app.py:handler")
    _add_api(parser)
    _add_authorizer(parser)
    _add_running(parser)
    parser.set_defaults(run=run)


def _add_api(parser: argparse.ArgumentParser) -> None:
    api = parser.add_argument_group("the API")
    routes = api.add_mutually_exclusive_group()
    routes.add_argument("--openapi", metavar="FILE", help="its routes and gateway responses: an OpenAPI document")
    routes.add_argument("--sam", metavar="FILE", help="its routes: a SAM template")
    routes.add_argument("--route", action="append", metavar="'METHOD /PATH'", help="a route; by default the handler's")
    api.add_argument("--scheme", metavar="NAME", help="the document's security scheme that is the authorizer's")
    api.add_argument("--resource", metavar="ID", help="the template's API, where there are several")
    api.add_argument("--trailing-slash", action="store_true", help="take /orders/ for /orders")
    api.add_argument("--kind", choices=KINDS, default="rest-request", help="of API and payload (default: rest-request)")
    api.add_argument("--stage", help="its name (default: dev; $default on HTTP APIs)")
    api.add_argument("--stage-variable", action="append", default=[], metavar="NAME=VALUE", help="one more")
    api.add_argument("--domain", default="", help="a custom domain (default: the API's own)")
    api.add_argument("--edge", action="store_true", help="a REST API's endpoint is edge-optimized, not regional")
    api.add_argument("--cors", default="", metavar="ORIGIN", help="the origin that browsers may call from, or *")
    api.add_argument("--www-authenticate", metavar="VALUE", help="of the gateway response UNAUTHORIZED")
    api.add_argument(
        "--mutual-tls", action="append", metavar="CA", help="demand a client certificate of this authority"
    )
    api.add_argument("--usage-key", action="append", metavar="KEY", help="a usage plan's key; @FILE has one a line")


def _add_authorizer(parser: argparse.ArgumentParser) -> None:
    how = parser.add_argument_group("the authorizer")
    how.add_argument("--identity-source", action="append", metavar="SOURCE", help="by default what the handler reads")
    how.add_argument("--expression", metavar="REGEX", help="what the credential of a TOKEN authorizer must match")
    how.add_argument(
        "--ttl", type=float, metavar="SECONDS", help="that answers are kept (default: 300, if they may be)"
    )
    how.add_argument("--runtime", choices=("in-process", "awslambdaric"), default="in-process", help="where it runs")
    how.add_argument("--timeout", type=float, default=10.0, metavar="SECONDS", help="with awslambdaric (default: 10)")


def _add_running(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8480, help="0 picks a free one (default: 8480)")
    parser.add_argument("--source-ip", default="", metavar="ADDRESS", help="to take for every caller's")
    parser.add_argument("--record", metavar="DIR", help="write each event and answer there, without credentials")
    parser.add_argument("--record-credentials", action="store_true", help="with --record: write them too")
    parser.add_argument("--json", action="store_true", help="tell each call as a line of JSON on stdout")


def run(arguments: argparse.Namespace) -> int:
    """Run until interrupted."""
    from ..local.emulator import running_emulator

    out = sys.stdout
    # What the handler prints is its log, and no result of this command.
    with redirect_stdout(sys.stderr), ExitStack() as stack:
        handler, loaded = _handler(arguments, stack)
        declared = declared_by(arguments, loaded)
        settings = settings_of(arguments, loaded, declared)
        settings.demand_sound()
        tls, trusted = _tls(arguments, settings, stack)
        tell = _teller(arguments, settings, out)
        running = running_emulator(
            handler, declared.routes, settings, tell=tell, is_open=declared.is_open, port=arguments.port, tls=tls
        )
        server = stack.enter_context(running)
        _announce(arguments, server, settings, trusted, out)
        wait_for_a_signal()
    return 0


def _handler(arguments: argparse.Namespace, stack: ExitStack) -> tuple[Handler, object]:
    """Return what to call, and what was loaded, if it was in this process."""
    if arguments.runtime == "awslambdaric":
        from ..local.runtime import RuntimeClient

        client = RuntimeClient(arguments.target, timeout=arguments.timeout)
        return stack.enter_context(client.running()), None
    from ..local import target
    from ..local.function import in_process

    loaded = target.load(arguments.target)
    if not callable(loaded):
        raise ConfigError(f"{arguments.target} is a {type(loaded).__name__}, and cannot be called")
    return in_process(loaded), loaded


def _tls(arguments: argparse.Namespace, settings: Settings, stack: ExitStack) -> tuple[Any, Path | None]:
    if not arguments.mutual_tls:
        return None, None
    from ..local.tls import mutual_tls

    made = stack.enter_context(mutual_tls(arguments.mutual_tls, settings.host))
    return made.context, made.certificate


def _teller(arguments: argparse.Namespace, settings: Settings, out: TextIO) -> Callable[[Call], None]:
    from ..local.emulator import told
    from ..local.record import Recorder
    from ..local.trace import draw

    recorder = None
    if arguments.record:
        recorder = Recorder(Path(arguments.record), settings.sources, credentials=arguments.record_credentials)

    def tell(call: Call) -> None:
        try:
            recorder.record(call) if recorder else None
        except OSError as fault:
            print(f"authkit: not recorded: {fault}", file=sys.stderr, flush=True)
        if arguments.json:
            print(json.dumps(told(call)), file=out, flush=True)
        else:
            print(draw(call, colour=sys.stderr.isatty()), end="\n\n", file=sys.stderr, flush=True)

    return tell


def _announce(
    arguments: argparse.Namespace, server: LoopbackServer, settings: Settings, trusted: Path | None, out: TextIO
) -> None:
    url = server.url.replace("http", "ws", 1) if settings.kind == "websocket" else server.url
    told = {
        "gateway": url,
        "kind": settings.kind,
        "stage": settings.api.stage,
        "identity_sources": list(settings.sources),
        "ttl": settings.ttl,
        **({"certificate": str(trusted)} if trusted else {}),
    }
    if arguments.json:
        print(json.dumps(told), file=out, flush=True)
        return
    sources = ", ".join(settings.sources) or "none"
    print(f"gateway {url}   {settings.kind}, stage {settings.api.stage}", file=out, flush=True)
    print(f"identity sources {sources}; answers are kept for {settings.ttl:g} s", file=sys.stderr)
    if trusted:
        print(f"its certificate, for clients to trust: {trusted}", file=sys.stderr)
    print("Ctrl-C ends it", end="\n\n", file=sys.stderr, flush=True)
