"""The ARN of a method: what API Gateway calls the thing being asked for."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from ..errors import BadEvent

WILDCARDS = ("*", "?", "${")

_FORM = "the method ARN is not of the form arn:partition:execute-api:region:account:api/stage/method/path"


class MethodArn(NamedTuple):
    """``arn:{partition}:execute-api:{region}:{account}:{api}/{stage}/{method}/{path}``.

    ``path`` is the request's own, values filled in, without the leading slash; the root path is empty. A WebSocket
    route has its route key in ``method`` and an empty ``path``.
    """

    partition: str
    region: str
    account: str
    api: str
    stage: str
    method: str
    path: str

    @classmethod
    def parse(cls, text: object) -> MethodArn:
        """Split an ARN as received.

        Raises:
            BadEvent: it is not an execute-api ARN, or a part that goes into policies holds a wildcard.
        """
        if not isinstance(text, str):
            raise BadEvent("the event has no method ARN")
        # The path may hold colons and slashes of its own, so the split stops early.
        tail = text.split("/", 3)
        if len(tail) < 3:
            raise BadEvent(_FORM)
        stage = tail[1]
        # Past the constructor of a NamedTuple, which would take as long as all of this.
        return tuple.__new__(cls, (*_place(tail[0], stage), stage, tail[2], tail[3] if len(tail) == 4 else ""))

    @property
    def stage_prefix(self) -> str:
        """Everything up to the method, with its slash: what all policies of this stage begin with."""
        return f"arn:{self.partition}:execute-api:{self.region}:{self.account}:{self.api}/{self.stage}/"

    @property
    def connects(self) -> bool:
        """Whether it is a WebSocket's ``$connect``, which has no method, no path and no slash in the end."""
        return self.method == "$connect" and not self.path

    def __str__(self) -> str:
        return self.stage_prefix + (self.method if self.connects else f"{self.method}/{self.path}")


@lru_cache(maxsize=64)  # of the stages that call this function; what is refused is not remembered
def _place(head: str, stage: str) -> tuple[str, str, str, str]:
    """Return partition, region, account and API."""
    parts = head.split(":")
    if len(parts) != 6 or parts[0] != "arn" or parts[2] != "execute-api":
        raise BadEvent(_FORM)
    _, partition, _, region, account, api = parts
    # Refused where the policy would repeat it; and nothing of all this may be missing.
    place = head + stage
    if not (partition and api and stage) or "*" in place or "?" in place or "${" in place:
        raise BadEvent(
            "partition, region, account, API and stage of a method ARN must be plain names, without wildcards"
        )
    return partition, region, account, api
