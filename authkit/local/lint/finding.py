"""Finding: one thing that is wrong, where, and what to write instead."""

from __future__ import annotations

from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "note"]

ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "note": 2}


class Finding(NamedTuple):
    """One finding.

    Attributes:
        code: what it is, stable and machine-readable.
        severity: ``error``, an answer will be wrong or there will be none; ``warning``, it may be; ``note``, it is well
            as it is, and good to know.
        place: file and path in it, or what was loaded.
        problem: what goes wrong, in a sentence.
        advice: what to write instead.
    """

    code: str
    severity: Severity
    place: str
    problem: str
    advice: str

    def __str__(self) -> str:
        return f"{self.place}: {self.severity} {self.code}: {self.problem}\n    {self.advice}"
