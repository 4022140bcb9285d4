"""Spelling: identity sources as each kind of API writes them, and as a handler names them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from .settings import Api, Attachment

# What stands before a header or parameter, and before stage and context variables (contract section 1).
_REQUEST = {"rest": "method.request.", "http": "$request.", "websocket": "route.request."}
_VARIABLE = {"rest": "", "http": "$", "websocket": ""}
_FORM = re.compile(
    r"(?:(?P<request>method\.request\.|\$request\.|route\.request\.)(?P<place>header|querystring)"
    r"|(?P<dollar>\$?)(?P<variable>stageVariables|context))\.(?P<name>.+)"
)


class Source(NamedTuple):
    """An identity source that was read: its name for a handler, and whether it is spelled for an API's kind."""

    name: str
    request: str | None  # what it begins with, if it is a header or a parameter
    dollar: bool

    def fits(self, api: Api) -> bool:
        """Tell whether this kind of API would understand the spelling."""
        if not api:
            return True
        if self.request is not None:
            return self.request == _REQUEST[api]
        return api == "websocket" or self.dollar == (api == "http")


def read(spelled: str) -> Source | None:
    """Return what a spelled source names; None where no kind of API would understand it."""
    found = _FORM.fullmatch(spelled)
    if found is None:
        return None
    place = found["place"] or found["variable"]
    name = found["name"].lower() if place == "header" else found["name"]
    return Source(f"{place}.{name}", found["request"], bool(found["dollar"]))


def spell(name: str, api: Api) -> str:
    """Return a handler's source as this kind of API writes it."""
    kind = api or "rest"
    before = _REQUEST[kind] if name.startswith(("header.", "querystring.")) else _VARIABLE[kind]
    return before + name


_SAM = {"header": "Headers", "querystring": "QueryStrings", "stageVariables": "StageVariables", "context": "Context"}


def where(each: Attachment, names: Iterable[str]) -> str:
    """Say what to write, and under which name, for a handler's sources to be an authorizer's."""
    if each.words.sources != "Identity":
        return f"{', '.join(spell(name, each.api) for name in names)} in {each.words.sources}"
    parted = [name.partition(".") for name in names]  # SAM has a list for each place
    return ", ".join(f"{name} in Identity.{_SAM[place]}" for place, _, name in parted)
