"""API Gateway's routing, written down a second time.

Of all routes that match the whole path and the method, the most specific path wins, compared segment by segment from
the left: a literal before a parameter before a greedy parameter. On the same path the exact method wins over ANY.
An HTTP API takes any route without a greedy parameter before any with one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.judge.rules import METHODS, Rule, is_greedy, is_literal, is_parameter, segments, serves

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Match(NamedTuple):
    """The rule a request goes to, and what its parameters take from the path."""

    rule: Rule
    values: Mapping[str, str]


def values_of(template: Sequence[str], parts: Sequence[str]) -> dict[str, str] | None:
    """Match segments against a template's: return the values of its parameters, or None where they do not match."""
    if not template:
        return None if parts else {}
    if is_greedy(template[0]):
        rest = "/".join(parts)
        return {template[0][1:-2]: rest} if rest else None
    if not parts:
        return None
    if is_literal(template[0]):
        return values_of(template[1:], parts[1:]) if template[0] == parts[0] else None
    if not parts[0]:
        return None  # a parameter takes exactly one segment that is not empty
    others = values_of(template[1:], parts[1:])
    return None if others is None else {template[0][1:-1]: parts[0], **others}


def specificity(rule: Rule, *, http: bool = False) -> tuple[bool, tuple[int, ...], int]:
    """Order rules that match the same request: the smallest is the one API Gateway takes."""
    kinds = tuple(2 if is_greedy(part) else 1 if is_parameter(part) else 0 for part in segments(rule.path))
    return http and 2 in kinds, kinds, 1 if rule.method == "ANY" else 0


class Index:
    """The same for a table that is asked often: rules are looked up by method and first segment, and tried in order."""

    def __init__(self, table: Sequence[Rule], *, http: bool = False) -> None:
        self._by_start: dict[tuple[str, str], list[tuple[Rule, tuple[str, ...]]]] = {}
        for rule in sorted(table, key=lambda rule: specificity(rule, http=http)):
            parts = segments(rule.path)
            start = parts[0] if parts and is_literal(parts[0]) else "{}" if parts else ""
            for method in METHODS if rule.method == "ANY" else (rule.method,):
                self._by_start.setdefault((method, start), []).append((rule, parts))
        self._http = http

    def route(self, method: str, path: str) -> Match | None:
        """Return where a request goes, or None if no rule takes it."""
        parts = segments(path)
        starts = [parts[0], "{}"] if parts else [""]
        found = (self._first(method, start, parts) for start in starts)
        matches = [match for match in found if match is not None]
        return min(matches, key=lambda match: specificity(match.rule, http=self._http), default=None)

    def _first(self, method: str, start: str, parts: Sequence[str]) -> Match | None:
        for rule, template in self._by_start.get((method, start), ()):
            values = values_of(template, parts)
            if values is not None:
                return Match(rule, values)
        return None


def route(table: Sequence[Rule], method: str, path: str, *, http: bool = False) -> Match | None:
    """Return where a request goes, or None if no route of the table takes it."""
    parts = segments(path)
    best: Match | None = None
    for rule in table:
        if not serves(rule, method):
            continue
        values = values_of(segments(rule.path), parts)
        if values is not None and (best is None or specificity(rule, http=http) < specificity(best.rule, http=http)):
            best = Match(rule, values)
    return best
