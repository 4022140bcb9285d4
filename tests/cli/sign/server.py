"""A server on loopback that keeps what it was sent, byte by byte, and verifies it with `authkit.sigv4.verify`."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from authkit import sigv4
from authkit.errors import Refused

KEY_ID, SECRET, TOKEN = "AKIDPLANTED", "PLANTEDsecret/+wJalrXUt", "PLANTEDtoken=="
REGION, SERVICE = "eu-central-1", "acme-orders"
CREDENTIALS = sigv4.Credentials(access_key_id=KEY_ID, secret_access_key=SECRET)
TEMPORARY = sigv4.Credentials(access_key_id=KEY_ID, secret_access_key=SECRET, session_token=TOKEN)


class Came(NamedTuple):
    """A request as it came."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def verify(self, credentials: sigv4.Credentials = CREDENTIALS, **policy: Any) -> sigv4.Verified:
        """Verify its signature."""
        usual = {"regions": [REGION], "services": [SERVICE], "mechanisms": ["header", "query"], "normal_paths": False}
        return sigv4.verify(
            method=self.method,
            url=self.target,
            headers=self.headers,
            body=self.body,
            policy=sigv4.Policy(**{**usual, **policy}),
            lookup=lambda key_id, _: credentials if key_id == credentials.access_key_id else None,
        )

    def header(self, name: str) -> str | None:
        """Return a header's value."""
        return next((value for each, value in self.headers if each.lower() == name), None)


class Server:
    """What came, in order, and what is answered."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.came: list[Came] = []
        self.answer: Callable[[Came], tuple[int, dict[str, str], bytes]] = verdict


def verdict(came: Came) -> tuple[int, dict[str, str], bytes]:
    """Answer whether the signature is good."""
    try:
        verified = came.verify()
    except Refused as refusal:
        return 403, {}, refusal.code.encode()
    return 200, {"X-Kind": "good"}, verified.path.encode()


@contextmanager
def running(certificate: Path | None = None) -> Iterator[Server]:
    """Serve on a free port while the block runs; with a certificate and its key, over TLS."""

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            target = self.requestline.split(" ")[1]
            pairs = [(name, value.encode("latin-1").decode("utf-8", "replace")) for name, value in self.headers.items()]
            came = Came(self.command, target, pairs, self.rfile.read(length))
            server.came.append(came)
            status, headers, body = server.answer(came)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"):
        setattr(Handler, f"do_{method}", Handler._any)
    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.daemon_threads = True
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        web.socket = context.wrap_socket(web.socket, server_side=True)
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    server = Server(f"http{'s' if certificate else ''}://127.0.0.1:{web.server_port}")
    try:
        yield server
    finally:
        web.shutdown()
        web.server_close()
        thread.join(10)
