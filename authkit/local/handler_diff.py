"""Handler diff: what changed between two authorizers: their tables, and what each slot says it does.

A table tells who may call what once they are known. Whether they are known as strictly as before, and what their answers
are bound to, is said by the slots: a guard that is gone, or an issuer that is relaxed, changes no route.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..authorizer import Authorizer
from ..policy.columns import code, columns, markdown_table
from ..policy.diff import TableDiff
from ..principal import Principal
from .handlers import form_of, slots_of

_SOMEBODY = Principal("somebody", expires_at=1_000_000_000)
"""Of whom limits are asked: his credential ends at 2001-09-09T01:46:40Z."""


class Setting(NamedTuple):
    """One thing that a slot of a handler says it does."""

    slot: str
    said: str


class HandlerDiff(NamedTuple):
    """What changed between two handlers."""

    table: TableDiff
    added: tuple[Setting, ...]
    removed: tuple[Setting, ...]

    def __bool__(self) -> bool:
        return bool(self.table or self.added or self.removed)

    def data(self) -> dict[str, Any]:
        """Return it as what JSON can say."""
        settings = {"added": list(self.added), "removed": list(self.removed)}
        return {
            **self.table.data(),
            "settings": {what: [each._asdict() for each in which] for what, which in settings.items()},
        }

    def text(self) -> str:
        """Return it as plain text."""
        lines = columns(["", "Slot", "Says"], [list(row) for row in self._rows()])
        return self._beside(self.table.text(), "\n".join(lines) + "\n")

    def markdown(self) -> str:
        """Return it as GitHub's Markdown, for a pull request."""
        body = [[sign, slot, code(said)] for sign, slot, said in self._rows()]
        lines = ["### Settings", "", *markdown_table(["", "slot", "says"], body)]
        return self._beside(self.table.markdown(), "\n".join(lines) + "\n")

    def _beside(self, table: str, settings: str) -> str:
        if not self.added and not self.removed:
            return table
        return f"{table}\n{settings}" if self.table else settings

    def _rows(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is no longer said and what is said now, slot by slot."""
        for slot in dict.fromkeys(each.slot for each in (*self.removed, *self.added)):
            yield from (("-", slot, each.said) for each in self.removed if each.slot == slot)
            yield from (("+", slot, each.said) for each in self.added if each.slot == slot)


def diff_settings(old: Authorizer, new: Authorizer, table: TableDiff) -> HandlerDiff:
    """Return what changed between two handlers, beside what changed between their tables."""
    before, after = list(settings_of(old)), list(settings_of(new))
    added = tuple(each for each in after if each not in before)
    removed = tuple(each for each in before if each not in after)
    return HandlerDiff(table, added, removed)


def settings_of(handler: Authorizer) -> Iterator[Setting]:
    """Yield what the slots of a handler say they do, and what the gateway must be told of it."""
    for slot, filled in slots_of(handler).items():
        for each in filled:
            yield from (Setting(slot, line) for line in (_conditions(each) if slot == "limits" else _words(each)))
    yield from (Setting("identity sources", source) for source in handler.identity_sources)
    yield Setting("answers", f"{form_of(handler)}, {'may' if handler.cacheable else 'may not'} be kept")


def _words(filling: Any) -> list[str]:
    """Return what fills a slot in its own words. What is not ours is only named: its repr could show a secret."""
    name = str(getattr(filling, "__qualname__", type(filling).__qualname__))
    if not type(filling).__module__.startswith("authkit."):
        return [name]
    return filling.explain().split("\n") if hasattr(filling, "explain") else [repr(filling)]


def _conditions(limit: Any) -> list[str]:
    try:
        return [json.dumps(limit(_SOMEBODY), sort_keys=True)]
    except Exception as fault:  # noqa: BLE001 - one that asks for more than somebody has
        return [f"{getattr(limit, '__qualname__', type(limit).__qualname__)}, which raised {type(fault).__name__}"]
