"""Tables: the routes that a target, an OpenAPI document or a template names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..authorizer import Authorizer
from ..errors import ConfigError
from ..policy.routes import Routes
from . import target

_SAM = "AWS::Serverless-2016-10-31"


def load_table(named: str) -> Routes:
    """Return the table of a target: a `Routes`, a list of routes, or an `Authorizer`, whose table it is.

    Raises:
        ConfigError: it is nothing of this.
    """
    return table_of(target.load(named), named)


def undecorated(found: Any) -> Any:
    """Return the authorizer or table below its decorators."""
    while hasattr(found, "__wrapped__") and not isinstance(found, (Authorizer, Routes)):
        found = found.__wrapped__
    return found


def table_of(found: Any, named: str) -> Routes:
    """Return the table of what a target named."""
    found = undecorated(found)
    if isinstance(found, Authorizer):
        return found.routes
    if isinstance(found, Routes):
        return found
    if isinstance(found, Iterable) and not isinstance(found, (str, bytes, Mapping)):
        return Routes(found)
    raise ConfigError(f"{named} is a {type(found).__name__}; name a Routes, a list of routes or an Authorizer")


def is_policy(content: Mapping[str, Any]) -> bool:
    """Tell whether a document is a policy."""
    return "Statement" in content


def table_in(content: Mapping[str, Any], named: str, resource: str | None = None) -> Routes:
    """Return the table of an OpenAPI document or a SAM template; ``resource`` names one of several APIs.

    Raises:
        ConfigError: it is neither, or has faults.
    """
    transform = content.get("Transform")
    if transform == _SAM or (isinstance(transform, list) and _SAM in transform):
        return Routes.from_sam(content, resource=resource, on_conflict="refuse")
    if "openapi" in content or "swagger" in content:
        return Routes.from_openapi(content, on_conflict="refuse")
    raise ConfigError(f"{named} is no policy, no OpenAPI document and no SAM template")
