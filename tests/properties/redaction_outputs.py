"""Everything that leaves an authorizer while it decides on one event, by where it comes out."""

from __future__ import annotations

import io
import json
import logging
import traceback
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics

from authkit.gateway.request import parse
from authkit.observe.log import log_line
from authkit.observe.powertools import powertools

if TYPE_CHECKING:
    from authkit import Authorizer
    from authkit.observe.record import Record

_FACTS = ("steps", "request_id", "route", "issuer", "kid", "cache", "policy")
_PARTS = {"principalId", "context", "resolverContext", "usageIdentifierKey"}


class Outputs:
    """Gathers what comes out, until the with block ends. Log lines of every level and of every logger are among it."""

    def __init__(self) -> None:
        self._lines, self._telling, self._revealing = io.StringIO(), io.StringIO(), io.StringIO()
        self._handler = logging.StreamHandler(self._lines)
        self._metrics = Metrics(namespace="redaction", service="redaction")
        logger = Logger(service="redaction", stream=self._telling, level="DEBUG")
        revealing = Logger(service="redaction-revealing", stream=self._revealing, level="DEBUG")
        self._observers = (
            log_line,
            powertools(logger=logger, metrics=self._metrics),
            powertools(logger=revealing, reveal_principal=True),
        )
        self._records: list[Record] = []

    def __enter__(self) -> Outputs:
        self._root = logging.getLogger()
        self._level = self._root.level
        self._root.addHandler(self._handler)
        self._root.setLevel(logging.DEBUG)
        return self

    def __exit__(self, *_: object) -> None:
        self._root.removeHandler(self._handler)
        self._root.setLevel(self._level)
        self._metrics.clear_metrics()

    def observe(self, record: Record) -> None:
        """Tell every observer there is."""
        for each in self._observers:
            each(record)
        self._records.append(record)

    def of(self, make: Callable[[], Authorizer], event: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
        """Return the outcome of one event, and each output by its name."""
        for stream in (self._lines, self._telling, self._revealing):
            stream.seek(0)
            stream.truncate()
        self._records.clear()
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            handler = make()
            said = _said(handler, event)
            self._metrics.flush_metrics()
        (record,) = self._records
        return record.outcome, {
            **said,
            "stdout": out.getvalue(),
            "stderr": err.getvalue(),
            "log": self._lines.getvalue(),
            "powertools": self._telling.getvalue(),
            "powertools, revealing": self._revealing.getvalue(),
            "record": repr(record) + repr(record.fields()),
            "facts": repr([getattr(record.facts, each) for each in _FACTS]),
            "reprs": _reprs(handler, event),
        }


def _said(handler: Authorizer, event: Mapping[str, Any]) -> dict[str, str]:
    """Return what the gateway is answered, in parts; or what Python would print of an exception and its causes."""
    try:
        answer = handler(event)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is output
        shown = [*traceback.format_exception(error), repr(error), str(error), repr(error.args), repr(vars(error))]
        return {"error": "".join(shown)}
    rest = {name: value for name, value in answer.items() if name not in _PARTS}
    return {"answer": json.dumps(rest), **{name: json.dumps(answer[name]) for name in _PARTS & answer.keys()}}


def _reprs(handler: Authorizer, event: Mapping[str, Any]) -> str:
    """Return the reprs of the handler, of all that it was built of, and of the request."""
    built = [handler, handler.routes, *(value for value in vars(handler).values() if not callable(value))]
    slots = [each for value in vars(handler).values() for each in (value if isinstance(value, tuple) else (value,))]
    try:
        request = repr(parse(event))
    except Exception as error:  # noqa: BLE001 - an event that is none
        request = repr(error)
    return repr(built) + repr([each for each in slots if type(each).__module__.startswith("authkit")]) + request
