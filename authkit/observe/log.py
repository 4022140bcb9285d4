"""The observer that needs nothing: one JSON line a refusal, through the standard library's logging."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .record import Outcome, Record

logger = logging.getLogger("authkit")

LEVELS: dict[Outcome, int] = {
    "allowed": logging.DEBUG,
    "unauthenticated": logging.WARNING,
    "forbidden": logging.WARNING,
    "unavailable": logging.ERROR,
    "error": logging.ERROR,
}


class LogLine:
    """Logs each decision: refusals as warnings, outages and faults as errors, the rest for debugging."""

    def wants(self, outcome: Outcome) -> bool:
        """Tell whether such a decision would be logged: most are allows, and theirs are not worth a record."""
        return logger.isEnabledFor(LEVELS[outcome])

    def __call__(self, record: Record) -> None:
        """Log one decision."""
        if self.wants(record.outcome):
            fields = json.dumps({"authorizer": record.fields()}, ensure_ascii=False)
            logger.log(LEVELS[record.outcome], "%s", fields)

    def __repr__(self) -> str:
        return "log_line"


log_line = LogLine()
