"""Runtime API: what a Lambda runtime client asks for its events, and tells what became of them."""

from __future__ import annotations

import json
import time
from queue import SimpleQueue
from typing import Any, NamedTuple

from .events import long_id
from .function import ARN, FunctionError
from .http import LoopbackServer
from .message import HttpReply, HttpRequest, json_reply

_PREFIX = "/2018-06-01/runtime"


class Report(NamedTuple):
    """What a client posted: ``response``, ``error`` or ``init/error``; or that it is ``ready``, or its ``exit``."""

    kind: str
    body: str = "{}"

    @property
    def error_type(self) -> str:
        """The type of the error it tells of, if it does."""
        return self._text("errorType")

    def outcome(self) -> Any:
        """Return the handler's answer, or raise what it raised.

        Raises:
            FunctionError: it raised.
        """
        if self.kind != "response":
            raise FunctionError(self._text("errorMessage"), self.error_type)
        try:
            return json.loads(self.body)
        except ValueError:
            raise FunctionError("the answer is no JSON", "Runtime.MarshalError") from None

    def _text(self, name: str) -> str:
        try:
            told = json.loads(self.body)
        except ValueError:
            return ""
        value = told.get(name) if isinstance(told, dict) else None
        return value if isinstance(value, str) else ""


class RuntimeApi:
    """Serves one client on loopback until it is closed.

    Args:
        reports: where to put what the client posts; the first time it asks for an event, that it is ready.
        timeout: seconds that a call may take.
    """

    def __init__(self, reports: SimpleQueue[Report], timeout: float) -> None:
        self._reports = reports
        self._timeout = timeout
        self._events: SimpleQueue[bytes | None] = SimpleQueue()
        self._asked = False
        self._handed = ""  # the name of the event that was handed out last
        server = LoopbackServer(self._respond)
        self.address = server.url.removeprefix("http://")  # what AWS_LAMBDA_RUNTIME_API says
        self._running = server.running()
        self._running.__enter__()

    def offer(self, event: object) -> None:
        """Hand an event to whoever asks next."""
        self._events.put(json.dumps(event).encode())

    def close(self) -> None:
        """End it, and whoever still waits for an event."""
        self._events.put(None)
        self._running.__exit__(None, None, None)

    def _respond(self, request: HttpRequest) -> HttpReply:
        """Answer a client. Whatever else comes to this port, as from a page in a browser, changes nothing."""
        if (request.method, request.path) == ("GET", f"{_PREFIX}/invocation/next"):
            return self._next()
        own = f"{_PREFIX}/invocation/{self._handed}"
        posted = {f"{_PREFIX}/init/error": "init/error"}
        if self._handed:
            posted |= {f"{own}/response": "response", f"{own}/error": "error"}
        kind = posted.get(request.path) if request.method == "POST" else None
        if kind is None:
            return json_reply(404, {"errorType": "NotFound", "errorMessage": "no such invocation"})
        self._handed = ""  # each event has one outcome
        self._reports.put(Report(kind, request.body.decode("utf-8", "replace")))
        return json_reply(202, {"status": "OK"})

    def _next(self) -> HttpReply:
        if not self._asked:
            self._asked = True
            self._reports.put(Report("ready"))
        event = self._events.get()
        if event is None:
            return HttpReply(500)
        self._handed = long_id()
        headers = (
            ("Content-Type", "application/json"),
            ("Lambda-Runtime-Aws-Request-Id", self._handed),
            ("Lambda-Runtime-Deadline-Ms", str(int((time.time() + self._timeout) * 1000))),
            ("Lambda-Runtime-Invoked-Function-Arn", ARN),
        )
        return HttpReply(200, event, headers)
