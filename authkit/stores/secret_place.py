"""SecretPlace: where a secret is, as one text says it, so that a deployment and a laptop differ in a variable alone."""

import os
import stat
from typing import NamedTuple

from ..errors import ConfigError

FORMS = "env:NAME[,NAME2], secretsmanager:ID[#FIELD], ssm:NAME[#FIELD] or file:PATH"
LARGEST_FILE = 65_536

_KINDS = ("env", "secretsmanager", "ssm", "file")


class SecretPlace(NamedTuple):
    """The kind of place; the name there: a path, an id, or names of variables; and the member that is meant."""

    kind: str
    name: str
    field: str | None = None


def parse(text: object) -> SecretPlace:
    """Return what a text says of the place of a secret.

    Raises:
        ConfigError: it has none of the forms. Does not show it: it could be the secret, where its place is expected.
    """
    kind, _, name = text.partition(":") if isinstance(text, str) else ("", "", "")
    if kind not in _KINDS or not name:
        raise ConfigError(f"secrets.at: a place is {FORMS}; what was given is none of these, and is not shown")
    if kind in ("env", "file"):
        return SecretPlace(kind, name)
    name, mark, field = name.partition("#")  # neither service takes one in a name
    if not name or (mark and not field):
        raise ConfigError(f"secrets.at: a place is {FORMS}; a name is missing before or after the #")
    return SecretPlace(kind, name, field or None)


def lines_of(path: str) -> tuple[bytes, ...]:
    """Return the lines of a file that hold anything, exactly as they are.

    Raises:
        ConfigError: it is missing, not a plain file, for others to read, too large, or empty.
    """
    try:
        # Not waiting, or a pipe in its place would hold up the start for good.
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            found = os.fstat(file.fileno())  # of what was opened, whatever the path names by now
            fault = _fault(found, path)
            content = b"" if fault else file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:  # a ValueError: a zero byte in the path
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ConfigError(f"secrets.at: the file {path!r} cannot be read: {reason}") from None
    lines = tuple(line for line in content.splitlines() if line)
    if not fault and len(content) > LARGEST_FILE:
        fault = f"is larger than {LARGEST_FILE} bytes"
    if not fault and not lines:
        fault = "is empty: write one value a line into it, the newest first"
    if fault:
        raise ConfigError(f"secrets.at: the file {path!r} {fault}")
    return lines


def _fault(found: os.stat_result, path: str) -> str:
    if not stat.S_ISREG(found.st_mode):
        return "is not a plain file"
    if os.name == "posix" and stat.S_IMODE(found.st_mode) & 0o077:
        return f"is open to others: make it yours alone, by chmod 600 {path!r}"
    return ""
