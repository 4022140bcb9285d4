"""``authkit emulate``: a handler of one's own behind a gateway on this machine."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from ..errors import ConfigError
from . import last
from .emulated import declared_by, settings_of
from .signals import endings

if TYPE_CHECKING:
    from ..local.call import Call
    from ..local.documents import Declared
    from ..local.explanation.watching import Watching
    from ..local.http import LoopbackServer
    from ..local.invocation import Handler
    from ..local.settings import Settings
    from .emulated import Chosen

KINDS = ("rest-token", "rest-request", "http-v1", "http-v2", "http-simple", "websocket", "appsync")

_EXAMPLES = """\
Examples:
  authkit emulate app:handler
  authkit emulate app:handler --route "GET /orders/{id}" --route "POST /orders" --kind rest-token --expression 'Bearer .+'
  authkit emulate app:handler --openapi api.yaml --ttl 0
  authkit emulate app:handler --sam template.yaml --runtime awslambdaric --record calls
  authkit emulate app:handler --kind websocket --identity-source route.request.querystring.token
  authkit emulate app:handler --kind appsync --schema schema.graphql
  authkit emulate app:handler --usage-key @keys.txt --key-throttle 10:2 --key-quota 500/DAY
"""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "emulate",
        help="run a gateway on loopback in front of a handler of your own",
        description="Run a gateway on loopback that asks your handler as API Gateway would: identity sources, result\n"
        "cache, policy evaluation, context, status and body of each reply. Each call is told on stderr.\n\n"
        "A document tells more than routes: how the authorizer is attached, and CORS, keys, throttles and gateway\n"
        "responses of the API. Arguments go before it, and stderr says where each setting came from.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", metavar="MODULE:FUNCTION", help="the handler, as app:handler or src/app.py:handler")
    _add_api(parser)
    _add_keys(parser)
    _add_authorizer(parser)
    _add_running(parser)
    parser.set_defaults(run=run)


def _add_api(parser: argparse.ArgumentParser) -> None:
    api = parser.add_argument_group("the API")
    routes = api.add_mutually_exclusive_group()
    routes.add_argument("--openapi", metavar="FILE", help="its routes and settings: an OpenAPI document")
    routes.add_argument("--sam", metavar="FILE", help="its routes and settings: a SAM template")
    routes.add_argument("--route", action="append", metavar="'METHOD /PATH'", help="a route; by default the handler's")
    api.add_argument("--scheme", metavar="NAME", help="the document's security scheme that is the authorizer's")
    api.add_argument("--resource", metavar="ID", help="the template's API, where there are several")
    api.add_argument("--schema", metavar="FILE", help="of AppSync, so that fields below the top can be denied")
    api.add_argument("--trailing-slash", action="store_true", help="take /orders/ for /orders")
    api.add_argument("--kind", choices=KINDS, help="of API and payload (default: rest-request)")
    api.add_argument("--stage", help="its name (default: dev; $default on HTTP APIs)")
    api.add_argument("--region", default="eu-west-1", help="where it is, and so its partition (default: eu-west-1)")
    api.add_argument("--stage-variable", action="append", default=[], metavar="NAME=VALUE", help="one more")
    api.add_argument("--domain", default="", help="a custom domain (default: the API's own)")
    api.add_argument("--edge", action="store_true", help="a REST API's endpoint is edge-optimized, not regional")
    api.add_argument("--cors", metavar="ORIGIN", help="the origin that browsers may call from, or *")
    api.add_argument("--www-authenticate", metavar="VALUE", help="of the gateway response UNAUTHORIZED")
    api.add_argument("--throttle", metavar="RATE:BURST", help="of each route, in requests a second and at once")
    api.add_argument(
        "--mutual-tls", action="append", metavar="CA", help="demand a client certificate of this authority"
    )


def _add_keys(parser: argparse.ArgumentParser) -> None:
    keys = parser.add_argument_group("usage plans")
    keys.add_argument("--usage-key", action="append", metavar="KEY", help="a plan's key; @FILE has one a line")
    keys.add_argument("--usage-plan", metavar="FILE", help="as aws apigateway get-usage-plan prints it, with keys")
    keys.add_argument("--key-source", choices=("HEADER", "AUTHORIZER"), help="where the key of a call is from")
    keys.add_argument("--key-throttle", metavar="RATE:BURST", help="of each key, in requests a second and at once")
    keys.add_argument("--key-quota", metavar="LIMIT/PERIOD", help="of each key, as 500/DAY; or WEEK, or MONTH")
    keys.add_argument(
        "--key-required", action=argparse.BooleanOptionalAction, help="whether every route requires a key, or none"
    )


def _add_authorizer(parser: argparse.ArgumentParser) -> None:
    how = parser.add_argument_group("the authorizer")
    how.add_argument("--identity-source", action="append", metavar="SOURCE", help="by default what the handler reads")
    how.add_argument("--expression", metavar="REGEX", help="what the credential of TOKEN or AppSync must match")
    how.add_argument(
        "--ttl", type=float, metavar="SECONDS", help="that answers are kept (default: 300, if they may be)"
    )
    how.add_argument("--iam", metavar="FILE", help="IAM authorization in its place: a JSON file of access keys")
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
    out = sys.stdout
    # What the handler prints is its log, and no result of this command.
    with redirect_stdout(sys.stderr), ExitStack() as stack:
        handler, loaded, watching = _handler(arguments, stack)
        declared = declared_by(arguments, loaded)
        chosen = settings_of(arguments, loaded, declared)
        chosen.settings.demand_sound()
        tls, trusted = _tls(arguments, chosen.settings, stack)
        tell = _teller(arguments, chosen.settings, out)
        keeper = stack.enter_context(last.keeper(f"authkit emulate {arguments.target}").running())
        tell = last.kept(keeper, tell, chosen.settings, declared.routes, watching)
        wait = stack.enter_context(endings())
        server = stack.enter_context(_running(arguments, handler, declared, chosen, tell, tls))
        _announce(arguments, server, chosen, trusted, out)
        wait()
    return 0


def _running(
    arguments: argparse.Namespace,
    handler: Handler,
    declared: Declared,
    chosen: Chosen,
    tell: Callable[[Call], None],
    tls: Any,
) -> AbstractContextManager[LoopbackServer]:
    from ..local.emulator import running_appsync, running_emulator

    if chosen.settings.kind == "appsync":
        if arguments.iam:
            raise ConfigError("--iam: AppSync's IAM authorization is not stood in for")
        schema = Path(arguments.schema).read_text(encoding="utf-8") if arguments.schema else None
        return running_appsync(handler, chosen.settings, tell=tell, schema=schema, port=arguments.port, tls=tls)
    return running_emulator(
        handler,
        declared.routes,
        chosen.settings,
        tell=tell,
        is_open=declared.is_open,
        needs_key=chosen.needs_key,
        is_default=declared.is_default,
        iam=_iam(arguments, chosen.settings),
        port=arguments.port,
        tls=tls,
    )


def _iam(arguments: argparse.Namespace, settings: Settings) -> Any:
    if not arguments.iam:
        return None
    from ..local.iam import Iam
    from ..local.iam_file import identities_in

    return Iam(identities_in(Path(arguments.iam)), region=settings.api.region)


def _handler(arguments: argparse.Namespace, stack: ExitStack) -> tuple[Handler, object, Watching | None]:
    """Return what to call, and what was loaded, if it was in this process; and what watches it, if it is authkit's."""
    if arguments.runtime == "awslambdaric":
        from ..local.runtime import RuntimeClient

        client = RuntimeClient(arguments.target, timeout=arguments.timeout)
        return stack.enter_context(client.running()), None, None
    from ..local import target
    from ..local.function import in_process

    loaded = target.load(arguments.target)
    if not callable(loaded):
        raise ConfigError(f"{arguments.target} is a {type(loaded).__name__}, and cannot be called")
    watching = last.watching(loaded)
    return in_process(watching or loaded), loaded, watching


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
    arguments: argparse.Namespace, server: LoopbackServer, chosen: Chosen, trusted: Path | None, out: TextIO
) -> None:
    settings = chosen.settings
    url = server.url.replace("http", "ws", 1) if settings.kind == "websocket" else server.url
    url = f"{url}/graphql" if settings.kind == "appsync" else url
    told = {
        "gateway": url,
        "kind": settings.kind,
        "stage": settings.api.stage,
        "identity_sources": list(settings.sources),
        "ttl": settings.ttl,
        "origins": {each.name: each.where for each in chosen.origins},
        **({"certificate": str(trusted)} if trusted else {}),
    }
    if arguments.json:
        print(json.dumps(told), file=out, flush=True)
        return
    stage = "" if settings.kind == "appsync" else f", stage {settings.api.stage}"
    print(f"gateway {url}   {settings.kind}{stage}", file=out, flush=True)
    for each in chosen.origins:
        print(f"{each.name:<18} {each.value:<34} {each.where}", file=sys.stderr)
    if trusted:
        print(f"its certificate, for clients to trust: {trusted}", file=sys.stderr)
    print("Ctrl-C ends it; authkit explain explains the last decision", end="\n\n", file=sys.stderr, flush=True)
