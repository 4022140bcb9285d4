"""Preflights: which methods and routes of an API the browsers' OPTIONS requests come to."""

from __future__ import annotations

import re
from collections.abc import Collection

# Of an HTTP API: it takes every OPTIONS request that no route with its very path takes.
_EVERY_PATH = re.compile(r"OPTIONS /\{[^/{}]+\+\}")


def takes(asked: str, beside: Collection[str]) -> bool:
    """Tell whether a method or route takes preflights, which some other one beside it would take before it.

    >>> takes("ANY /orders", ["GET /orders"]), takes("ANY /orders", ["OPTIONS /orders"])
    (True, False)

    Args:
        asked: a method alone, as a REST API's resource has them; or a route key.
        beside: the others of the same resource, or of the same API.
    """
    method, _, path = asked.partition(" ")
    if asked == "$default":
        return not any(map(_EVERY_PATH.fullmatch, beside))
    return method == "OPTIONS" or (method == "ANY" and f"OPTIONS {path}".strip() not in beside)
