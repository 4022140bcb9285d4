"""``authkit emulate``: a handler of one's own behind a gateway on this machine."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from . import last, terminal, values
from .emulated import Origin, declared_by, settings_of
from .emulated_iam import fault_of, has_routes, iam_of, unasked
from .policy.arguments import target
from .signals import endings
from .telling import announce, teller

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
  authkit emulate --iam identities.json --route "GET /orders/{id}"

identities.json of --iam has access keys by their ids; session token and ARN may be left out:
  {"AKIDEXAMPLE": {"secret_access_key": "…", "session_token": "…", "arn": "arn:aws:iam::111122223333:user/ada"}}

Exit codes: 0 ended by Ctrl-C or a signal, 2 wrong usage, 3 cannot run, 141 nobody reads what it tells.
"""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "emulate",
        help="run a gateway on loopback in front of a handler of your own",
        description="Run a gateway on loopback that asks your handler as API Gateway would: identity sources, result\n"
        "cache, policy evaluation, context, status and body of each reply. Each call is told on stderr.\n\n"
        "A document tells more than routes: how the authorizer is attached, and CORS, keys, throttles and gateway\n"
        "responses of the API. Arguments go before it, and stderr says where each setting came from. The environment\n"
        "that a SAM template sets is the handler's too, but for what is set already.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "target",
        nargs="?",
        type=target,
        metavar="MODULE:FUNCTION",
        help="the handler, as app:handler or src/app.py:handler; under --iam none is asked",
    )
    _add_api(parser)
    _add_keys(parser)
    _add_authorizer(parser)
    _add_running(parser)
    parser.set_defaults(run=run, usage_error=parser.error)


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
        "--ttl", type=values.ttl, metavar="SECONDS", help="that answers are kept (default: 300, if they may be)"
    )
    how.add_argument("--iam", metavar="FILE", help="IAM authorization in its place: a JSON file of access keys")
    how.add_argument("--runtime", choices=("in-process", "awslambdaric"), default="in-process", help="where it runs")
    how.add_argument("--timeout", type=float, default=10.0, metavar="SECONDS", help="with awslambdaric (default: 10)")


def _add_running(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=values.port, default=8480, help="0 picks a free one (default: 8480)")
    parser.add_argument("--source-ip", default="", metavar="ADDRESS", help="to take for every caller's")
    parser.add_argument("--record", metavar="DIR", help="write each event and answer there, without credentials")
    parser.add_argument("--record-credentials", action="store_true", help="with --record: write them too")
    parser.add_argument("--json", action="store_true", help="tell each call as a line of JSON on stdout")


def run(arguments: argparse.Namespace) -> int:
    """Run until interrupted."""
    fault = fault_of(arguments)
    if fault:
        arguments.usage_error(fault)
    out = sys.stdout
    # What the handler prints is its log, and no result of this command.
    with redirect_stdout(sys.stderr), ExitStack() as stack:
        stack.enter_context(values.listening(port=arguments.port))
        set_by_template = _surroundings(arguments, stack)
        handler, loaded, watching = _handler(arguments, stack)
        declared = declared_by(arguments, loaded)
        chosen = settings_of(arguments, loaded, declared)
        chosen = chosen._replace(origins=(*chosen.origins, *set_by_template))
        chosen.settings.demand_sound()
        tls, trusted = _tls(arguments, chosen.settings, stack)
        wait = stack.enter_context(endings())
        tell = teller(arguments, chosen.settings, out, wait.end)
        by = arguments.target or f"--iam {arguments.iam}"
        keeper = stack.enter_context(last.keeper(f"authkit emulate {by}").running())
        tell = last.kept(keeper, tell, chosen.settings, declared.routes, watching)
        server = stack.enter_context(_running(arguments, handler, declared, chosen, tell, tls, watching))
        announce(arguments, server, chosen, trusted, out)
        wait()
    return terminal.READER_GONE if terminal.reader_gone() else 0


def _running(
    arguments: argparse.Namespace,
    handler: Handler,
    declared: Declared,
    chosen: Chosen,
    tell: Callable[[Call], None],
    tls: Any,
    watching: Watching | None,
) -> AbstractContextManager[LoopbackServer]:
    from ..local.emulator import running_appsync, running_emulator

    explain = watching.words if watching else _silent
    if chosen.settings.kind == "appsync":
        schema = Path(arguments.schema).read_text(encoding="utf-8") if arguments.schema else None
        return running_appsync(
            handler, chosen.settings, tell=tell, explain=explain, schema=schema, port=arguments.port, tls=tls
        )
    return running_emulator(
        handler,
        declared.routes,
        chosen.settings,
        tell=tell,
        explain=explain,
        is_open=declared.is_open,
        needs_key=chosen.needs_key,
        is_default=declared.is_default,
        iam=iam_of(arguments, chosen.settings),
        port=arguments.port,
        tls=tls,
    )


def _silent() -> str:
    return ""


def _handler(arguments: argparse.Namespace, stack: ExitStack) -> tuple[Handler, object, Watching | None]:
    """Return what to call, and what was loaded, if it was in this process; and what watches it, if it is authkit's.

    Under IAM nothing is called. The handler is then loaded for its routes, and only where nothing else tells them.
    """
    if arguments.iam and (arguments.target is None or has_routes(arguments)):
        return unasked, None, None
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


def _surroundings(arguments: argparse.Namespace, stack: ExitStack) -> list[Origin]:
    """Set what the template knows of the environment, as long as the handler runs; tell of it, but of no value.

    What only a deployment knows is left out: a handler that runs would take what is made up for a table, or an issuer.
    """
    if not (arguments.sam and arguments.target):
        return []
    from ..local.doctor import loading

    variables = loading.stated([arguments.sam], arguments.target)
    known = {name: each for name, each in variables.items() if not each.made_up}
    fresh = stack.enter_context(loading.surroundings(known))
    return [Origin("environment", ", ".join(fresh), arguments.sam)] if fresh else []


def _tls(arguments: argparse.Namespace, settings: Settings, stack: ExitStack) -> tuple[Any, Path | None]:
    if not arguments.mutual_tls:
        return None, None
    from ..local.tls import mutual_tls

    made = stack.enter_context(mutual_tls(arguments.mutual_tls, settings.host))
    return made.context, made.certificate
