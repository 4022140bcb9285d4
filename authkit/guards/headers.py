"""Required headers: present, or of an exact value."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from ..errors import ConfigError, Forbidden
from ..gateway.sources import Header

if TYPE_CHECKING:
    from ..gateway.request import Request

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")  # RFC 9110 section 5.1
_SECRET = re.compile(r"authorization|cookie|api-?key|secret|token|passw", re.IGNORECASE)


class RequiredHeader:
    """Let in only requests with one header of this name, and of one of these values if any are given.

    >>> Authorizer(guards=[RequiredHeader("x-api-version", "2026-01", "2026-06")], ...)

    It is a switch, and no secret: for one, `CloudFrontSecret` compares in constant time and knows rotation.

    Args:
        name: in any case.
        values: those allowed, to the letter. Without any, whatever is not empty will do.

    Raises:
        ConfigError: names every fault.
    """

    reads: tuple[str, ...]

    def __init__(self, name: str, *values: str) -> None:
        faults = []
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            faults.append("the name must be that of a header (RFC 9110 section 5.1)")
        elif values and _SECRET.search(name):
            faults.append(f"{name} holds a secret, which is not compared here: use a credential, or CloudFrontSecret")
        if not all(isinstance(each, str) and each and each == each.strip() for each in values):
            faults.append("values must be texts that are not empty, without blanks around them")
        if faults:
            raise ConfigError.of("RequiredHeader", faults)
        self._source = Header(name)
        self._values: Collection[str] = frozenset(values)
        self.reads = (str(self._source),)

    def __call__(self, request: Request) -> None:
        """Demand the header.

        Raises:
            Forbidden: ``header_missing``, ``header_repeated`` or ``header_value``.
        """
        values = self._source.values(request)
        if not values or not values[0]:
            raise Forbidden("header_missing", claim=self.reads[0], detail="the request does not have it")
        if len(values) > 1:
            raise Forbidden("header_repeated", claim=self.reads[0], detail=f"{len(values)} values where one is due")
        if self._values and values[0] not in self._values:
            raise Forbidden("header_value", claim=self.reads[0], detail="none of those that are allowed")

    def __repr__(self) -> str:
        return f"RequiredHeader({self._source.name!r}, values={len(self._values)})"
