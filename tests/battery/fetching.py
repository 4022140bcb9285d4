"""Section F, rows 2, 4, 5, 11 and 12: what a server may send, and what is sent to it."""

from __future__ import annotations

import itertools
import json
import os
import socket
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from authkit.keys.fetch import fetcher
from tests.battery.case import CONFIG_ERROR, Case, deed, observed
from tests.battery.world import World
from tests.faults.server import Connection, Server, answer, says
from tests.keys.provider import World as Provided
from tests.support.tokens import jwks

if TYPE_CHECKING:
    from collections.abc import Iterator


LOOPBACK = frozenset({"http-loopback"})
DEADLINE = 0.15  # seconds that a fetch may take from a server that wastes them
KEYS = "https://keys.example.com/jwks"


PLACES = {
    "same-host": "http://127.0.0.1:{port}/other", "path": "/other", "other-host": "https://evil.example/", "to-http": "http://evil.example/", "metadata": "http://169.254.169.254/latest/meta-data/",
    "file": "file:///etc/passwd", "none": "", "same-url": "http://127.0.0.1:{port}/jwks", "network-path": "//evil.example/jwks",
}  # fmt: skip


def redirects() -> Iterator[Case]:
    for name, place in PLACES.items():
        yield deed("F2", name, "fetch_status, 1 request", lambda w, p=place: _redirected("302 Found", p))
    for status in (
        "301 Moved Permanently",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
        "300 Multiple Choices",
    ):
        yield deed(
            "F2", status.split()[0], "fetch_status, 1 request", lambda w, s=status: _redirected(s, PLACES["same-host"])
        )


def _redirected(status: str, place: str) -> str:
    def script(connection: Connection) -> None:
        connection.send(answer(status, b"{}", f"Location: {place.format(port=server.port)}"))

    with Server(script) as server:
        seen = observed(lambda: fetcher(relax=LOOPBACK)(server.url, timeout=2))
        return f"{seen}, {len(server.requests)} request"


def _answers(*found: str, port: int = 9) -> list[Any]:
    return [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (each, port, 0, 0))
        if ":" in each
        else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
        for each in found
    ]


MIB = 1024 * 1024
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
CHUNKED = "Transfer-Encoding: chunked"
LARGE = {
    "with-its-length": answer("200 OK", b" " * 2 * MIB), "one-byte-over": answer("200 OK", b" " * (MIB + 1)), "without-a-length": b"HTTP/1.0 200 OK\r\n\r\n" + b" " * 2 * MIB,
    "one-chunk": answer("200 OK", b"200000\r\n" + b" " * 2 * MIB + b"\r\n0\r\n\r\n", CHUNKED), "many-chunks": answer("200 OK", (b"400\r\n" + b" " * 1024 + b"\r\n") * 2100 + b"0\r\n\r\n", CHUNKED),
    "chunks-of-one-byte": answer("200 OK", b"1\r\n \r\n" * 180_000, CHUNKED), "a-few-thousand-chunks": answer("200 OK", b"1\r\n \r\n" * 5_000 + b"0\r\n\r\n", CHUNKED),
    "long-trailer": answer("200 OK", b"2\r\n{}\r\n0\r\n" + b"a\r\n" * 300_000, CHUNKED), "continues": b"HTTP/1.1 100 Continue\r\n\r\n" * 40_000,
    "long-head": b"HTTP/1.1 200 OK\r\n" + (b"X: " + b"a" * 60_000 + b"\r\n") * 50 + b"\r\n",
}  # fmt: skip
LIES = {
    "length-too-long": answer("200 OK", b"{}", "Content-Length: 99"), "length-word": answer("200 OK", b"{}", "Content-Length: two"), "length-negative": answer("200 OK", b"{}", "Content-Length: -2"),
    "two-lengths": answer("200 OK", b"{}", "Content-Length: 2", "Content-Length: 1"), "chunk-size-lies": answer("200 OK", b"ff\r\n{}\r\n0\r\n\r\n", CHUNKED), "chunk-size-word": answer("200 OK", b"zz\r\n{}\r\n0\r\n\r\n", CHUNKED),
    "chunk-negative": answer("200 OK", b"-1\r\n{}\r\n0\r\n\r\n", CHUNKED), "no-last-chunk": answer("200 OK", b"2\r\n{}\r\n", CHUNKED), "gzip": answer("200 OK", b"\x1f\x8b" + bytes(100), "Content-Encoding: gzip"),
    "deflate": answer("200 OK", bytes(100), "Content-Encoding: deflate"), "brotli": answer("200 OK", bytes(100), "Content-Encoding: br"), "gzip-transfer": answer("200 OK", bytes(10), "Transfer-Encoding: gzip, chunked"),
    "not-http": b"hello\r\n\r\n", "nothing": b"", "http-9": b"HTTP/9.9 200 OK\r\n\r\n{}", "status-word": b"HTTP/1.1 OK OK\r\n\r\n", "tls-record": b"\x15\x03\x01\x00\x02\x02\x46",
}  # fmt: skip
SLOW: dict[str, Any] = {
    "accepts-and-says-nothing": None, "reads-and-says-nothing": Connection.hang, "drips-the-head": lambda c: c.drip(bytes([each]) for each in itertools.cycle(b"HTTP/1.1 200 OK\r\nX: a\r\n")),
    "drips-the-body": lambda c: (c.send(HEAD), c.drip(itertools.repeat(b" "))), "stops-in-the-body": lambda c: (c.send(HEAD + b"{"), c.hang()),
    "drips-chunks": lambda c: (c.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), c.drip(itertools.repeat(b"1\r\n \r\n"))), "continues-for-ever": lambda c: c.drip(itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n"), 0.005),
}  # fmt: skip


def bodies() -> Iterator[Case]:
    for name, data in LARGE.items():
        yield deed("F4", f"large-{name}", "fetch_too_large|fetch_refused", lambda w, d=data: _served(says(d)))
    for name, data in LIES.items():
        yield deed("F4", f"lie-{name}", "fetch_refused|fetch_timeout|fetch_status", lambda w, d=data: _served(says(d)))
    for name, script in SLOW.items():
        yield deed("F4", f"slow-{name}", "fetch_timeout", lambda w, s=script: _served(s, timeout=DEADLINE))
    yield deed("F4", "slow-look-up", "fetch_timeout", lambda w: _slow_look_up())
    yield deed("F4", "asks-for-plain-bytes", "identity", lambda w: _asked_for("accept-encoding"))
    for status in (
        "201 Created",
        "202 Accepted",
        "204 No Content",
        "206 Partial Content",
        "304 Not Modified",
        "400 Bad Request",
        "401 Unauthorized",
        "403 Forbidden",
        "404 Not Found",
        "410 Gone",
        "418 Teapot",
        "429 Too Many Requests",
        "500 Oops",
        "502 Bad Gateway",
        "503 Busy",
        "999 What",
    ):
        yield deed(
            "F5",
            status.split()[0],
            "fetch_status",
            lambda w, s=status: _served(
                says(answer(s, b"" if s[:3] in ("204", "304") else json.dumps(jwks(w.signer())).encode()))
            ),
        )
    for name, body in {"html": b"<html></html>", "empty": b"", "text": b"ok", "a-jwt": b"a.b.c"}.items():
        yield deed(
            "F5",
            f"200-with-{name}",
            "jwks_invalid",
            lambda w, b=body: _bearer_of(w, says(answer("200 OK", b, "Content-Type: application/json"))),
        )
    yield deed(
        "F5",
        "200-and-half-a-head",
        "jwks_invalid|fetch_refused",
        lambda w: _bearer_of(w, says(b"HTTP/1.1 200 OK\r\nContent-")),
    )
    for seconds, code in {
        "10": "no fetch then a fetch",
        "999999": "no fetch then a fetch",
        "-5": "a fetch then a fetch",
        "soon": "a fetch then a fetch",
    }.items():
        yield deed("F5", f"retry-after-{seconds}", code, lambda w, s=seconds: _retry_after(s))


def _served(script: Any, *, timeout: float = 2.0) -> str:
    with Server(script) as server:
        began = time.monotonic()
        seen = observed(lambda: fetcher(relax=LOOPBACK)(server.url, timeout=timeout))
        return seen if time.monotonic() - began < timeout + 1 else f"{seen}, too late"


def _slow_look_up() -> str:
    import threading

    done = threading.Event()
    seen = observed(lambda: fetcher(resolve=lambda *_, **__: done.wait(5))(KEYS, timeout=DEADLINE))
    done.set()
    return seen


def _asked_for(name: str) -> str:
    with Server(says(answer("200 OK", b"{}"))) as server:
        fetcher(relax=LOOPBACK)(server.url, timeout=2)
        lines = server.requests[0].decode().lower().split("\r\n")
    return ", ".join(line.partition(":")[2].strip() for line in lines if line.startswith(f"{name}:"))


def _bearer_of(world: World, script: Any) -> str:
    with Server(script) as server:
        bearer = world.bearer(jwks=server.url, relax=("http-loopback",))
        return observed(lambda: bearer.verify(world.good()))


def _retry_after(seconds: str) -> str:
    """After a 429 nobody asks for as long as it says, up to five minutes; each step tells whether somebody did."""
    from authkit.errors import KeysUnavailable
    from authkit.keys.retryafter import retry_after

    provided = Provided()
    asked = retry_after(429, {"retry-after": seconds}, provided.wall)
    provided.provider.answer = KeysUnavailable("fetch_status", detail="h answered 429", retry_after=asked)
    observed(lambda: provided.keys.find("k1", "ES256"))
    words = []
    for passed in (5.0, 300.0):
        before = provided.keys.fetches
        provided.passes(passed)
        observed(lambda: provided.keys.find("k1", "ES256"))
        words.append("a fetch" if provided.keys.fetches > before else "no fetch")
    return " then ".join(words)


def environment() -> Iterator[Case]:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        yield deed("F11", name, "accepted, 1 request", lambda w, n=name: _with_environment({n: "http://127.0.0.1:9/"}))
    yield deed("F11", "netrc", "no credentials", lambda w: _netrc())
    yield deed("F11", "cookies", "no cookies", lambda w: _cookies())
    yield deed(
        "F12",
        "a-certificate-nobody-vouches-for",
        "fetch_refused, 0 requests",
        lambda w: _tls("https://127.0.0.1:{port}/"),
    )
    yield deed(
        "F12",
        "a-certificate-of-another-name",
        "fetch_refused, 0 requests",
        lambda w: _tls("https://localhost:{port}/", trusted=True),
    )
    yield deed(
        "F12",
        "a-certificate-that-is-trusted",
        "accepted, 1 requests",
        lambda w: _tls("https://127.0.0.1:{port}/", trusted=True),
    )
    for name in ("verify", "ssl", "verify_ssl", "insecure", "ssl_context", "cert_reqs", "check_hostname"):
        yield deed(
            "F12", f"no-argument-{name}", "foreign TypeError", lambda w, n=name: observed(lambda: fetcher(**{n: False}))
        )
    for name in ("insecure", "no-tls", "self-signed", "verify"):
        yield deed(
            "F12", f"no-relaxation-{name}", CONFIG_ERROR, lambda w, n=name: observed(lambda: w.bearer(relax=(n,)))
        )


@contextmanager
def _setting(names: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _with_environment(names: dict[str, str]) -> str:
    with _setting(names), Server(says(answer("200 OK", b"{}"))) as server:
        seen = observed(lambda: fetcher(relax=LOOPBACK)(server.url, timeout=2))
        return f"{seen}, {len(server.requests)} request"


def _netrc() -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, ".netrc")
        file.write_text("machine 127.0.0.1 login alice password wonderland\n", encoding="ascii")
        with _setting({"NETRC": str(file), "HOME": folder}):
            return _asked_for("authorization") or "no credentials"


def _cookies() -> str:
    with Server(says(answer("200 OK", b"{}", "Set-Cookie: session=1; Path=/"))) as server:
        fetch = fetcher(relax=LOOPBACK)
        for _ in range(2):
            fetch(server.url, timeout=2)
        return "cookies" if b"cookie:" in server.requests[1].lower() else "no cookies"


def _tls(url: str, *, trusted: bool = False) -> str:
    import ssl

    from tests.faults.certificate import self_signed

    with tempfile.TemporaryDirectory() as folder:
        certificate, private = self_signed(Path(folder), "127.0.0.1")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, private)
        with Server(says(answer("200 OK", b"{}")), tls=context) as server:
            fetch = fetcher(
                relax=LOOPBACK,
                ca_file=str(certificate) if trusted else None,
                resolve=lambda *_, **__: _answers("127.0.0.1", port=server.port),
            )
            seen = observed(lambda: fetch(url.format(port=server.port), timeout=5))
            return f"{seen}, {len(server.requests)} requests"


def cases() -> Iterator[Case]:
    """Return these cases."""
    for part in (redirects, bodies, environment):
        yield from part()
