"""The terminal: what may be written to it, in which colours, and what becomes of a command when nobody reads on."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any, TextIO

READER_GONE = (
    141  # 128 and SIGPIPE: what shells say of a command whose reader has gone, also where there is no such signal
)


def colours(stream: TextIO) -> bool:
    """Tell whether a stream takes colours: it is a terminal, and NO_COLOR (no-color.org) is not set."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def harmless(text: str) -> str:
    """Return a text so that it cannot steer a terminal, whoever's words are in it; its lines stay lines."""
    return "".join(each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in text)


def take_any_text(*streams: Any) -> None:
    """Have streams write a question mark for what their encoding lacks: a tree has lines that not every one has."""
    for stream in streams:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def reader_gone() -> bool:
    """Tell whether nobody reads what this command writes any more, as behind ``| head -1``; if so, it writes no more."""
    gone = [stream for stream in (sys.stdout, sys.stderr) if _is_gone(stream)]
    for stream in gone:
        # What is left in its buffer would be tried again, and complained of, as the interpreter ends.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    return bool(gone)


def _is_gone(stream: TextIO) -> bool:
    """Tell whether the other end of a stream is closed."""
    import select

    try:
        number = stream.fileno()
    except (OSError, ValueError, AttributeError):
        return False  # it is no pipe at all
    if not hasattr(select, "poll"):
        return False  # Windows, where such a write is another error
    poll = select.poll()
    poll.register(number, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def called() -> str:
    """Return how this command is called in another terminal, less its arguments, as somebody would paste it."""
    program = Path(sys.argv[0])
    if program.name == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m authkit"
    if program.stem != "authkit":
        return "authkit"
    found, activated = shutil.which("authkit"), os.environ.get("VIRTUAL_ENV")
    # An environment that is activated here need not be there.
    here_alone = bool(activated) and program.is_relative_to(activated or "")
    return shlex.quote(str(program)) if here_alone or found is None or Path(found) != program else "authkit"
