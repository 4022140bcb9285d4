"""Trail: how far one event has come, and what is told of it in the end."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import AuthkitError, Unforeseen
from ..principal import Principal

if TYPE_CHECKING:
    from types import TracebackType

    from ..gateway.request import Request
    from ..policy.routes import Routes
    from .record import Observe, Outcome, Record

_STANDARD = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120 - pathlib is dear at a cold start


class Trail:
    """How far one event has come, for the record of its decision."""

    __slots__ = (
        "context", "fault", "kind", "outcome", "policy", "principal", "request", "routes", "slot", "started", "steps"
    )  # fmt: skip

    def __init__(self, routes: Routes | None = None, context: object = None) -> None:
        self.started = time.perf_counter()
        self.routes = routes
        self.context = context
        self.slot = "event"
        self.kind = ""
        self.request: Request | None = None
        self.steps: list[tuple[str, float]] = []
        self.principal: Principal | None = None
        self.policy: Mapping[str, Any] | None = None
        self.outcome: Outcome = "error"  # until it is known better, also when something stops the whole process
        self.fault: AuthkitError | None = None

    def end(self, outcome: Outcome, fault: AuthkitError) -> None:
        """Write down how it ended."""
        self.outcome = outcome
        self.fault = fault

    def enter(self, slot: str) -> None:
        """Begin the next slot: what follows is its own."""
        self.slot = slot
        self.steps.append((slot, time.perf_counter()))

    def record(self) -> Record:
        """Return what is told of the decision."""
        from .facts import Facts  # most decisions are allows, and by default nobody wants to hear of them
        from .record import Record

        fault = self.fault
        ended = time.perf_counter()
        name = self.principal.id if self.principal else ""
        facts = Facts(self, ended)
        if fault is None:
            # Past the constructor of a NamedTuple, which would take as long as all of this.
            seconds = ended - self.started
            told = (self.outcome, self.kind, "", "", "", name, _counts(self.policy), seconds, facts)
            return tuple.__new__(Record, told)
        return Record(
            outcome=self.outcome,
            kind=self.kind,
            code=getattr(fault, "code", "") or type(fault).__name__,
            concern=getattr(fault, "claim", "") or getattr(fault, "route", ""),
            detail=getattr(fault, "detail", str(fault)),
            principal=name,
            seconds=ended - self.started,
            facts=facts,
        )


def teller(observe: Observe) -> Callable[[Trail], None]:
    """Return what tells an observer of a decision, if it wants to be told. Whatever it does changes nothing."""
    wants: Callable[[str], bool] | None = getattr(observe, "wants", None)

    def tell(trail: Trail) -> None:
        try:
            wanted = wants is None or wants(trail.outcome)
        except Exception:  # noqa: BLE001 - who cannot choose is told of everything: an audit must not end unseen
            wanted = True
        try:
            if wanted:
                observe(trail.record())
        except Exception:  # noqa: BLE001, S110 - whoever looks on must not change what is decided
            pass

    return tell


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
    place = place_of(error)
    return Unforeseen(f"{type(error).__name__} in {slot}{f' at {place}' if place else ''}")


def place_of(error: Exception) -> str:
    """Return the file's name and line an exception comes from: the deepest that is no library's, if there is one."""
    frames, trace = [], error.__traceback__
    while trace is not None:
        frames.append(trace)
        trace = trace.tb_next
    found = ([each for each in frames if _is_own(each)] or frames)[-1:]
    return "".join(f"{os.path.basename(each.tb_frame.f_code.co_filename)}:{each.tb_lineno}" for each in found)  # noqa: PTH119


def _is_own(trace: TracebackType) -> bool:
    """Tell whether a frame is neither frozen into the interpreter, nor of the standard library, nor installed."""
    file = trace.tb_frame.f_code.co_filename
    installed = "site-packages" in file or "dist-packages" in file
    return not (file.startswith(("<frozen ", _STANDARD)) or installed)
