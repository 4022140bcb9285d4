"""One decision judged: what the evaluator makes of a policy, held against what the router says the request is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from tests.judge.iam import allows
from tests.judge.router import Index, route
from tests.judge.rules import Caller, Rule, Table, granted, ordinary, permitted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tests.judge.paths import Request
    from tests.judge.unavoidable import Conflict

    Evaluate = Callable[[Mapping[str, Any], str], bool]

Verdict = Literal["right", "unrouted", "over-allowed", "over-denied", "residue"]


class Finding(NamedTuple):
    """A verdict with all it takes to see it again."""

    verdict: Verdict
    request: Request
    rule: Rule | None
    caller: Caller
    table: Table

    def __str__(self) -> str:
        lines = [f"{self.verdict}: {self.request.method} {self.request.path!r} goes to {self.rule}", f"  {self.caller}"]
        return "\n".join(lines + [f"  {rule}" for rule in self.table])


def judge(
    table: Table,
    caller: Caller,
    document: Mapping[str, Any],
    prefix: str,
    request: Request,
    *,
    http: bool = False,
    index: Index | None = None,
    evaluate: Evaluate = allows,
) -> Finding:
    """Judge one decision; paths that no route of the table takes are not judged.

    An ``index`` of the table spares looking at all of its rules; ``evaluate`` is who says what the document allows.
    """
    asked = (request.method, request.path)
    match = index.route(*asked) if index is not None else route(table, *asked, http=http)
    if match is None:
        return Finding("unrouted", request, None, caller, table)
    allowed = evaluate(document, prefix + request.method + request.path)
    expected = permitted(match.rule, match.values, caller)
    verdict: Verdict = "right"
    if allowed and not expected:
        verdict = "over-allowed"
    elif expected and not allowed:
        verdict = "over-denied" if ordinary(match.rule, match.values, table, caller) else "residue"
    return Finding(verdict, request, match.rule, caller, table)


def meets(conflict: Conflict, caller: Caller) -> bool:
    """Tell whether a caller's grants are such that a conflict costs the caller something."""
    one, refused, taken = conflict
    return granted(one, caller) and granted(taken, caller) and (bool(refused.bind) or not granted(refused, caller))


def explained(finding: Finding, reported: Iterable[Conflict]) -> bool:
    """Tell whether a reported conflict accounts for an over-denied value."""
    return any(one.taken == finding.rule and meets(one, finding.caller) for one in reported)
