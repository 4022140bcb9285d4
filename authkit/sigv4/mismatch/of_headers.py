"""What goes wrong with headers. Each function returns how they read where it did."""

from __future__ import annotations

from collections.abc import Iterator

from ..encoding import encode
from ..headers import fold
from .reading import TOKEN, Reading, Sent

_PORTS = ("443", "80", "8080", "8443")
_OTHER_HOSTS = ("x-forwarded-host", "x-original-host", "x-host", ":authority")
_USUAL = {
    "content-type": (
        *("application/json", "application/x-www-form-urlencoded", "application/octet-stream", "binary/octet-stream"),
        *("text/plain", "application/x-amz-json-1.0", "application/x-amz-json-1.1", ""),
    ),
    "accept": ("*/*", "application/json", ""),
    "accept-encoding": ("gzip, deflate", "gzip, deflate, br", "gzip, deflate, br, zstd", "gzip", "identity", ""),
    "connection": ("keep-alive", "close", "Keep-Alive", ""),
    "transfer-encoding": ("chunked", ""),
}
"""What clients and proxies put into a header when they make or change it."""


def host_port(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """A port in the host that only one side has there."""
    if "host" not in reading.names:
        return
    bare, port = _without_port(reading.headers["host"])
    if port:
        yield reading.with_header("host", bare)
    own = _without_port(sent.target.authority)[1]
    for each in dict.fromkeys((own, *_PORTS)):
        if each and each != port:
            yield reading.with_header("host", f"{bare}:{each}")


def host_other(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """Another host: that of the URL, or the one a proxy kept in a header of its own."""
    if "host" not in reading.names:
        return
    known = [sent.target.host, sent.headers.get("host", ""), *(sent.headers.get(name, "") for name in _OTHER_HOSTS)]
    for value in known:
        first = value.split(",")[0].strip()
        if first:
            yield reading.with_header("host", first)
            yield reading.with_header("host", first.lower())


def blanks(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """Blanks and tabs within a value left as they were sent."""
    lower = [name.lower() for name, _ in sent.pairs]
    raw = {name.lower(): value for name, value in sent.pairs if lower.count(name.lower()) == 1}
    odd = {name: raw[name] for name in reading.names if name in raw and raw[name] != reading.headers.get(name)}
    if odd:
        yield reading._replace(headers={**reading.headers, **{name: each.strip(" \t") for name, each in odd.items()}})
        yield reading._replace(headers={**reading.headers, **odd})


def repeated(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """A header that comes more than once, joined in another way than with a comma, in the order it came."""
    many: dict[str, list[str]] = {}
    for name, value in sent.pairs:
        many.setdefault(name.lower(), []).append(fold(value))
    for name in reading.names:
        values = many.get(name, [])
        if len(values) > 1:
            for other in (
                ", ".join(values),
                values[-1],
                values[0],
                ",".join(sorted(values)),
                ", ".join(sorted(values)),
            ):
                yield reading.with_header(name, other)
        elif ", " in reading.headers.get(name, ""):  # joined on the way
            yield reading.with_header(name, reading.headers[name].replace(", ", ","))


def changed(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """A signed header that a proxy, a tracer or a client wrote anew after it was signed."""
    for name in reading.names:
        now = reading.headers.get(name, "")
        for value in dict.fromkeys((*_likely(name, now, sent), *_USUAL.get(name, ()))):
            if value != now:
                yield reading.with_header(name, value)


def token_missing(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """A session token that was signed, and did not come along."""
    if sent.token is None or sent.claim.token is not None:
        return
    names = tuple(sorted({*reading.names, TOKEN}))
    yield reading._replace(names=names, headers={**reading.headers, TOKEN: sent.token})
    if sent.claim.mechanism == "query":
        pairs = sorted([*reading.query.split("&"), f"X-Amz-Security-Token={encode(sent.token)}"])
        yield reading._replace(query="&".join(pairs))


def token_unsigned(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """A session token that was put in after signing."""
    if TOKEN in reading.names:
        yield reading._replace(names=tuple(name for name in reading.names if name != TOKEN))
    if sent.claim.mechanism == "query" and sent.claim.token is not None:
        kept = [part for part in reading.query.split("&") if not part.startswith("X-Amz-Security-Token=")]
        yield reading._replace(query="&".join(kept))


def _likely(name: str, now: str, sent: Sent) -> Iterator[str]:
    """Return what a header can have been, of what is known of the request."""
    yield now.lower()
    yield ""
    bare = now.split(";")[0].strip()
    if name == "content-type":
        yield bare
        for charset in ("charset=utf-8", "charset=UTF-8"):
            yield f"{bare}; {charset}"
            yield f"{bare};{charset}"
    elif name == "content-length" and sent.body is not None:
        yield str(len(sent.body))
    elif name == "x-forwarded-for":  # each proxy adds one behind
        addresses = now.split(",")
        for count in range(1, min(len(addresses), 4)):
            yield ",".join(addresses[:-count])


def _without_port(authority: str) -> tuple[str, str]:
    host, colon, port = authority.rpartition(":")
    return (host, port) if colon and port.isdecimal() else (authority, "")
