"""What an event tells: what is asked for, the identity sources, and the keys that conditions are judged by."""

from __future__ import annotations

import time

from ...gateway.request import Request
from ...gateway.sources import Header, Query


def asked(request: Request) -> str:
    """Return what was asked for: method and path, as a rule."""
    arn = request.arn
    if request.kind == "appsync":
        return f"GraphQL API {arn.api}"
    return arn.method if arn.connects else f"{arn.method} /{arn.path}"


def values(request: Request, source: str) -> tuple[str, ...]:
    """Return what an identity source holds in a request, without what is empty."""
    place, _, name = source.partition(".")
    if place == "header":
        found = Header(name).values(request)
    elif place == "querystring":
        found = Query(name).values(request)
    elif source == "context.routeKey":
        found = (str(request.arn),)  # an HTTP API always has one
    else:
        value = request.stage_variable(name) if place == "stageVariables" else request.context(*name.split("."))
        found = (value or "",)
    return tuple(value for value in found if value)


def told(request: Request, now: float) -> dict[str, str]:
    """Return the condition keys that an event tells of; the others are absent."""
    known = {
        "aws:CurrentTime": moment(now),
        "aws:EpochTime": str(int(now)),
        "aws:SecureTransport": "true",
        "aws:SourceArn": str(request.arn),
        "aws:SourceIp": request.context("identity", "sourceIp") or request.context("http", "sourceIp"),
        "aws:UserAgent": request.context("identity", "userAgent") or request.context("http", "userAgent"),
    }
    return {key: value for key, value in known.items() if value}


def moment(at: float) -> str:
    """Return a time as people and conditions read it."""
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    except (ValueError, OverflowError, OSError):
        return "at a time no calendar has"
