"""Values: what arguments of several commands are, read strictly, and what is said where they cannot be had."""

from __future__ import annotations

import argparse
import errno
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from ..errors import ConfigError
from . import terminal

_SCHEME = re.compile(r"\s*bearer\s+", re.IGNORECASE)
_TOKEN = re.compile(
    r"(?:\s*bearer\s)?\s*e[wy][\w-]*\.|\s*bearer\s", re.IGNORECASE
)  # a JWS begins with a brace in base64


def port(text: str) -> int:
    """Return a port; 0 stands for a free one."""
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to 65535, and 0 picks a free one")
    return int(text)


def ttl(text: str) -> float:
    """Return the seconds that a gateway keeps answers."""
    from ..local.settings import LONGEST_TTL

    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST_TTL:
        raise argparse.ArgumentTypeError(f"{text!r}: the TTL is 0 to {LONGEST_TTL} seconds")
    return seconds


def document(text: str) -> str:
    """Return the name of a file that is read, and not run."""
    if text.endswith(".py"):
        named = terminal.harmless(text)
        raise argparse.ArgumentTypeError(f"{named} is a module: write {named}:handler, with the name it has there")
    return text


def token_in(file: str, usage_error: Callable[[str], NoReturn]) -> str:
    """Return the token in a file or, for ``-``, on standard input; the word Bearer before it is no part of it.

    Raises:
        ConfigError: there is no such file. What was given is not shown: it may be a token.
        OSError: the file cannot be read.
    """
    text = sys.stdin.read() if file == "-" else _text(file, usage_error)
    return _SCHEME.sub("", text, count=1).strip() if _SCHEME.match(text) else text.strip()


def _text(file: str, usage_error: Callable[[str], NoReturn]) -> str:
    try:
        return Path(file).read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError) as fault:  # ValueError: a file's name has no NUL
        if _TOKEN.match(file):
            usage_error("give the token on standard input: others can see the command line")
        if isinstance(fault, OSError) and fault.errno not in (errno.ENOENT, errno.ENAMETOOLONG, errno.ENOTDIR):
            raise
    raise ConfigError("there is no such file; if that is the token itself, give it on standard input") from None


@contextmanager
def listening(**ports: int) -> Iterator[None]:
    """Say which option names another port, where one of these cannot be had.

    Args:
        ports: each by its option's name, less the dashes.

    Raises:
        ConfigError: one cannot be had.
    """
    from ..local.http import CannotListen

    try:
        yield
    except CannotListen as fault:
        option = next(name for name, number in ports.items() if number == fault.port).replace("_", "-")
        raise ConfigError(f"{fault.strerror}; --{option} 0 picks a free one") from None
