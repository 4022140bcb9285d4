"""What the other side says it has, as a reading: for the header it has otherwise, and for showing where they part."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..canonical import EMPTY_SHA256
from ..draft import Scope
from .causes import Cause
from .message import Echo
from .reading import Reading, Sent

_is_hash = re.compile(r"[0-9a-f]{64}").fullmatch


def reading_of(echo: Echo, base: Reading) -> Reading:
    """Return what an echo says; of what it does not say, how the request reads."""
    found = base
    lines = echo.canonical.split("\n")
    if len(lines) >= 5:
        method, path, query, *between, names, payload = lines
        headers = dict(line.partition(":")[::2] for line in between if ":" in line)
        found = base._replace(
            method=method, path=path, query=query, headers=headers, names=tuple(names.split(";")), payload=payload
        )
    to_sign = echo.text.split("\n")
    if len(to_sign) == 4:
        found = found._replace(date=to_sign[1], scope=_scope(to_sign[2], base.scope))
    return found


def _scope(text: str, base: Scope) -> Scope:
    parts = text.split("/")
    if len(parts) == 4:
        return Scope(base.algorithm, parts[0], parts[1], parts[2])
    return Scope(base.algorithm, parts[0], base.region, parts[1]) if len(parts) == 3 else base


def with_their_payload(sent: Sent, base: Reading, echo: Echo) -> Reading:
    """Return how a request reads whose body is not known, if it is the one that came to the other side."""
    theirs = reading_of(echo, base).payload
    if sent.lacks_body and theirs != EMPTY_SHA256 and _is_hash(theirs):
        return base._replace(payload=theirs)
    return base


def causes_of(echo: Echo, base: Reading) -> tuple[Cause, ...]:
    """Return causes that only an echo shows: what a header is there, and what a path's front."""
    other = reading_of(echo, base)

    def header(_: Sent, reading: Reading) -> Iterator[Reading]:
        differing = [name for name in reading.names if reading.headers.get(name, "") != other.headers.get(name, "")]
        if differing:
            changes = {name: other.headers.get(name, "") for name in differing}
            yield reading._replace(headers={**reading.headers, **changes})

    def prefix(_: Sent, reading: Reading) -> Iterator[Reading]:
        long, short = sorted((reading.path, other.path), key=len, reverse=True)
        if long != short and long.endswith(short) and short.startswith("/"):
            yield reading._replace(path=other.path)

    def scope(_: Sent, reading: Reading) -> Iterator[Reading]:
        yield reading._replace(scope=reading.scope._replace(region=other.scope.region))

    def service(_: Sent, reading: Reading) -> Iterator[Reading]:
        yield reading._replace(scope=reading.scope._replace(service=other.scope.service))

    return (
        Cause("header_changed", header, "A signed header was changed on the way: sign fewer, or do not change it."),
        Cause("path_prefix", prefix, "The path lost or got its first part, a stage or a mapping, on the way."),
        Cause("region", scope, "The other side has another region: sign for that of the endpoint."),
        Cause("service", service, "The other side has another service: sign for the endpoint's own service name."),
    )
