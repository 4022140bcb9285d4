"""Runtime: a handler in AWS's own runtime client, awslambdaric, in a process of its own.

The client asks a Runtime API on loopback for events, and posts there what the handler answered or raised. One process
serves one event at a time; one that has ended, or has taken too long, is followed by another.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from ..errors import ConfigError
from .function import NAME, REGION, TIMEOUT, FunctionError
from .runtime_api import Report, RuntimeApi

STARTS_WITHIN = 30.0  # seconds
_ENDS_WITHIN = 5.0


class Place(NamedTuple):
    """Where a handler is: a folder to run in, and module.function there."""

    folder: Path
    handler: str


def place_of(target: str) -> Place:
    """Return where the handler of a target is, as the runtime client names it.

    Raises:
        ConfigError: the client has no name for it.
    """
    module, _, name = target.rpartition(":")
    if not module or not name.isidentifier():
        raise ConfigError(f"{target!r}: awslambdaric calls a function of a module; write module:function")
    file = Path(module)
    if module.endswith(".py"):
        return Place(file.resolve().parent, f"{file.stem}.{name}")
    return Place(Path.cwd(), f"{module}.{name}")


class RuntimeClient:
    """A handler that runs in awslambdaric.

    Args:
        target: ``module:function``, or ``path/to/file.py:function``.
        timeout: seconds a call may take.
        command: what starts the client, less the handler; by default awslambdaric in this Python.

    Raises:
        ConfigError: awslambdaric is not installed, or has no name for the handler.
    """

    def __init__(self, target: str, *, timeout: float = TIMEOUT, command: Sequence[str] = ()) -> None:
        if not command and find_spec("awslambdaric") is None:
            raise ConfigError("awslambdaric is not installed for this Python: pip install awslambdaric")
        self._command = tuple(command) or (sys.executable, "-m", "awslambdaric")
        self._place = place_of(target)
        self._timeout = timeout
        self._lock = threading.Lock()
        self._environment: _Environment | None = None

    @contextmanager
    def running(self) -> Iterator[RuntimeClient]:
        """Start it, and end it after the block.

        Raises:
            ConfigError: the handler cannot be loaded; its own words are on stderr.
        """
        try:
            with self._lock:
                self._environment = self._new()
            yield self
        finally:
            self._end()

    def __call__(self, event: dict[str, Any], context: object) -> Any:  # noqa: ARG002 - the client has its own
        """Hand an event to the handler and return its answer.

        Raises:
            FunctionError: it raised, ended or took too long.
        """
        with self._lock:
            environment, self._environment = self._environment, None
            if environment is not None and environment.ended:
                environment.end()
                environment = None
            environment = environment or self._new()
            try:
                report = environment.invoke(event)
            except FunctionError:
                environment.end()
                raise
            self._environment = environment
        return report.outcome()

    def _new(self) -> _Environment:
        return _Environment(self._command, self._place, self._timeout)

    def _end(self) -> None:
        with self._lock:
            if self._environment is not None:
                self._environment.end()
                self._environment = None


class _Environment:
    """One process of the client, and the Runtime API it talks to."""

    def __init__(self, command: Sequence[str], place: Place, timeout: float) -> None:
        self._timeout = timeout
        self._reports: SimpleQueue[Report] = SimpleQueue()
        self._api = RuntimeApi(self._reports, timeout)
        self._process = subprocess.Popen(  # noqa: S603 - the handler that the caller named, by this interpreter
            [*command, place.handler],
            cwd=place.folder,
            env={**os.environ, **_environment(place, self._api.address)},
            stdin=subprocess.DEVNULL,
            stdout=2,  # what a function prints is its log
        )
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()
        self._demand_started(place)

    def _watch(self) -> None:
        code = self._process.wait()
        self._reports.put(
            Report("exit", json.dumps({"errorType": "Runtime.ExitError", "errorMessage": f"code {code}"}))
        )

    def _demand_started(self, place: Place) -> None:
        try:
            first = self._reports.get(timeout=STARTS_WITHIN)
        except Empty:
            first = Report("silence", "{}")
        if first.kind != "ready":
            self.end()
            raise ConfigError(f"{place.handler} cannot be loaded ({first.error_type or first.kind})")

    def invoke(self, event: dict[str, Any]) -> Report:
        """Return what came of an event.

        Raises:
            FunctionError: the process has ended or is not in time, and is of no more use.
        """
        self._api.offer(event)
        try:
            report = self._reports.get(timeout=self._timeout)
        except Empty:
            raise FunctionError(f"Task timed out after {self._timeout:.2f} seconds", "Sandbox.Timedout") from None
        if report.kind == "exit":
            raise FunctionError("the process has ended", "Runtime.ExitError")
        return report

    @property
    def ended(self) -> bool:
        """Whether its process has ended by itself, between two calls."""
        return self._process.poll() is not None

    def end(self) -> None:
        """End this process and no other."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._watcher.join()
        self._api.close()


def _environment(place: Place, address: str) -> dict[str, str]:
    """Return what Lambda tells a function by its environment."""
    path = os.pathsep.join(filter(None, [str(place.folder), os.environ.get("PYTHONPATH")]))
    return {
        "AWS_LAMBDA_RUNTIME_API": address,
        "AWS_LAMBDA_FUNCTION_NAME": NAME,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{NAME}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_REGION": os.environ.get("AWS_REGION", REGION),
        "LAMBDA_TASK_ROOT": str(place.folder),
        "PYTHONPATH": path,
        "_HANDLER": place.handler,
    }
