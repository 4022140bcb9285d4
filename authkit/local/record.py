"""Record: events and answers as files, their credentials left out unless they are wanted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

from .call import Asked, Call
from .events import parameters

LEFT_OUT = "REDACTED"

_HEADERS = frozenset(
    {
        *("authorization", "proxy-authorization", "cookie", "dpop", "x-api-key", "x-origin-verify"),
        *("sec-websocket-protocol", "x-amz-security-token", "x-amzn-oidc-accesstoken", "x-amzn-oidc-data"),
    }
)
_QUERY = frozenset({"access_token", "token", "id_token", "api_key", "apikey", "x-amz-security-token"})
_FIELDS = frozenset({"authorizationtoken", "identitysource", "usageidentifierkey", "apikey", "cookies"})
_SCHEMES = frozenset({"basic", "bearer", "dpop"})
_SHORTEST = 8  # characters: what is shorter may stand in other words, and is left out only where it has its place


class Recorder:
    """Writes what a function was asked, and what became of it: ``0001-event.json`` and ``0001-answer.json``.

    Args:
        folder: is made if it is not there.
        sources: the identity sources, whose headers and parameters hold credentials.
        credentials: whether these are written too.

    Raises:
        OSError: there can be no such folder.
    """

    def __init__(self, folder: Path, sources: Iterable[str], *, credentials: bool = False) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._sources = tuple(sources)
        self._credentials = credentials
        self._lock = Lock()
        self._count = 0

    def record(self, call: Call) -> None:
        """Write a call in which the function was asked; of others there is nothing to write.

        Raises:
            OSError: it cannot be written.
        """
        if call.asked is None:
            return
        with self._lock:
            self._count += 1
            number = self._count
        event, answer = call.asked.event, _told(call.asked, call.reply.status)
        if not self._credentials:
            hidden = _Hidden.of(call, self._sources)
            event, answer = hidden.left_out(event), hidden.left_out(answer)
        for name, value in (("event", event), ("answer", answer)):
            path = self._folder / f"{number:04}-{name}.json"
            path.write_text(json.dumps(value, indent=2, default=str) + "\n", encoding="utf-8")


def _told(asked: Asked, status: int) -> dict[str, Any]:
    if asked.error is None:
        return {"status": status, "answer": asked.answer}
    kind = getattr(asked.error, "kind", type(asked.error).__name__)
    return {"status": status, "error": {"errorType": kind, "errorMessage": str(asked.error)}}


def credentials(call: Call, sources: Iterable[str]) -> tuple[str, ...]:
    """Return the credentials of a call's request, whole and in their parts, as they may stand in other words."""
    return _Hidden.of(call, sources).secrets


class _Hidden(NamedTuple):
    """What is left out: fields, headers and parameters by their names in lower case, and credentials anywhere."""

    names: frozenset[str]
    secrets: tuple[str, ...]

    @classmethod
    def of(cls, call: Call, sources: Iterable[str]) -> _Hidden:
        """Return what to leave out of what a call tells."""
        named = [source.partition(".") for source in sources]
        headers = _HEADERS | {name.lower() for place, _, name in named if place == "header"}
        query = _QUERY | {name.lower() for place, _, name in named if place == "querystring"}
        values = [value for name, value in call.request.headers if name.lower() in headers]
        asked = {call.request.query, call.request.query.replace(";", "&")}  # as a REST API parts it
        values += [value for each in asked for name, value in parameters(each) if name.lower() in query]
        parts = {part for value in values for part in (value, *re.split("[ ;=]", value))}
        spelled = {form for part in parts for form in (part, quote(part, safe=""), quote_plus(part))}
        secrets = [each for each in spelled if len(each) >= _SHORTEST and each.lower() not in _SCHEMES]
        return cls(headers | query | _FIELDS, tuple(sorted(secrets, key=len, reverse=True)))

    def left_out(self, value: Any) -> Any:
        """Return a value of JSON without them."""
        if isinstance(value, Mapping):
            return {name: self._of(str(name).lower(), each) for name, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.left_out(each) for each in value]
        if isinstance(value, str):
            for secret in self.secrets:
                value = value.replace(secret, LEFT_OUT)
        return value

    def _of(self, name: str, value: Any) -> Any:
        if name == "rawquerystring":
            value = re.sub("([^=&]*)=([^&]*)", self._parameter, value)
        if name not in self.names or value is None:
            return self.left_out(value)
        return [LEFT_OUT] * len(value) if isinstance(value, (list, tuple)) else LEFT_OUT

    def _parameter(self, found: re.Match[str]) -> str:
        return f"{found[1]}={LEFT_OUT}" if found[1].lower() in self.names else found[0]
