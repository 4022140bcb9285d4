"""Headers at the edge: how an event of Lambda@Edge holds them, which are signed, and which may be named."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from ..errors import BadEvent

# What an edge function may not add, or in an origin request not change; the rest of each name is free behind a prefix.
_FORBIDDEN = frozenset(
    {
        *("connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
        *("trailer", "upgrade", "x-cache", "x-forwarded-proto", "x-real-ip"),
        *("accept-encoding", "content-length", "if-modified-since", "if-none-match", "if-range"),
        *("if-unmodified-since", "transfer-encoding", "via"),
    }
)
_FORBIDDEN_PREFIXES = ("x-accel-", "x-amz-cf-", "x-amzn-", "x-edge-")
SET_BY_SIGNING = frozenset({"authorization", "host", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"})
_ADDED_ON_THE_WAY = ("x-amz-cf-",)

_is_name = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]{1,128}").fullmatch


def entries_of(given: Any) -> list[dict[str, str]]:
    """Return the entries of one header, each with its value; none where the header is not there.

    Raises:
        BadEvent: they are of another form than CloudFront's.
    """
    listed = given if isinstance(given, list) else []
    if all(isinstance(each, Mapping) and isinstance(each.get("value"), str) for each in listed):
        return listed
    raise BadEvent("an origin-request event whose headers are of another form than CloudFront's")


def to_sign(headers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the headers as pairs, without those that CloudFront changes on its way."""
    return [
        (name, each["value"])
        for name, listed in headers.items()
        if not name.startswith(_ADDED_ON_THE_WAY)
        for each in entries_of(listed)
    ]


def header_faults(kept_as: object, named: object) -> list[str]:
    """Say what is wrong with ``authorization_as`` and ``signed_headers`` of an `OriginSigner`."""
    faults = []
    if kept_as is not None and not _is_free(kept_as):
        faults.append(
            "authorization_as must be a header's name that an edge function may add, and no part of a signature"
        )
    if isinstance(named, str) or not isinstance(named, Collection):
        return [*faults, "signed_headers must be a list of names"]
    if not all(isinstance(name, str) and _is_name(name.lower()) for name in named):
        faults.append("signed_headers must be names of headers")
    elif any(_changes(name.lower()) for name in named):
        faults.append("signed_headers: CloudFront may change one of these on its way to the origin")
    return faults


def _is_free(name: object) -> bool:
    if not isinstance(name, str) or not _is_name(name.lower()):
        return False
    return not _changes(name.lower()) and name.lower() not in SET_BY_SIGNING


def _changes(name: str) -> bool:
    return name in _FORBIDDEN or name.startswith(_FORBIDDEN_PREFIXES)
