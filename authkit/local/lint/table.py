"""Tables: what IAM cannot express of one, and routes that nobody gets to (design section 4)."""

from __future__ import annotations

from collections.abc import Iterator

from ...policy.operations import not_ours
from ...policy.residues import residues, unreachable
from ...policy.routes import Routes
from .finding import Finding


def judge(table: Routes, place: str) -> Iterator[Finding]:
    """Yield what is to be known about a table."""
    for conflict in table.conflicts:
        if table.one_request:
            advice = "Set the TTL to 0: this table answers for one request at a time."
            yield Finding("conflict", "note", place, str(conflict), advice)
        else:
            advice = "Split the API, grant them together, or say on_conflict='one-request' and set the TTL to 0."
            yield Finding("conflict", "warning", place, str(conflict), advice)
    for residue in residues(table):
        advice = "Accepted: no ordinary value is refused. Rename the literal if values can equal it."
        yield Finding("residue", "note", place, str(residue), advice)
    for route in unreachable(table):
        problem = f"no request gets to {route}: other routes take all of its paths"
        yield Finding("unreachable", "warning", place, problem, "Remove it, or give it a path of its own.")
    for route in table:
        if route.when is not_ours:
            problem = f"{route} is behind another scheme, so this authorizer grants it to nobody"
            yield Finding(
                "granted_to_nobody", "note", place, problem, "Leave it, if the gateway does not ask us there."
            )
