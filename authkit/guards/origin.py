"""Origin: which site's page a browser was showing when it called. Defence in depth, and never an identity."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from ..errors import ConfigError, Forbidden

if TYPE_CHECKING:
    from ..gateway.request import Request

SOURCE = "header.origin"

# RFC 6454 section 6.2, as browsers serialize it: no path, no user, the scheme's own port left out.
_ORIGIN = re.compile(r"(https?)://(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(?::([1-9][0-9]{0,4}))?")
_OWN_PORTS = {"http": "80", "https": "443"}


class Origin:
    """Let browsers in only from pages of these origins: for WebSocket APIs, which know no CORS.

    >>> Authorizer(guards=[Origin("https://app.example.com")], ...)

    A browser opens a WebSocket from any page, with the user's cookies, and asks nobody; it does say which page it was
    (RFC 6455 section 10.2). So this keeps other sites from using a visitor's session. It keeps nobody else out: any
    program can send any Origin, so it says nothing of who calls. Compared to the letter; there are no patterns.

    Args:
        origins: as browsers send them: ``https://app.example.com``, with a port where it is not the scheme's own.
        absent: whether callers without one may pass, as programs that are no browsers. Then the header cannot be an
            identity source, for the gateway answers 401 where one is missing, and answers are not cacheable.

    Raises:
        ConfigError: names every fault.
    """

    reads: tuple[str, ...] = (SOURCE,)

    def __init__(self, *origins: str, absent: bool = False) -> None:
        faults = [fault for each in origins for fault in _faults(each)]
        if not origins:
            faults.append("name one origin at least")
        if type(absent) is not bool:
            faults.append("absent must be True or False")
        if faults:
            raise ConfigError.of("Origin", faults)
        self._origins: Collection[str] = frozenset(origins)
        self._absent = absent
        self.optional: tuple[str, ...] = (SOURCE,) if absent else ()
        self.per_request = absent

    def __call__(self, request: Request) -> None:
        """Demand one of the origins.

        Raises:
            Forbidden: ``origin``; there is another one, or several, or none.
        """
        values = request.header("origin")
        if not values and self._absent:
            return
        if len(values) != 1 or values[0] not in self._origins:
            detail = "none of those that are allowed" if values else "there is none, so this is no browser's"
            raise Forbidden("origin", claim=SOURCE, detail=detail)

    def __repr__(self) -> str:
        return f"Origin({', '.join(map(repr, sorted(self._origins)))}, absent={self._absent})"


def _faults(origin: object) -> list[str]:
    found = _ORIGIN.fullmatch(origin) if isinstance(origin, str) else None
    if found is None:
        return [f"{origin!r} is no origin; write https://app.example.com, in lower case and without a path"]
    if found[2] == _OWN_PORTS[found[1]]:
        return [f"{origin!r}: browsers leave out the scheme's own port"]
    return []
