"""Diff text: differences of tables and policies, as plain text and as Markdown for a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .columns import code, columns, markdown_table

if TYPE_CHECKING:
    from .diff import Change, RouteChange, TableDiff
    from .policy_diff import PolicyDiff

_NOTHING = "Nothing changed.\n"
_NO_REQUEST = "No request was found by which they differ, if all conditions hold."
_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


def tables_as_text(diff: TableDiff) -> str:
    """Return a difference of tables as plain text."""
    if not diff:
        return _NOTHING
    lines = []
    if diff.routes:
        body = [[_SIGNS[each.what], each.route, *_needs_of(each)] for each in diff.routes]
        lines += [*columns(["", "Route", "Needed", "Needs"], body), ""]
    for change in diff.changes:
        lines += [f"{change.who}", *_said(change), ""]
    return "\n".join(lines).rstrip() + "\n"


def tables_as_markdown(diff: TableDiff) -> str:
    """Return a difference of tables as GitHub's Markdown."""
    if not diff:
        return _NOTHING
    lines = []
    if diff.routes:
        body = [[each.what, code(each.route), *map(_coded, _needs_of(each))] for each in diff.routes]
        lines += ["### Routes", "", *markdown_table(["", "route", "needed", "needs"], body), ""]
    if diff.changes:
        told = [[code(change.who), _each(change.gains), _each(change.loses)] for change in diff.changes]
        lines += ["### Who gains, who loses", "", *markdown_table(["who holds", "gains", "loses"], told), ""]
        lines += ["<details><summary>Resources</summary>", ""]
        for change in diff.changes:
            lines += [f"**{code(change.who)}**", "", *_fenced(list(_resources(change))), ""]
        lines += ["</details>", ""]
    return "\n".join(lines).rstrip() + "\n"


def policies_as_text(diff: PolicyDiff) -> str:
    """Return a difference of policies as plain text."""
    if not diff:
        return _NOTHING
    lines = _changed(diff)
    if diff.gained is not None and diff.lost is not None:
        lines += ["", *(f"gained  {arn}" for arn in diff.gained), *(f"lost    {arn}" for arn in diff.lost)]
        lines += [] if diff.gained or diff.lost else [_NO_REQUEST]
    return "\n".join(lines) + "\n"


def policies_as_markdown(diff: PolicyDiff) -> str:
    """Return a difference of policies as GitHub's Markdown."""
    if not diff:
        return _NOTHING
    lines = ["### Statements", "", *_fenced(_changed(diff))]
    if diff.gained is not None and diff.lost is not None:
        requests = [["gained", code(arn)] for arn in diff.gained] + [["lost", code(arn)] for arn in diff.lost]
        told = ["### Requests, for example", "", *markdown_table(["", "request"], requests)]
        lines += ["", *(told if requests else [_NO_REQUEST])]
    return "\n".join(lines) + "\n"


def _changed(diff: PolicyDiff) -> list[str]:
    return [f"- {item}" for item in diff.removed] + [f"+ {item}" for item in diff.added]


def _needs_of(change: RouteChange) -> tuple[str, str]:
    before = ", ".join(change.needed) or "-" if change.before is not None else ""
    after = ", ".join(change.needs) or "-" if change.after is not None else ""
    return before, after


def _said(change: Change) -> Iterator[str]:
    yield from (f"  gains  {route}" for route in change.gains)
    yield from (f"  loses  {route}" for route in change.loses)
    yield from (f"    {line}" for line in _resources(change))


def _resources(change: Change) -> Iterator[str]:
    yield from (f"- Allow {resource}" for resource in change.allow_removed)
    yield from (f"+ Allow {resource}" for resource in change.allow_added)
    yield from (f"- Deny {resource}" for resource in change.deny_removed)
    yield from (f"+ Deny {resource}" for resource in change.deny_added)


def _fenced(lines: Sequence[str]) -> list[str]:
    """Return lines as a block that is coloured as a difference; whatever fence they could hold is shorter."""
    fence = "```"
    while any(fence in line for line in lines):
        fence += "`"
    return [f"{fence}diff", *(line.replace("\n", " ").replace("\r", " ") for line in lines), fence]


def _coded(text: str) -> str:
    return code(text) if text not in ("", "-") else text


def _each(routes: Sequence[str]) -> str:
    return "<br>".join(map(code, routes)) or "-"
