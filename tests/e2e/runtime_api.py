"""A Lambda Runtime API on loopback: hands events to a runtime client and keeps what it reports."""

from __future__ import annotations

import json
import queue
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from tests.e2e.child import PATIENCE

_PREFIX = "/2018-06-01/runtime/"


class Report(NamedTuple):
    """What the client posted: ``response``, ``error`` or ``init/error``, with its headers in lower case."""

    kind: str
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class _Server(ThreadingHTTPServer):
    def handle_error(self, *arguments: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a client that was ended hangs up
            super().handle_error(*arguments)


class RuntimeAPI:
    """Serves one runtime client until the with block ends."""

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[tuple[str, bytes] | None] = queue.SimpleQueue()
        self._reports: queue.SimpleQueue[Report] = queue.SimpleQueue()
        self._server = _Server(("127.0.0.1", 0), _handler(self._events, self._reports))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.address = f"127.0.0.1:{self._server.server_port}"  # what AWS_LAMBDA_RUNTIME_API says

    def invoke(self, event: object) -> Report:
        """Hand over an event and return what came of it."""
        self._events.put((str(uuid.uuid4()), json.dumps(event).encode()))
        return self.next_report()

    def next_report(self) -> Report:
        """Return the next thing the client posts."""
        return self._reports.get(timeout=PATIENCE)

    def __enter__(self) -> RuntimeAPI:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._events.put(None)  # releases the request that waits for an event
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(PATIENCE)


def _handler(events: queue.SimpleQueue[Any], reports: queue.SimpleQueue[Report]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # head and body leave together; without both of these a warm call takes 40 ms more
        timeout = PATIENCE

        def do_GET(self) -> None:
            invocation = events.get(timeout=PATIENCE) if self.path == f"{_PREFIX}invocation/next" else None
            if invocation is None:
                self.close_connection = True
                return
            request_id, event = invocation
            headers = {
                "Lambda-Runtime-Aws-Request-Id": request_id,
                "Lambda-Runtime-Deadline-Ms": str(int((time.time() + PATIENCE) * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:111122223333:function:authorizer",
            }
            self._answer(200, event, headers)

        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            kind = "init/error" if self.path == f"{_PREFIX}init/error" else self.path.rpartition("/")[2]
            body = self._body(headers).decode()
            self._answer(202, b'{"status":"OK"}', {})
            reports.put(Report(kind, headers, body))

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            sized = {**headers, "Content-Type": "application/json", "Content-Length": str(len(body))}
            for name, value in sized.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def _body(self, headers: dict[str, str]) -> bytes:
            if headers.get("transfer-encoding", "").lower() != "chunked":
                return self.rfile.read(int(headers["content-length"]))
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()  # no trailers
            return body

        def log_message(self, *_: object) -> None:
            pass

    return Handler
