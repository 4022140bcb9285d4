"""``authkit demo``: see an authorizer decide, in a second, without an account."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from . import last, terminal, values
from .signals import endings

if TYPE_CHECKING:
    from ..local.demo import Demo, Example
    from ..local.gateway import Call
    from .signals import Wait

_SHOWN = (0, 2, 6)  # of the examples: one for each status

# Named here and not where they are played: that loads what only playing needs. A test compares the two.
SCENES = {
    "cache-trap": "an answer for one route, kept by the gateway and used for the others",
    "jwks-down": "the issuer's key endpoint fails, warm and cold",
    "rotate-key": "the issuer signs with a new key, and takes the old one out",
    "expired": "a token ends while its answer is kept",
    "wrong-aud": "a good token of the right issuer, for another API",
    "alg-none": "forged tokens that choose their own check",
}

_DESCRIPTION = """\
Run an issuer, a gateway and an authorizer on loopback, and show how each call is decided.

With --break a mistake or an outage is acted out, with real requests and a clock of its own:
"""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    scenes = "".join(f"  {name:<12} {about}\n" for name, about in SCENES.items())
    parser = commands.add_parser(
        "demo",
        help="run an issuer, a gateway and an authorizer on loopback",
        description=f"{_DESCRIPTION}{scenes}",
        epilog="Examples:\n  authkit demo\n  authkit demo --tour\n  authkit demo --port 0 --ttl 0\n"
        "  authkit demo --break cache-trap\n  authkit demo --break expired --json\n\n"
        "Exit codes: 0 done, 1 a call of --tour or --break went otherwise, 2 wrong usage, 3 cannot tell,\n"
        "130 a tour or scene was interrupted.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--port", type=values.port, default=8480, help="of the gateway; 0 picks a free one (default: 8480)"
    )
    parser.add_argument(
        "--issuer-port", type=values.port, default=8481, help="of the issuer; 0 picks one (default: 8481)"
    )
    parser.add_argument(
        "--ttl", type=values.ttl, default=300.0, help="seconds the gateway keeps answers (default: 300)"
    )
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--tour", action="store_true", help="make the example calls, show them, and end")
    instead.add_argument(
        "--break",
        dest="scene",
        choices=tuple(SCENES),
        metavar="SCENE",
        help="act out one of the scenes above on free ports, and end",
    )
    parser.add_argument("--json", action="store_true", help="with --break: print one JSON object instead")
    parser.set_defaults(run=run, parser=parser)


def run(arguments: argparse.Namespace) -> int:
    """Run until interrupted, or through tour or scene; the exit code is 1 if a call of these went otherwise."""
    if arguments.json and not arguments.scene:
        arguments.parser.error("--json goes with --break")
    return _scene(arguments) if arguments.scene else _demo(arguments)


def _demo(arguments: argparse.Namespace) -> int:
    from ..local.demo import running_demo, tour

    ports = {"port": arguments.port, "issuer_port": arguments.issuer_port}
    with ExitStack() as stack:
        stack.enter_context(values.listening(**ports))
        wait = None if arguments.tour else stack.enter_context(endings())
        keeper = stack.enter_context(last.keeper("authkit demo").running())
        demo = stack.enter_context(running_demo(**ports, ttl=arguments.ttl, tell=_teller(wait), keeper=keeper))
        where = f"gateway {demo.gateway.url}   issuer {demo.issuer.url}\n"
        if wait is None:
            print(where, flush=True)
            return 0 if tour(demo, _announce) else 1
        print(where, _invitation(demo), sep="\n", flush=True)
        wait()
    return terminal.READER_GONE if terminal.reader_gone() else 0


def _teller(wait: Wait | None) -> Callable[[Call], None]:
    """Return what shows each call. No call fails by that; where nobody reads on, the wait is over."""

    def tell(call: Call) -> None:
        from ..local.trace import draw

        try:
            print(draw(call, colour=terminal.colours(sys.stdout)), end="\n\n", flush=True)
        except BrokenPipeError:
            if wait is not None:
                wait.end()

    return tell


def _announce(example: Example) -> None:
    print(f"# {example.what}", flush=True)


def _invitation(demo: Demo) -> str:
    from ..local.demo import EXAMPLES

    lines = ["In another terminal (Ctrl-C ends it):", ""]
    for example in (EXAMPLES[index] for index in _SHOWN):
        lines += [f"  # {example.status}: {example.what}", f"  {example.curl(demo)}"]
    lines += ["  # the issuer's next key; the tokens signed with the one before stay good"]
    lines += [f"  curl -X POST {demo.issuer.url}/rotate"]
    lines += ["  # the last decision, step by step", f"  {terminal.called()} explain", ""]
    return "\n".join(lines)


def _scene(arguments: argparse.Namespace) -> int:
    from ..local.scenes import draw, playbill

    name, colour = arguments.scene, terminal.colours(sys.stdout)
    scene = playbill.SCENES[name]
    with last.keeper(f"authkit demo --break {name}").running() as keeper:
        if arguments.json:
            acts = playbill.played(name, keeper=keeper)
            print(json.dumps(playbill.data(name, acts), indent=2))
            return 0 if playbill.as_told(acts) else 1
        numbers = iter(range(1, sys.maxsize))
        print(draw.opening(name, scene, colour=colour), flush=True)
        acts = playbill.played(
            name, keeper=keeper, told=lambda act: print(draw.act(next(numbers), act, colour=colour), flush=True)
        )
    if scene.compares:
        print(draw.matrix(acts, colour=colour))
    print(draw.lesson(scene, colour=colour), end="")
    return 0 if playbill.as_told(acts) else 1
