"""``authkit demo``: see an authorizer decide, in a second, without an account."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from .signals import wait_for_a_signal

if TYPE_CHECKING:
    from ..local.demo import Demo, Example
    from ..local.gateway import Call

_SHOWN = (0, 2, 6)  # of the examples: one for each status


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "demo",
        help="run an issuer, a gateway and an authorizer on loopback",
        description="Run an issuer, a gateway and an authorizer on loopback, and show how each call is decided.",
        epilog="Examples:\n  authkit demo\n  authkit demo --tour\n  authkit demo --port 0 --ttl 0",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=8480, help="of the gateway; 0 picks a free one (default: 8480)")
    parser.add_argument("--issuer-port", type=int, default=8481, help="of the issuer; 0 picks one (default: 8481)")
    parser.add_argument("--ttl", type=float, default=300.0, help="seconds the gateway keeps answers (default: 300)")
    parser.add_argument("--tour", action="store_true", help="make the example calls, show them, and end")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run until interrupted, or through the tour; the exit code is 1 if a call of the tour went otherwise."""
    from ..local.demo import running_demo, tour

    def tell(call: Call) -> None:
        from ..local.trace import draw

        print(draw(call, colour=sys.stdout.isatty()), end="\n\n", flush=True)

    with running_demo(port=arguments.port, issuer_port=arguments.issuer_port, ttl=arguments.ttl, tell=tell) as demo:
        print(f"gateway {demo.gateway.url}   issuer {demo.issuer.url}", end="\n\n", flush=True)
        if arguments.tour:
            return 0 if tour(demo, _announce) else 1
        print(_invitation(demo), flush=True)
        wait_for_a_signal()
    return 0


def _announce(example: Example) -> None:
    print(f"# {example.what}", flush=True)


def _invitation(demo: Demo) -> str:
    from ..local.demo import EXAMPLES

    lines = ["In another terminal (Ctrl-C ends it):", ""]
    for example in (EXAMPLES[index] for index in _SHOWN):
        lines += [f"  # {example.status}: {example.what}", f"  {example.curl(demo)}"]
    lines += ["  # the issuer's next key; the tokens signed with the one before stay good"]
    lines += [f"  curl -X POST {demo.issuer.url}/rotate", ""]
    return "\n".join(lines)
