"""Document: resources and a stage to the IAM policy that says so."""

from __future__ import annotations

from typing import Any

from ..errors import ConfigError
from .compile import Resources

ACTION = "execute-api:Invoke"
VERSION = "2012-10-17"
LONGEST_RESOURCE = 512  # characters (API Gateway quotas)


def document(resources: Resources, stage_prefix: str) -> dict[str, Any]:
    """Return the policy for one stage: what is allowed, less what is denied; nothing allowed is an explicit Deny.

    Raises:
        ConfigError: a resource is longer than API Gateway takes.
    """
    if not resources.allow:
        return deny_all(stage_prefix)
    statements = [_statement("Allow", stage_prefix, resources.allow)]
    if resources.deny:
        statements.append(_statement("Deny", stage_prefix, resources.deny))
    return {"Version": VERSION, "Statement": statements}


def deny_all(stage_prefix: str) -> dict[str, Any]:
    """Return the policy that refuses every method of the stage, also where a resource policy would allow it."""
    return {"Version": VERSION, "Statement": [_statement("Deny", stage_prefix, ("*",))]}


def allow_one(arn: str) -> dict[str, Any]:
    """Return the policy for one request. The caller has made sure that the ARN holds no wildcard."""
    return {"Version": VERSION, "Statement": [_statement("Allow", "", (arn,))]}


def _statement(effect: str, stage_prefix: str, resources: tuple[str, ...]) -> dict[str, Any]:
    named = [stage_prefix + resource for resource in resources]
    longest = max(named, key=len)
    if len(longest) > LONGEST_RESOURCE:
        raise ConfigError(f"the {effect} of {longest!r} is over {LONGEST_RESOURCE} characters, which API Gateway refuses")
    return {"Effect": effect, "Action": ACTION, "Resource": named}
