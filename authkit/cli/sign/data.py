"""Data and headers as curl takes them: in the argument, in a file after an @, or on standard input."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from ...errors import ConfigError

STANDARD_INPUT = "-"


class Data(NamedTuple):
    """One piece of data.

    Args:
        how: ``data``, ``raw``, ``binary`` or ``json``.
        given: as the argument has it.
    """

    how: str
    given: str

    @property
    def from_standard_input(self) -> bool:
        """Whether that is where it comes from."""
        return self.how != "raw" and self.given == f"@{STANDARD_INPUT}"

    def bytes(self, read: Callable[[str], bytes]) -> bytes:
        """Return what is sent. Of a file given by -d, curl leaves out line ends and NULs."""
        if self.how == "raw" or not self.given.startswith("@"):
            return self.given.encode("utf-8", "surrogateescape")
        found = read(self.given[1:])
        return found.translate(None, b"\r\n\0") if self.how == "data" else found


def read(file: str) -> bytes:
    """Return what is in a file, or on standard input.

    Raises:
        OSError: it cannot be read.
    """
    return sys.stdin.buffer.read() if file == STANDARD_INPUT else Path(file).read_bytes()


class Headers(NamedTuple):
    """Headers that were given, and in small letters the names of those that shall not be added."""

    given: tuple[tuple[str, str], ...]
    without: frozenset[str]


def headers_of(lines: Iterable[str], read: Callable[[str], bytes]) -> Headers:
    """Return headers: ``Name: value``; ``Name;`` for an empty one; ``Name:`` for one that shall not be added.

    Raises:
        ConfigError: a line is none of these.
        OSError: a file cannot be read.
    """
    found, without = [], set()
    for given in lines:
        texts = read(given[1:]).decode("utf-8", "replace").splitlines() if given.startswith("@") else [given]
        for line in filter(None, texts):
            name, colon, value = line.partition(":")
            if not colon and line.endswith(";"):
                found.append((line[:-1].strip(), ""))
            elif not colon or not name.strip():
                raise ConfigError(f"-H {_bare(line)!r}: write 'Name: value'")
            elif value.strip():
                found.append((name.strip(), value.strip()))
            else:
                without.add(name.strip().lower())
    return Headers(tuple(found), frozenset(without))


def _bare(line: str) -> str:
    """Return as much of a line as may be shown: what is no header may be a secret."""
    return line[:12] + ("…" if len(line) > 12 else "")
