"""Arguments that several commands take, and what they stand for."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...errors import ConfigError
from ...gateway.arn import MethodArn
from ...principal import Principal

STANDARD_INPUT = "-"
_COLONS = 5  # an ARN has six parts


def is_target(text: str) -> bool:
    """Tell whether a text is one."""
    from ...local import target

    return target.is_target(text)


def target(text: str) -> str:
    """Return a target as given; anything else is wrong usage."""
    if not is_target(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not MODULE:NAME, as app:handler")
    return text


def pair(text: str) -> tuple[str, str]:
    """Return name and value of ``NAME=VALUE``."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def arn(text: str) -> MethodArn:
    """Return a method ARN."""
    from ...errors import BadEvent

    try:
        return MethodArn.parse(text)
    except BadEvent as fault:
        raise argparse.ArgumentTypeError(str(fault)) from None


def asked(text: str) -> str:
    """Return the ARN of what is asked for, as `evaluate` takes it."""
    if not text.startswith("arn:") or text.count(":") < _COLONS:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no ARN; write one as arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/GET/PATH"
        )
    return text


def read(file: str) -> str:
    """Return the text of a file, or of standard input.

    Raises:
        ConfigError: it is not UTF-8.
        OSError: there is none.
    """
    if file == STANDARD_INPUT:
        return sys.stdin.read()
    try:
        return Path(file).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: not UTF-8") from None


def read_object(file: str) -> dict[str, Any]:
    """Return the object in a file of JSON or YAML.

    Raises:
        ConfigError: it holds none.
        OSError: there is no such file.
    """
    from ...policy.files import load

    text = read(file)
    return dict(load(text.encode(), file, intrinsics=True))


def policy_in(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the policy document of a file that holds it, or an authorizer's whole answer around it."""
    document = content.get("policyDocument", content)
    return document if isinstance(document, Mapping) else content


def principal_of(scopes: Iterable[str], claims: Mapping[str, Any]) -> Principal:
    """Return the principal that these claims would make."""
    said = [claims.get(name) for name in ("scope", "scp")]
    held = [*scopes, *(each for value in said for each in _texts(value))]
    ends = claims.get("exp")
    subject = claims.get("sub")
    return Principal(
        subject if isinstance(subject, str) and subject else "somebody",
        scopes=[scope for text in held for scope in text.split()],
        claims=claims,
        expires_at=float(ends) if isinstance(ends, (int, float)) and not isinstance(ends, bool) else None,
    )


def claim_of(name: str, value: str) -> tuple[str, Any]:
    """Return a claim given as text: JSON if it is that, else the text."""
    try:
        return name, json.loads(value)
    except (ValueError, RecursionError):
        return name, value


def grants(file: str) -> dict[str, Principal]:
    """Return the principals of a grants file, by name: each has ``scopes`` and ``claims``, both optional.

    Raises:
        ConfigError: it is not of that form; names every fault.
    """
    content = read_object(file)
    faults = []
    for name, each in content.items():
        if not isinstance(each, Mapping) or not set(each) <= {"scopes", "claims"}:
            faults.append(f"{name}: a grant has scopes and claims, and nothing else")
        elif not isinstance(each.get("scopes", []), (list, str)) or not isinstance(each.get("claims", {}), Mapping):
            faults.append(f"{name}: scopes are a list of texts, and claims an object")
    if faults or not content:
        raise ConfigError.of(file, faults or ["names nobody"])
    return {
        str(name): principal_of(_texts(each.get("scopes")), {"sub": str(name), **(each.get("claims") or {})})
        for name, each in content.items()
    }


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
