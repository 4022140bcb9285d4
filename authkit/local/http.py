"""HTTP on loopback: requests and replies as values, and a server that turns one into the other."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOPBACK = "127.0.0.1"
LARGEST_BODY = 1024 * 1024  # bytes


class HttpRequest(NamedTuple):
    """A request as it came over the wire."""

    method: str
    path: str  # undecoded, with its leading slash
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    source_ip: str = LOOPBACK

    def header(self, name: str) -> str:
        """Return the last value of a header, or nothing."""
        return next((value for each, value in reversed(self.headers) if each.lower() == name.lower()), "")

    def form(self) -> dict[str, str]:
        """Return the body as a form (application/x-www-form-urlencoded)."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


class HttpReply(NamedTuple):
    """What goes back."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def json_reply(status: int, value: Any, **headers: str) -> HttpReply:
    """Return a reply with a JSON body."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return HttpReply(status, json.dumps(value).encode(), (("content-type", "application/json"), *named))


Respond = Callable[[HttpRequest], HttpReply]


class LoopbackServer:
    """Serves one `Respond` on 127.0.0.1, a thread a request."""

    def __init__(self, respond: Respond, port: int = 0) -> None:
        """Bind the port; 0 picks a free one.

        Raises:
            OSError: the port is taken.
        """
        self._server = _Server((LOOPBACK, port), _handler(respond))
        self.url = f"http://{LOOPBACK}:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @contextmanager
    def running(self) -> Iterator[LoopbackServer]:
        """Serve while the block runs."""
        self._thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def _handler(respond: Respond) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body leave in one piece: in two, the second waits 40 ms for an acknowledgement
        timeout = 30

        def serve(self) -> None:
            reply = respond(self._request())
            self.send_response_only(reply.status)
            for name, value in (*reply.headers, ("content-length", str(len(reply.body)))):
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)

        def _request(self) -> HttpRequest:
            length = self.headers.get("content-length") or "0"
            size = int(length) if length.isascii() and length.isdigit() else 0
            self.close_connection = self.close_connection or size > LARGEST_BODY
            body = self.rfile.read(min(size, LARGEST_BODY))
            path, _, query = self.path.partition("?")
            return HttpRequest(self.command, path, query, tuple(self.headers.items()), body, self.client_address[0])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            """Say nothing: what is worth telling is in the trace."""

    for method in ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"):
        setattr(Handler, f"do_{method}", Handler.serve)
    return Handler
