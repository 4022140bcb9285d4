"""Watching: a handler that answers as ever, while what it did is there for whoever explains the call."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from ...authorizer import Authorizer
from ..handlers import Watched


class Watching:
    """Stands in for a handler, and its own observer is told as ever. Calls in different threads do not mix.

    Args:
        handler: left as it is.
    """

    def __init__(self, handler: Authorizer) -> None:
        self._handler = handler
        self._here = _Here()

    def __call__(self, event: Mapping[str, Any], context: object = None) -> dict[str, Any]:  # noqa: ARG002 - Lambda's
        """Answer as the handler would, raising what it raises."""
        watched = self._here.watched = Watched(self._handler, telling=True)
        return watched(event)

    def words(self) -> str:
        """Return the last decision of this thread in a few words, for the trace."""
        record = self._here.watched.record if self._here.watched else None
        if record is None:
            return ""
        if record.outcome == "allowed":
            allowed, denied = record.resources
            return f"allowed {record.principal}: {allowed} resources allowed, {denied} denied"
        concern = f" ({record.concern})" if record.concern else ""
        return f"{record.outcome}: {record.code}{concern}: {record.detail}"

    def taken(self) -> Watched | None:
        """Return what was seen of the last decision in this thread, once: then there is none."""
        watched, self._here.watched = self._here.watched, None
        return watched


class _Here(threading.local):
    watched: Watched | None = None
