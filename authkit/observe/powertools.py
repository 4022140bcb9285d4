"""Decisions to Powertools' Logger and Metrics (EMF). Both are handed in: this module loads neither."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from .log import LEVELS

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Metrics

    from .record import Observe, Record


_TRUE = ("y", "yes", "t", "true", "on", "1")  # as Powertools reads them
WHOLE_EVENTS = (
    "POWERTOOLS_LOGGER_LOG_EVENT"  # with it, ``@logger.inject_lambda_context`` logs every event, tokens included
)


def powertools(
    *, logger: Logger | None = None, metrics: Metrics | None = None, reveal_principal: bool = False
) -> Observe:
    """Return an observer for ``Authorizer(observe=…)``. Both obey Powertools' environment variables.

    Metrics are counted by outcome alone: a dimension that a caller could fill would be theirs to multiply. Flush them
    as Powertools asks, with ``@metrics.log_metrics`` around the handler.

    Args:
        logger: gets one line a decision, at the level of its outcome.
        metrics: counts decisions by outcome, and their latency in milliseconds.
        reveal_principal: whether the principal's id is logged, and not a digest of it.
    """
    if logger is not None and os.environ.get(WHOLE_EVENTS, "").strip().lower() in _TRUE:
        logger.warning(f"{WHOLE_EVENTS} is on: whole events are logged, and with them every caller's credential")
    tell: dict[int, Any] = (
        {logging.DEBUG: logger.debug, logging.WARNING: logger.warning, logging.ERROR: logger.error} if logger else {}
    )

    def observe(record: Record) -> None:
        if tell:
            tell[LEVELS[record.outcome]](
                "authorizer decision", authorizer=record.fields(reveal_principal=reveal_principal)
            )
        if metrics is not None:
            metrics.add_metric(name=f"Authorizer{record.outcome.title()}", unit="Count", value=1)
            metrics.add_metric(name="AuthorizerLatency", unit="Milliseconds", value=record.seconds * 1000)

    return observe
