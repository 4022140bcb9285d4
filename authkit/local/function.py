"""Function: a handler in this process, called as Lambda calls it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from .events import long_id

TIMEOUT = 10.0  # seconds: what an HTTP API waits for its authorizer

REGION, ACCOUNT, NAME = "eu-west-1", "111122223333", "authorizer"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAME}"


class FunctionError(Exception):
    """What a function raised: its text is the error's message.

    Attributes:
        kind: the error's type.
    """

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


class LambdaContext:
    """What Lambda hands over beside the event."""

    function_name = NAME
    function_version = "$LATEST"
    invoked_function_arn = ARN
    memory_limit_in_mb = "128"
    log_group_name = f"/aws/lambda/{NAME}"
    log_stream_name = "local"
    identity = None
    client_context = None

    def __init__(self, timeout: float = TIMEOUT) -> None:
        self.aws_request_id = long_id()
        self._ends = time.monotonic() + timeout

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the function may still take."""
        return max(0, int((self._ends - time.monotonic()) * 1000))


def in_process(handler: Callable[[Any, Any], Any]) -> Callable[[dict[str, Any], object], Any]:
    """Return a handler that gets its events, and gives its answers, by way of JSON, as in Lambda.

    What cannot be written as JSON is an error of the function there, and so it is here.
    """

    def called(event: dict[str, Any], context: object) -> Any:  # noqa: ARG001 - the gateway has none to give
        try:
            return json.loads(json.dumps(handler(json.loads(json.dumps(event)), LambdaContext())))
        except SystemExit:
            raise FunctionError("the function has ended its process", "Runtime.ExitError") from None

    return called
