"""Document: resources and a stage to the IAM policy that says so."""

from __future__ import annotations

from typing import Any

from ..errors import ConfigError
from .compile import Resources

ACTION = "execute-api:Invoke"
VERSION = "2012-10-17"
LONGEST_RESOURCE = 512  # characters (API Gateway quotas)

Statements = tuple[tuple[str, tuple[str, ...]], ...]
"""Effect and resources of each statement."""


def statements(resources: Resources, stage_prefix: str) -> Statements:
    """Return what to say for one stage: what is allowed, less what is denied; nothing allowed is an explicit Deny.

    Raises:
        ConfigError: a resource is longer than API Gateway takes.
    """
    if not resources.allow:
        return (("Deny", (stage_prefix + "*",)),)
    said = (("Allow", resources.allow), ("Deny", resources.deny))
    return tuple((effect, _named(stage_prefix, paths)) for effect, paths in said if paths)


def document(said: Statements) -> dict[str, Any]:
    """Return a policy document, new with every call: whoever gets it may change it."""
    listed = [{"Effect": effect, "Action": ACTION, "Resource": list(resources)} for effect, resources in said]
    return {"Version": VERSION, "Statement": listed}


def deny_all(stage_prefix: str) -> dict[str, Any]:
    """Return the policy that refuses every method of the stage, also where a resource policy would allow it."""
    return document((("Deny", (stage_prefix + "*",)),))


def _named(stage_prefix: str, paths: tuple[str, ...]) -> tuple[str, ...]:
    named = tuple(stage_prefix + path for path in paths)
    longest = max(named, key=len)
    if len(longest) > LONGEST_RESOURCE:
        raise ConfigError(f"the resource {longest!r} is over {LONGEST_RESOURCE} characters, which API Gateway refuses")
    return named
