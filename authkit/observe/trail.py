"""Trail: how far one event has come, and what is told of it in the end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ..errors import AuthkitError, Unforeseen
from ..principal import Principal
from .record import Outcome, Record


class Trail:
    """How far one event has come, for the record of its decision."""

    __slots__ = ("fault", "kind", "outcome", "policy", "principal", "slot", "started")

    def __init__(self) -> None:
        self.started = time.perf_counter()
        self.slot = "event"
        self.kind = ""
        self.principal: Principal | None = None
        self.policy: Mapping[str, Any] | None = None
        self.outcome: Outcome = "error"  # until it is known better, also when something stops the whole process
        self.fault: AuthkitError | None = None

    def end(self, outcome: Outcome, fault: AuthkitError) -> None:
        """Write down how it ended."""
        self.outcome = outcome
        self.fault = fault

    def record(self) -> Record:
        """Return what is told of the decision."""
        fault = self.fault
        name = self.principal.id if self.principal else ""
        if fault is None:
            seconds = time.perf_counter() - self.started
            return Record(self.outcome, self.kind, "", "", "", name, _counts(self.policy), seconds)
        return Record(
            outcome=self.outcome,
            kind=self.kind,
            code=getattr(fault, "code", "") or type(fault).__name__,
            concern=getattr(fault, "claim", "") or getattr(fault, "route", ""),
            detail=getattr(fault, "detail", str(fault)),
            principal=name,
            seconds=time.perf_counter() - self.started,
        )


def _counts(policy: Mapping[str, Any] | None) -> tuple[int, int]:
    allowed = denied = 0
    for each in policy.get("Statement", ()) if policy else ():
        resources = len(each.get("Resource", ()))  # what denies all the rest has NotResource instead
        if each["Effect"] == "Allow":
            allowed += resources
        else:
            denied += resources
    return allowed, denied


def unforeseen(error: Exception, slot: str) -> Unforeseen:
    """Say type and place of a foreign exception. Its message could hold a secret, and would be logged."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else ""
    return Unforeseen(f"{type(error).__name__} in {slot}{place}")
