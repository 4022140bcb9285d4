"""Documents: an OpenAPI document or a template, given as a mapping, a text or a file, to what it says.

The only place of this package that opens a file, once, when the table is built. What is read is a developer's own and
not a caller's; it is still bounded, and whatever two readers could read differently is refused.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from ..errors import ConfigError

LARGEST = 32 * 2**20  # bytes; API Gateway itself takes 6 MB
_NAMED = 5  # of the names that stand twice, in the message

Document = Mapping[str, Any] | str | bytes | os.PathLike[str]
"""What was parsed already, a text in JSON or YAML, or the path of a file. A text has several lines or begins with ``{``."""


class Unreadable(ValueError):
    """A text that is neither JSON nor YAML as we take it; the message says where."""


def load(document: Document, subject: str, *, intrinsics: bool = False) -> Mapping[str, Any]:
    """Return what a document says.

    Args:
        document: a mapping is returned as it is.
        subject: what an error names.
        intrinsics: whether YAML may have CloudFormation's short forms; ``!Ref x`` is read as ``{"Ref": "x"}``.

    Raises:
        ConfigError: it cannot be read, or is no object.
    """
    if isinstance(document, Mapping):
        return document
    try:
        value = parsed(_text(document), intrinsics=intrinsics)
    except Unreadable as fault:
        raise ConfigError.of(subject, [str(fault)]) from None
    if not isinstance(value, Mapping):
        raise ConfigError.of(subject, ["the document is not an object"])
    return value


def parsed(text: str, *, intrinsics: bool = False) -> object:
    """Return the value of a text: JSON if it begins with a brace, else YAML.

    Raises:
        Unreadable: it is not well formed, or a name stands twice in one object.
        ConfigError: it is YAML, and PyYAML is not installed.
    """
    if not text.lstrip().startswith("{"):
        from .yamltext import parse  # needs an extra

        return parse(text, intrinsics=intrinsics)
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        detail = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise Unreadable(f"not JSON, which it must be when it begins with a brace: {detail}") from None
    except RecursionError:
        raise Unreadable("nested too deep") from None
    except Unreadable:
        raise
    except ValueError:  # Python reads no integer of over 4300 digits
        raise Unreadable("it holds a number of too many digits") from None


def _text(document: object) -> str:
    if isinstance(document, str) and ("\n" in document or document.lstrip().startswith("{")):
        raw = document.encode(errors="surrogatepass")
    elif isinstance(document, (str, os.PathLike)) and document:
        raw = _contents(Path(document))
    elif isinstance(document, bytes):
        raw = document
    else:
        raise Unreadable("the document must be a mapping, a text in JSON or YAML, or the path of a file")
    if len(raw) > LARGEST:
        raise Unreadable(f"over {LARGEST // 2**20} MB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("not UTF-8") from None


def _contents(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "no path"
        raise Unreadable(f"cannot read {str(path)!r}: {reason}") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        times = Counter(name for name, _ in pairs)
        twice = sorted(name for name in times if times[name] > 1)
        more = f" and {len(twice) - _NAMED} more" if len(twice) > _NAMED else ""
        raise Unreadable(f"{', '.join(map(repr, twice[:_NAMED]))}{more} stands twice in one object")
    return members


def _refuse_constant(literal: str) -> NoReturn:
    raise Unreadable(f"{literal} is no number in JSON")
