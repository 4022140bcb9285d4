"""A file of access keys, which keeps their secrets out of a command's arguments."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from ..errors import ConfigError
from .iam import Identity, identity_of

_MEMBERS = frozenset({"secret_access_key", "session_token", "arn"})


def identities_in(path: Path) -> list[Identity]:
    """Return the identities of a file.

    It holds ``{"AKID…": {"secret_access_key": "…", "session_token": "…", "arn": "…"}}``; token and ARN may be left out.

    Raises:
        ConfigError: it is no such file. Its text shows no secret.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise ConfigError(f"{path}: cannot be read as JSON ({type(fault).__name__})") from None
    if not isinstance(content, Mapping) or not all(map(_is_entry, content.values())):
        raise ConfigError(f"{path}: an object of access key ids, each with {', '.join(sorted(_MEMBERS))}")
    return [identity_of(key_id, **each) for key_id, each in content.items()]


def _is_entry(each: object) -> bool:
    return (
        isinstance(each, Mapping) and set(each) <= _MEMBERS and all(isinstance(value, str) for value in each.values())
    )
