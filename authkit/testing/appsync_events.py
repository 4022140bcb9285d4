"""Events of AppSync: what it hands to its authorizer (contract section 3.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..local.appsync_events import Question, appsync_event
from ..local.events import Api
from .sent import API, SOURCE_IP, USER_AGENT, overlaid

_NOTHING: Mapping[str, Any] = {}


def appsync(
    query: str | None,
    token: str,
    *,
    variables: Mapping[str, Any] | None = None,
    operation: str | None = None,
    headers: Mapping[str, str] = _NOTHING,
    context: Mapping[str, Any] = _NOTHING,
    source_ip: str = SOURCE_IP,
    api: Api = API,
) -> dict[str, Any]:
    """Return the event of AppSync's authorizer.

    >>> event = appsync("query { order(id: 7) { total } }", "t")
    >>> event["authorizationToken"], event["requestContext"]["operationName"]
    ('t', None)

    Args:
        query: the GraphQL text; None, as when a client opens a real-time connection.
        token: the whole Authorization header: AppSync adds no scheme, and with its other modes on ``Bearer`` is theirs.
        variables: of the query.
        operation: which of several is meant.
        headers: more of them.
        context: changes to ``requestContext``, also within the objects there.
        source_ip: the immediate peer.
        api: id, region and account of the API.
    """
    standing = {"host": api.graphql_domain, "user-agent": USER_AGENT, "x-forwarded-for": source_ip}
    every = {**standing, "authorization": token, **{name.lower(): value for name, value in headers.items()}}
    event = appsync_event(api, token, Question(query, operation, variables), every.items())
    return {**event, "requestContext": overlaid(event["requestContext"], context)}
