"""Fit: which kinds of API go with what an authorizer reads, and with what it was told to answer."""

from __future__ import annotations

from typing import Literal

from .cachekey import CacheKey
from .request import Kind

_HTTP = frozenset({"http-v1", "http-v2"})


def form_faults(response: object, *, limited: bool) -> list[str]:
    """Say what is wrong with the form of answers, whoever gets them."""
    if response not in ("policy", "simple"):
        return [f"response is 'policy' or 'simple', not {response!r}"]
    if response == "simple" and limited:
        return ["limits are conditions of a policy, and a simple answer has none"]
    return []


def misfit(kind: Kind, key: CacheKey, *, simple: bool, limited: bool, api: Literal["rest", "http"] | None) -> str:
    """Say why an event of this kind cannot carry what is read, or take what is answered; empty if it can.

    Args:
        kind: of the event.
        key: what is read of a request.
        simple: whether answers are a yes or a no.
        limited: whether policies have conditions.
        api: the one kind of API that the route table is for; None: both.
    """
    if simple and kind not in ("http-v2", "appsync"):
        return "response='simple' exists on HTTP APIs with payload 2.0 only; this API expects a policy"
    if kind == "appsync" and limited:
        return "limits are conditions of a policy, and AppSync takes none: nothing would hold its callers to them"
    if kind == "rest-token" and not key.is_one_header:
        sources = ", ".join(key.sources)
        return f"a TOKEN event carries one header, and this authorizer reads {sources}; attach it as REQUEST"
    if api is not None and kind != "appsync" and (kind in _HTTP) != (api == "http") and kind != "websocket":
        other = "http" if kind in _HTTP else "rest"
        return f"some paths of this table go elsewhere on an API of this kind; say Routes(…, api={other!r})"
    return ""
