"""Decisions to Powertools' Logger and Metrics (EMF). Both are handed in: this module loads neither."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from .log import LEVELS

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Metrics

    from .record import Observe, Record


def powertools(*, logger: Logger | None = None, metrics: Metrics | None = None) -> Observe:
    """Return an observer for ``Authorizer(observe=…)``.

    Metrics are counted by outcome alone: a dimension that a caller could fill would be theirs to multiply. Flush them
    as Powertools asks, with ``@metrics.log_metrics`` around the handler.
    """
    tell: dict[int, Any] = (
        {logging.DEBUG: logger.debug, logging.WARNING: logger.warning, logging.ERROR: logger.error} if logger else {}
    )

    def observe(record: Record) -> None:
        if tell:
            tell[LEVELS[record.outcome]]("authorizer decision", authorizer=record.fields())
        if metrics is not None:
            metrics.add_metric(name=f"Authorizer{record.outcome.title()}", unit="Count", value=1)
            metrics.add_metric(name="AuthorizerLatency", unit="Milliseconds", value=record.seconds * 1000)

    return observe
