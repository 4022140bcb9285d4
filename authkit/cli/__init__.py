"""The command ``authkit``: each subcommand is a small module and one call of the library.

Results go to stdout and talk to stderr. Exit codes: 0 allowed or done, 1 refused, 2 usage, 3 cannot tell; 130 interrupted,
141 nobody reads on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from signal import SIGINT

from .. import __version__
from ..errors import AuthkitError, Refused
from . import demo, doctor, emulate, explain, keys, mismatch, new, policy, sign, terminal, token, verify

REFUSED, CANNOT_TELL = 1, 3
INTERRUPTED = 128 + SIGINT


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    terminal.take_any_text(sys.stdout, sys.stderr)
    arguments = build_parser().parse_args(argv)
    try:
        code = int(arguments.run(arguments))
        sys.stdout.flush()
        return code
    except Refused as refusal:
        print(f"authkit: refused: {_harmless(refusal)}", file=sys.stderr)
        return REFUSED
    except (AuthkitError, OSError) as fault:
        if isinstance(fault, BrokenPipeError) and terminal.reader_gone():
            return terminal.READER_GONE
        print(f"authkit: {_harmless(fault)}", file=sys.stderr)
        return CANNOT_TELL
    except KeyboardInterrupt:
        return INTERRUPTED


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="authkit",
        description="Lambda authorizers for Amazon API Gateway, on the laptop.",
        epilog="Exit codes: 0 allowed or done, 1 refused, 2 wrong usage, 3 cannot tell, 130 interrupted; 22 under sign -f\n"
        "where the answer is 400 or above.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"authkit {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    demo.add_to(commands)
    doctor.add_to(commands)
    emulate.add_to(commands)
    explain.add_to(commands)
    keys.add_to(commands)
    mismatch.add_to(commands)
    new.add_to(commands)
    policy.add_to(commands)
    sign.add_to(commands)
    token.add_to(commands)
    verify.add_to(commands)
    return parser


def _harmless(fault: Exception) -> str:
    return terminal.harmless(str(fault))
