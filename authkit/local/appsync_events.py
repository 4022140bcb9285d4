"""Events of AppSync: what it hands to its authorizer, and what a resolver sees of the answer (contract section 3.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .events import Api, long_id
from .graphql.asked import AskedField
from .http_events import joined


class Question(NamedTuple):
    """What a client sends: a document, which of its operations is meant, and values of its variables."""

    query: str | None = None
    operation: str | None = None
    variables: Mapping[str, Any] | None = None


def appsync_event(
    api: Api, token: str, question: Question, headers: Iterable[tuple[str, str]], *, request_id: str = ""
) -> dict[str, Any]:
    """Return the event of AppSync's authorizer.

    Args:
        api: only its account and id are told.
        token: the Authorization header, as sent.
        question: the client's.
        headers: all that came.
        request_id: by default a new one.
    """
    return {
        "authorizationToken": token,
        "requestContext": {
            "apiId": api.id,
            "accountId": api.account,
            "requestId": request_id or long_id(),
            "queryString": question.query,
            "operationName": question.operation,
            "variables": {} if question.variables is None else dict(question.variables),
        },
        "requestHeaders": joined((name.lower(), value) for name, value in headers),
    }


def resolver_context(
    field: AskedField, variables: Mapping[str, Any], headers: Mapping[str, str], context: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a resolver of a field at the top sees, ``$ctx`` in its template.

    Args:
        field: it is asked for.
        variables: the client's.
        headers: the client's, without its credential.
        context: the authorizer's ``resolverContext``.
    """
    return {
        "arguments": dict(field.arguments),
        "identity": {"resolverContext": dict(context)} if context else {},
        "source": None,
        "request": {"headers": dict(headers), "domainName": None},
        "info": {
            "fieldName": field.name,
            "parentTypeName": field.parent,
            "variables": dict(variables),
            "selectionSetList": field.names,
        },
    }
