"""The gateway's side of IAM authorization: what becomes of a request, and what the backend is told of its caller."""

from __future__ import annotations

from typing import Any

from .answers import Answer
from .call import Visit
from .iam import Iam, IamRefusal, Identity
from .responses import Refusal
from .settings import Settings


def demand_signed(iam: Iam, visit: Visit, event: dict[str, Any], settings: Settings) -> Answer:
    """Verify the signature of a request as it came over the wire, and tell the event who made it.

    Raises:
        Refusal: nobody who is known signed it so.
    """
    try:
        caller = iam.caller(visit.request)
    except IamRefusal as fault:
        visit.badly("iam", fault.why)
        if fault.missing and not settings.is_http:
            raise Refusal("MISSING_AUTHENTICATION_TOKEN") from None
        raise Refusal("INVALID_SIGNATURE", fault.message, error=fault.error) from None
    visit.well("iam", caller.arn)
    if settings.payload == "http-v2":
        return Answer(None, True, {"iam": told_of(caller, http=True)})
    event["requestContext"]["identity"].update(told_of(caller, http=False))
    return Answer(None, True, {})


def told_of(identity: Identity, *, http: bool) -> dict[str, Any]:
    """Return what a backend is told of an IAM caller.

    Args:
        identity: the caller.
        http: of an HTTP API: its ``requestContext.authorizer.iam``; else the members of ``requestContext.identity``.
    """
    key_id, account = identity.credentials.access_key_id, identity.account
    names = {"accessKey": key_id, "accountId": account, "userArn": identity.arn}
    if http:
        return {**names, "callerId": identity.user_id, "userId": identity.user_id, "principalOrgId": None}
    return {**names, "caller": identity.user_id, "user": identity.user_id}
