"""Document: resources and a stage to the IAM policy that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .compile import Shares

if TYPE_CHECKING:
    from ..gateway.arn import MethodArn

ACTION = "execute-api:Invoke"
VERSION = "2012-10-17"
LONGEST_RESOURCE = 512  # characters (API Gateway quotas)

Statements = tuple[tuple[str, tuple[str, ...]], ...]
"""Effect and resources of each statement."""


def statements(shares: Shares, stage_prefix: str) -> Statements:
    """Return what to say for one stage: what is allowed, less what is denied; nothing allowed is an explicit Deny."""
    if not shares.allow:
        return (("Deny", (stage_prefix + "*",)),)
    said = (("Allow", shares.allow), ("Deny", shares.deny))
    return tuple((effect, tuple(sorted(stage_prefix + path for path in paths))) for effect, paths in said if paths)


def document(said: Statements, *, rest: bool = False) -> dict[str, Any]:
    """Return a policy document, new with every call: whoever gets it may change it.

    With ``rest`` it denies by name all that it does not allow, for a resource policy beside it may allow everybody.
    """
    listed = [{"Effect": effect, "Action": ACTION, "Resource": list(resources)} for effect, resources in said]
    if rest and said[0][0] == "Allow":
        listed.append({"Effect": "Deny", "Action": ACTION, "NotResource": list(said[0][1])})
    return {"Version": VERSION, "Statement": listed}


def document_for_one(arn: MethodArn, *, granted: bool, rest: bool = False) -> dict[str, Any]:
    """Return a policy document for a single request, and nothing beyond it."""
    from ..gateway.arn import WILDCARDS  # here: who evaluates policies needs this module, and no request

    named = str(arn)
    # An ARN that came from a request and holds a wildcard would be a pattern; one too long is no resource at all.
    fit = len(named) <= LONGEST_RESOURCE and not any(sign in named for sign in WILDCARDS)
    return document((("Allow", (named,)),), rest=rest) if granted and fit else deny_all(arn.stage_prefix)


def deny_all(stage_prefix: str) -> dict[str, Any]:
    """Return the policy that refuses every method of the stage, also where a resource policy would allow it."""
    return document((("Deny", (stage_prefix + "*",)),))
