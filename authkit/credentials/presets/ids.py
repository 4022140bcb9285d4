"""Ids: strict forms of whatever becomes a part of an issuer or a URL (jwt.md row F13)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

HOST = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NAME = re.compile(r"[!-~]{1,512}")
ACCOUNT = re.compile(r"[0-9]{12}")

_REGION = re.compile(r"(?:[a-z]{2}|us-gov|eusc-[a-z]{2})-(?:central|(?:north|south)?(?:east|west)?)-[1-9][0-9]?")
_PARTITIONS = (
    ("cn-", "aws-cn", "amazonaws.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com"),
    ("eusc-", "aws-eusc", "amazonaws.eu"),
    ("", "aws", "amazonaws.com"),
)


def is_region(text: str) -> bool:
    """Tell whether this has the form of an AWS region of the four partitions: ``us-gov-west-1``, ``eusc-de-east-1``."""
    return _REGION.fullmatch(text) is not None and "--" not in text


def partition(region: str) -> tuple[str, str]:
    """Return the partition of a region and the domain its services are under."""
    return next((name, suffix) for prefix, name, suffix in _PARTITIONS if region.startswith(prefix))


def several(given: Any) -> tuple[Any, ...]:
    """Return one value or several as several; a text is one, and so is a mapping, which is none of what is asked for."""
    listed = isinstance(given, Collection) and not isinstance(given, (str, bytes, Mapping))
    return tuple(given) if listed else (given,)


def named(given: Any, text: str) -> bool:
    """Tell whether a text is among what is given, which may be anything."""
    return any(isinstance(each, str) and each == text for each in several(given))


def choice_faults(name: str, given: Any, known: Collection[int | str]) -> list[str]:
    """Say whether this is none of the values there are, each with its type: neither true nor 1.0 is 1."""
    if isinstance(given, (int, str)) and not isinstance(given, bool) and given in known:
        return []
    return [f"{name} must be one of {', '.join(map(str, known))}"]


def unlike(given: Any, form: re.Pattern[str]) -> bool:
    """Tell whether any of these is no text of this form, or there is none at all."""
    values = several(given)
    return not values or not all(isinstance(each, str) and form.fullmatch(each) for each in values)


def name_faults(name: str, given: Any) -> list[str]:
    """Say whether these are no names: texts of printable ASCII, not empty, at least one."""
    if unlike(given, _NAME):
        return [f"{name} must be a text of printable ASCII, or several"]
    return []


def client_faults(audience: Any, client_id: Any) -> list[str]:
    """Say whether these are no names of an audience and, if given, of clients."""
    return [*name_faults("audience", audience), *([] if client_id is None else name_faults("client_id", client_id))]
