"""The last decisions on this machine: a file that emulator and demo write, and ``authkit explain`` reads.

It is its owner's alone, is replaced as a whole, and holds explanations: no token, no secret.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import ConfigError
from .tree import Explanation, safe

KEPT = 20
"""How many decisions are kept."""

_NAME = "decisions.json"
_LARGEST = 1 << 20  # bytes


class Decision(NamedTuple):
    """A decision, when it was made, and by what: ``authkit emulate app:handler``."""

    explanation: Explanation
    at: float
    by: str

    def data(self) -> dict[str, Any]:
        """Return it as what JSON can say."""
        return {"at": self.at, "by": self.by, **self.explanation.data()}

    @classmethod
    def of(cls, data: Any) -> Decision:
        """Return what `data` has told.

        Raises:
            ValueError: it has another form.
        """
        explanation = Explanation.of(data).veiled(())
        at, by = data.get("at"), data.get("by")
        if isinstance(at, bool) or not isinstance(at, (int, float)) or not isinstance(by, str):
            raise ValueError("it is no decision")
        return cls(explanation, float(at), safe(by))


def place(environ: Mapping[str, str], home: Callable[[], Path] = Path.home) -> Path:
    """Return the file: below ``XDG_CACHE_HOME``, or else ``~/.cache``.

    Args:
        environ: the environment's variables.
        home: gives the home directory, or raises RuntimeError.

    Raises:
        ConfigError: nobody knows whose home this is.
    """
    given = Path(environ.get("XDG_CACHE_HOME", ""))
    # XDG Base Directory Specification: a path that is not absolute is to be ignored.
    try:
        base = given if given.is_absolute() else home() / ".cache"
    except RuntimeError:
        raise ConfigError("there is no home directory; set XDG_CACHE_HOME") from None
    return base / "authkit" / _NAME


def write(file: Path, decisions: Iterable[Decision]) -> None:
    """Replace the file by these decisions, the newest last; if they are too many or too long, the first ones are left out.

    Raises:
        OSError: it cannot be written.
    """
    lines = [json.dumps(each.data(), ensure_ascii=True) for each in decisions][-KEPT:]
    while sum(len(line) + 1 for line in lines) > _LARGEST:
        del lines[0]
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(prefix=f".{_NAME}.", dir=file.parent)  # nobody else may read it
    try:
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.writelines(f"{line}\n" for line in lines)
        Path(beside).replace(file)
    except BaseException:
        with suppress(OSError):
            Path(beside).unlink()
        raise


def read(file: Path) -> tuple[Decision, ...]:
    """Return the decisions that are kept, the newest last; none where there is no file.

    Raises:
        ConfigError: the file is not one that this was written to.
        OSError: it cannot be read.
    """
    try:
        lines = _text(file).splitlines()
    except FileNotFoundError:
        return ()
    try:
        return tuple(Decision.of(json.loads(line)) for line in lines)
    except (ValueError, AttributeError, OverflowError, RecursionError):
        raise ConfigError(f"{file} holds no decisions; remove it") from None


def _text(file: Path) -> str:
    # No link is followed, and nothing is waited for: what another has put there is not read.
    descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as stream:
        found = os.fstat(stream.fileno())
        strange = not stat.S_ISREG(found.st_mode) or (hasattr(os, "getuid") and found.st_uid != os.getuid())
        if strange or found.st_size > _LARGEST:
            raise ConfigError(f"{file} is not what authkit writes there; remove it")
        return stream.read(_LARGEST).decode("ascii", "replace")
