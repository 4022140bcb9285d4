"""The observer that needs nothing: one JSON line a refusal, through the standard library's logging."""

from __future__ import annotations

import json
import logging

from .record import Outcome, Record

logger = logging.getLogger("authkit")

LEVELS: dict[Outcome, int] = {
    "allowed": logging.DEBUG,
    "unauthenticated": logging.WARNING,
    "forbidden": logging.WARNING,
    "unavailable": logging.ERROR,
    "error": logging.ERROR,
}


def log_line(record: Record) -> None:
    """Log one decision: refusals as warnings, outages and faults as errors, the rest for debugging."""
    level = LEVELS[record.outcome]
    if logger.isEnabledFor(level):
        logger.log(level, "%s", json.dumps({"authorizer": record.fields()}, ensure_ascii=False))
