"""VPC endpoints: only through these, on private APIs."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from ..errors import BadEvent, ConfigError, Forbidden

if TYPE_CHECKING:
    from ..gateway.request import Request

_ENDPOINT = re.compile(r"vpce-[0-9a-f]{8,17}")
_VPC = re.compile(r"vpc-[0-9a-f]{8,17}")


class VpcEndpoint:
    """Let in only what comes through these VPC endpoints, or from these VPCs, into a private REST API.

    >>> Authorizer(guards=[VpcEndpoint(endpoints=["vpce-0a1b2c3d4e5f67890"])], ...)

    The gateway itself says which it was; nobody else can. A resource policy can demand the same before any authorizer
    is asked (`aws:SourceVpce`), and a private API must have one. Where both are given, both must hold.

    Args:
        endpoints: their ids.
        vpcs: the ids of VPCs.

    Raises:
        ConfigError: names every fault.
    """

    reads: tuple[str, ...]

    def __init__(self, *, endpoints: Collection[str] = (), vpcs: Collection[str] = ()) -> None:
        faults = [*_faults("endpoints", endpoints, _ENDPOINT), *_faults("vpcs", vpcs, _VPC)]
        if not faults and not endpoints and not vpcs:
            faults.append("name one endpoint or VPC at least")
        if faults:
            raise ConfigError.of("VpcEndpoint", faults)
        given = (("vpceId", frozenset(endpoints)), ("vpcId", frozenset(vpcs)))
        self._allowed = tuple((name, ids) for name, ids in given if ids)
        self.reads = tuple(f"context.identity.{name}" for name, _ in self._allowed)

    def __call__(self, request: Request) -> None:
        """Demand one of the endpoints, and one of the VPCs.

        Raises:
            Forbidden: ``vpc_endpoint``.
            BadEvent: only REST APIs can be private.
        """
        if request.kind != "rest-request":
            raise BadEvent(f"an event of the kind {request.kind} tells no VPC endpoint: a private API is a REST API")
        for name, allowed in self._allowed:
            if request.context("identity", name) not in allowed:
                raise Forbidden(
                    "vpc_endpoint", claim=f"context.identity.{name}", detail="none of those that are allowed"
                )

    def __repr__(self) -> str:
        return f"VpcEndpoint(reads={self.reads!r})"


def _faults(name: str, given: object, form: re.Pattern[str]) -> list[str]:
    if isinstance(given, (str, bytes)) or not isinstance(given, Collection):
        return [f"{name} must be a list of ids"]
    odd = [each for each in given if not isinstance(each, str) or not form.fullmatch(each)]
    return [f"{name}: {each!r} is no id of the form {form.pattern.partition('[')[0]}…" for each in odd]
