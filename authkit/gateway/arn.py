"""The ARN of a method: what API Gateway calls the thing being asked for."""

from functools import lru_cache
from typing import NamedTuple

from ..errors import BadEvent

WILDCARDS = ("*", "?", "${")

_FORM = "the method ARN is not of the form arn:partition:execute-api:region:account:api/stage/method/path"


class Stage(NamedTuple):
    """A stage of an API: what all method ARNs of one deployment have in common."""

    partition: str
    region: str
    account: str
    api: str
    name: str

    @property
    def prefix(self) -> str:
        """Everything up to the method, with its slash: what all policies of this stage begin with."""
        return f"arn:{self.partition}:execute-api:{self.region}:{self.account}:{self.api}/{self.name}/"


class MethodArn(NamedTuple):
    """``arn:{partition}:execute-api:{region}:{account}:{api}/{stage}/{method}/{path}``.

    ``path`` is the request's own, values filled in, without the leading slash; the root path is empty. A WebSocket
    route has its route key in ``method`` and an empty ``path``.
    """

    on: Stage
    method: str
    path: str

    @classmethod
    def parse(cls, text: object) -> "MethodArn":
        """Split an ARN as received.

        Raises:
            BadEvent: it is not an execute-api ARN, or a part that goes into policies holds a wildcard.
        """
        if not isinstance(text, str):
            raise BadEvent("the event has no method ARN")
        # The path may hold colons and slashes of its own: what comes before it ends at the second slash.
        end = text.find("/", text.find("/") + 1) + 1
        stage = _stage(text[:end])
        method, _, path = text[end:].partition("/")
        # Past the constructor of a NamedTuple, which would take as long as all of this.
        return tuple.__new__(cls, (stage, method, path))

    @property
    def partition(self) -> str:
        """``aws``, or that of China or of another cloud apart."""
        return self.on.partition

    @property
    def region(self) -> str:
        """As ``eu-central-1``."""
        return self.on.region

    @property
    def account(self) -> str:
        """The number of the account that owns the API."""
        return self.on.account

    @property
    def api(self) -> str:
        """The API's id."""
        return self.on.api

    @property
    def stage(self) -> str:
        """The stage's name."""
        return self.on.name

    @property
    def stage_prefix(self) -> str:
        """Everything up to the method, with its slash."""
        return self.on.prefix

    @property
    def connects(self) -> bool:
        """Whether it is a WebSocket's ``$connect``, which has no method, no path and no slash in the end."""
        return self.method == "$connect" and not self.path

    def __str__(self) -> str:
        return self.stage_prefix + (self.method if self.connects else f"{self.method}/{self.path}")


@lru_cache(maxsize=64)  # of the stages that call this function; what is refused is not remembered
def _stage(text: str) -> Stage:
    """Read what comes before the method."""
    head, _, name = text.removesuffix("/").partition("/")
    parts = head.split(":")
    if len(parts) != 6 or parts[0] != "arn" or parts[2] != "execute-api":
        raise BadEvent(_FORM)
    _, partition, _, region, account, api = parts
    # Refused where the policy would repeat it; and nothing of all this may be missing.
    if not (partition and api and name) or "*" in text or "?" in text or "${" in text:
        raise BadEvent(
            "partition, region, account, API and stage of a method ARN must be plain names, without wildcards"
        )
    return Stage(partition, region, account, api, name)
