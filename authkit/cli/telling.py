"""What ``authkit emulate`` tells: how it is set up, and what became of each call."""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from ..errors import AuthkitError
from . import terminal

if TYPE_CHECKING:
    from types import TracebackType

    from ..local.call import Call
    from ..local.http import LoopbackServer
    from ..local.settings import Settings
    from .emulated import Chosen, Origin

_WIDEST = 60  # columns of a value; where one is wider, its origin has a line of its own


def teller(
    arguments: argparse.Namespace, settings: Settings, out: TextIO, end: Callable[[], None]
) -> Callable[[Call], None]:
    """Return what tells each call, and records it if that is asked for. No call fails by that.

    Args:
        arguments, settings: what was asked for.
        out: where data goes.
        end: is called when nobody reads on.
    """
    from ..local.record import Recorder

    recorder = None
    if arguments.record:
        recorder = Recorder(Path(arguments.record), settings.sources, credentials=arguments.record_credentials)

    def tell(call: Call) -> None:
        try:
            recorder.record(call) if recorder else None
        except OSError as fault:
            _say(f"authkit: not recorded: {fault}")
        try:
            _tell(call, out if arguments.json else None)
        except BrokenPipeError:
            end()

    return tell


def _tell(call: Call, json_to: TextIO | None) -> None:
    from ..local.emulator import told
    from ..local.trace import draw

    raised = _raised(call)
    if json_to is not None:
        print(f"{json.dumps(told(call))}\n", end="", file=json_to, flush=True)
    else:
        _say(draw(call, colour=terminal.colours(sys.stderr)), "" if raised else "\n")
    if raised:
        _say(terminal.harmless(raised))


def _raised(call: Call) -> str:
    """Return what a handler raised, as Python tells it: here its own author reads it, and nobody else."""
    from ..local.function import FunctionError

    error = call.asked.error if call.asked else None
    # The word is how a handler says 401; authkit's own errors say all they have in the tree; what another process
    # raised, it has told itself.
    if error is None or call.refusal == "UNAUTHORIZED" or isinstance(error, (AuthkitError, FunctionError)):
        return ""
    return "".join(traceback.format_exception(type(error), error, _beyond_authkit(error.__traceback__)))


def _beyond_authkit(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback without the gateway's own frames, which come first."""
    own = str(Path(__file__).parent.parent / "local")
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(own):
        trace = trace.tb_next
    return trace


def announce(
    arguments: argparse.Namespace, server: LoopbackServer, chosen: Chosen, trusted: Path | None, out: TextIO
) -> None:
    """Tell where the gateway is, and where each of its settings came from."""
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
        **({"iam": arguments.iam} if arguments.iam else {}),
        **({"certificate": str(trusted)} if trusted else {}),
    }
    if arguments.json:
        print(json.dumps(told), file=out, flush=True)
        return
    for line in table(chosen.origins):
        _say(line)
    if trusted:
        _say(f"its certificate, for clients to trust: {trusted}")
    _say(f"Ctrl-C ends it; {terminal.called()} explain explains the last decision", "\n")
    stage = "" if settings.kind == "appsync" else f", stage {settings.api.stage}"
    # At last: whoever reads it may call at once, and what is told of that stands below all this, not within it.
    print(f"gateway {url}   {settings.kind}{stage}\n", end="", file=out, flush=True)


def table(origins: Iterable[Origin]) -> list[str]:
    """Return the settings in three columns: name, value and origin."""
    rows = list(origins)
    name_width = max((len(each.name) for each in rows), default=0) + 1
    value_width = max((len(each.value) for each in rows if len(each.value) <= _WIDEST), default=0) + 1
    lines = []
    for each in rows:
        lines.append(f"{each.name:<{name_width}} {each.value:<{value_width}} {each.where}")
        if len(each.value) > _WIDEST:
            lines[-1:] = [
                f"{each.name:<{name_width}} {each.value}",
                f"{'':<{name_width + value_width + 1}} {each.where}",
            ]
    return lines


def _say(text: str, after: str = "") -> None:
    print(f"{text}\n{after}", end="", file=sys.stderr, flush=True)  # in one piece: several threads write
